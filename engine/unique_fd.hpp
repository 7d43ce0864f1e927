// Owns a file descriptor and closes it.
#pragma once

#include <unistd.h>
#include <utility>

namespace af {

class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) noexcept : fd_(fd) {}
    UniqueFd(UniqueFd&& from) noexcept : fd_(from.release()) {}
    UniqueFd& operator=(UniqueFd from) noexcept {
        std::swap(fd_, from.fd_);
        return *this;
    }
    ~UniqueFd() {
        if (fd_ >= 0) ::close(fd_);
    }

    explicit operator bool() const noexcept { return fd_ >= 0; }
    int get() const noexcept { return fd_; }
    int release() noexcept { return std::exchange(fd_, -1); }

private:
    int fd_ = -1;
};

}  // namespace af
