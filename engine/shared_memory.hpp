// Memory that children read in place: what lies in it need not be copied through a pipe.
//
// Form     one memfd of fixed size, mapped whole; a page exists once it is touched. Pieces of it are given out and
//          never taken back: whoever asks (engine/block_pool.hpp) uses them again.
// Safe     sealed before anybody gets the descriptor: children can neither write to it, however they open it, nor
//          shrink it. They can read all of it, so nothing goes there that they may not see.
// Threads  any.
// Source   memfd_create(2), F_SEAL_FUTURE_WRITE in fcntl(2), Linux 5.1.
#pragma once

#include "engine/unique_fd.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace af {

class SharedMemory {
public:
    // Null where the system does not provide it or a limit forbids it (RLIMIT_AS, RLIMIT_FSIZE): pipes do as well,
    // slower.
    static std::shared_ptr<SharedMemory> create(std::size_t bytes = std::size_t{4} << 30);
    ~SharedMemory();
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;

    // Whole pages, touched, so that using them costs no fault; null when there is no room, or no memory, left.
    char* allot(std::size_t bytes);

    // Where `memory` lies in it; nullopt when it does not.
    std::optional<std::uint64_t> offset_of(const char* memory) const noexcept;

    std::size_t bytes() const noexcept { return bytes_; }

    // For reading, closed on exec.
    int descriptor() const noexcept { return readable_.get(); }

private:
    SharedMemory(UniqueFd readable, char* memory, std::size_t bytes) noexcept
        : readable_(std::move(readable)), memory_(memory), bytes_(bytes) {}

    const UniqueFd readable_;
    char* const memory_;
    const std::size_t bytes_;
    std::mutex mutex_;
    std::size_t used_ = 0;
};

}  // namespace af
