#include "engine/file.hpp"
#include "engine/atomic_file.hpp"
#include "engine/error.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

using namespace af;
namespace fs = std::filesystem;

TEST_CASE("an atomic file appears whole at commit, and not at all without", "[file]") {
    const ScratchFolder folder("/tmp");
    const fs::path path = folder.path() / "result.txt";
    {
        AtomicFile file(path);
        file.append("half");
        CHECK_FALSE(fs::exists(path));
    }
    CHECK(fs::is_empty(folder.path()));
    AtomicFile file(path);
    file.append("one\n");
    file.append("two\n");
    file.commit();
    CHECK(read_text(path, 100) == "one\ntwo\n");
    CHECK(file.size() == 8);
    CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("an atomic file that is abandoned leaves what was there before", "[file]") {
    const ScratchFolder folder("/tmp");
    const fs::path path = folder.path() / "result.txt";
    File::create(path).append("old");
    { AtomicFile(path).append("new"); }
    CHECK(read_text(path, 100) == "old");
}

TEST_CASE("a target that cannot be written is refused before any work", "[file]") {
    const ScratchFolder folder("/tmp");
    CHECK_THROWS_AS(AtomicFile(folder.path()), Error);
    CHECK_THROWS_AS(AtomicFile(folder.path() / "missing" / "x"), Error);
}

TEST_CASE("a scratch folder goes with all it holds", "[file]") {
    fs::path path;
    {
        const ScratchFolder folder("/tmp");
        path = folder.path();
        fs::create_directory(path / "below");
        File::create(path / "below" / "x").append("x");
    }
    CHECK_FALSE(fs::exists(path));
}

TEST_CASE("an atomic file keeps the mode of the one before, and writes to what a link leads to", "[file]") {
    const ScratchFolder folder("/tmp");
    const fs::path target = folder.path() / "target.txt";
    const fs::path link = folder.path() / "link.txt";
    std::ofstream(target) << "old";
    fs::permissions(target, fs::perms::owner_read | fs::perms::owner_write);
    fs::create_symlink("target.txt", link);
    {
        AtomicFile file(link);
        file.append("new");
        file.commit();
    }
    CHECK(fs::is_symlink(link));
    CHECK(read_text(target, 100) == "new");
    CHECK(fs::status(target).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("an atomic file replaces no device, pipe or socket, but where others could put one into the way", "[file]") {
    const ScratchFolder folder("/tmp");
    const fs::path pipe = folder.path() / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK_THROWS_WITH(AtomicFile(pipe), Catch::Contains("a device, a pipe or a socket"));
    CHECK_THROWS_AS(AtomicFile("/dev/null"), Error);
    CHECK(fs::is_fifo(pipe));

    const fs::path staging = folder.path() / "staging";
    fs::create_directory(staging);
    fs::create_symlink("elsewhere.txt", folder.path() / "planted");
    AtomicFile file(folder.path() / "planted", staging);
    file.append("result");
    file.commit();
    CHECK_FALSE(fs::exists(folder.path() / "elsewhere.txt"));
    CHECK(fs::is_regular_file(fs::symlink_status(folder.path() / "planted")));
}

TEST_CASE("an anonymous file is read back at any offset and has no name", "[file]") {
    const ScratchFolder folder("/tmp");
    File file = File::anonymous(folder.path());
    file.append("0123456789");
    std::string buffer(4, '\0');
    CHECK(file.read_at(8, {buffer.data(), 4}) == 2);
    CHECK(buffer.substr(0, 2) == "89");
    CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("text above its limit is refused", "[file]") {
    const ScratchFolder folder("/tmp");
    const fs::path path = folder.path() / "text";
    File::create(path).append(std::string(200'000, 'x'));
    CHECK(read_text(path, 200'000).size() == 200'000);
    CHECK_THROWS_AS(read_text(path, 199'999), Error);
}
