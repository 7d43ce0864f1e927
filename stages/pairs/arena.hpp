// One address range, touched only as it fills.
#pragma once

#include "engine/error.hpp"

#include <sys/mman.h>
#include <cerrno>
#include <cstddef>

namespace af {

class Arena {
public:
    explicit Arena(std::size_t bytes) : size_(bytes) {
        void* memory =
            ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) throw os_error(errno, "reserve memory for pairs");
        start_ = static_cast<char*>(memory);
    }
    ~Arena() { ::munmap(start_, size_); }
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    // What it holds is lost, and its pages go back to the system until they are touched again.
    void give_back() noexcept { ::madvise(start_, size_, MADV_DONTNEED); }

    char* start() const noexcept { return start_; }
    std::size_t size() const noexcept { return size_; }

private:
    char* start_;
    std::size_t size_;
};

}  // namespace af
