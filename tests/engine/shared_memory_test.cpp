#include "engine/shared_memory.hpp"

#include "engine/block_pool.hpp"
#include "engine/spawn.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <cstring>
#include <string>

using namespace af;

namespace {

std::string text_at(const SharedMemory& memory, std::uint64_t offset, std::size_t bytes) {
    std::string text(bytes, '\0');
    const ssize_t count = ::pread(memory.descriptor(), text.data(), bytes, static_cast<off_t>(offset));
    text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return text;
}

}  // namespace

TEST_CASE("what a block of a shared pool holds can be read by its offset", "[shared_memory]") {
    const auto memory = SharedMemory::create();
    REQUIRE(memory);
    BlockPool pool(64 << 10, 4 << 10, memory);
    Block first = pool.take();
    Block block = pool.take();
    block.append("records\n");
    block.prepend("more ");
    block.drop_front(1);
    REQUIRE(block.shared_offset());
    CHECK(text_at(*memory, *block.shared_offset(), block.size()) == "ore records\n");
    CHECK(first.shared_offset() != block.shared_offset());
    CHECK_FALSE(Block().shared_offset());
    CHECK_FALSE(BlockPool(64 << 10).take().shared_offset());
}

TEST_CASE("blocks lie elsewhere once the shared memory is full", "[shared_memory]") {
    constexpr std::size_t kBlock = 64 << 10;
    const auto memory = SharedMemory::create(kBlock);
    REQUIRE(memory);
    BlockPool pool(kBlock, 0, memory);
    const Block first = pool.take();
    CHECK(first.shared_offset());
    Block block = pool.take();
    block.append("all the same");
    CHECK(block.view() == "all the same");
    CHECK_FALSE(block.shared_offset());
}

TEST_CASE("nobody who has the descriptor can write to shared memory or shrink it", "[shared_memory]") {
    const auto memory = SharedMemory::create();
    REQUIRE(memory);
    char* piece = memory->allot(4096);
    std::strcpy(piece, "as it was");
    const std::string path = fmt::format("/proc/self/fd/{}", memory->descriptor());
    const UniqueFd again(
        ::open(path.c_str(), O_RDWR | O_CLOEXEC));  // for the owner of the file, whom its mode does not stop
    for (const int fd : {memory->descriptor(), again.get()}) {
        CHECK(::pwrite(fd, "changed", 7, 0) < 0);
        CHECK(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
        CHECK(::ftruncate(fd, 0) != 0);
    }
    CHECK(std::string(piece) == "as it was");
    std::strcpy(piece, "as we like");
    CHECK(text_at(*memory, 0, 10) == "as we like");
}

TEST_CASE("a child finds shared memory as its descriptor 3, and no other", "[shared_memory]") {
    const auto memory = SharedMemory::create();
    REQUIRE(memory);
    std::strcpy(memory->allot(4096), "for you\n");
    Spawned child = spawn({.argv = {"/bin/sh", "-c", "head -n 1 <&3; ls /proc/self/fd"},
                           .environment = {"PATH=/usr/bin:/bin"},
                           .working_dir = {},
                           .run_as = {},
                           .shared_memory = memory->descriptor()});
    int status = 0;
    ::waitpid(child.pid, &status, 0);
    std::string said(4096, '\0');
    said.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(child.output.get(), said.data(), said.size()))));
    CHECK(status == 0);
    CHECK(said == "for you\n0\n1\n2\n3\n4\n");  // 4 is the folder that ls reads
}

TEST_CASE("where a file may not be as large there is no shared memory, and no signal", "[shared_memory]") {
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const rlimit small{1 << 20, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const auto memory = SharedMemory::create();
    ::setrlimit(RLIMIT_FSIZE, &before);
    CHECK_FALSE(memory);
}
