#include "engine/shared_memory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cerrno>
#include <string>

namespace af {
namespace {

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

constexpr std::size_t kPage = 4096;

// Setting the size of a file beyond the limit is a signal, and not only an error.
bool may_be_as_large(std::size_t bytes) {
    rlimit limit{};
    return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur >= bytes;
}

// False: there is no memory left. Touching it would be a signal then.
bool touch(char* memory, std::size_t bytes) {
    if (::madvise(memory, bytes, MADV_POPULATE_WRITE) == 0) return true;
    if (errno != EINVAL) return false;
    for (std::size_t at = 0; at < bytes; at += kPage) static_cast<volatile char*>(memory)[at] = 0;  // Linux before 5.14
    return true;
}

}  // namespace

std::shared_ptr<SharedMemory> SharedMemory::create(std::size_t bytes) {
    if (!may_be_as_large(bytes)) return nullptr;
    const UniqueFd file(::memfd_create("af-blocks", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file || ::ftruncate(file.get(), static_cast<off_t>(bytes)) != 0) return nullptr;
    void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file.get(), 0);
    if (memory == MAP_FAILED) return nullptr;
    constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
    const std::string path = fmt::format("/proc/self/fd/{}", file.get());
    UniqueFd readable;
    if (::fcntl(file.get(), F_ADD_SEALS, kSeals) == 0) readable = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!readable) {
        ::munmap(memory, bytes);
        return nullptr;
    }
    return std::shared_ptr<SharedMemory>(new SharedMemory(std::move(readable), static_cast<char*>(memory), bytes));
}

SharedMemory::~SharedMemory() { ::munmap(memory_, bytes_); }

char* SharedMemory::allot(std::size_t bytes) {
    const std::size_t whole = (bytes + kPage - 1) / kPage * kPage;
    char* piece = nullptr;
    {
        std::lock_guard lock(mutex_);
        if (whole > bytes_ - used_) return nullptr;
        piece = memory_ + used_;
        used_ += whole;
    }
    return touch(piece, whole) ? piece : nullptr;
}

std::optional<std::uint64_t> SharedMemory::offset_of(const char* memory) const noexcept {
    if (memory < memory_ || memory >= memory_ + bytes_) return std::nullopt;
    return static_cast<std::uint64_t>(memory - memory_);
}

}  // namespace af
