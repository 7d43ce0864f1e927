// StopCheck: for loops that compute for long without a co_await. step() is cheap: it looks at the token every few
// thousand steps, and throws Error(cancelled) once stop is requested.
#pragma once

#include "engine/error.hpp"

#include <cstdint>
#include <stop_token>

namespace af {

class StopCheck {
public:
    static constexpr std::uint32_t kSteps = 4096;

    StopCheck() = default;
    explicit StopCheck(std::stop_token stop) : stop_(std::move(stop)) {}

    void step() {
        if (++steps_ % kSteps == 0 && stop_.stop_requested()) throw Error(ErrorKind::cancelled, "stopped");
    }

    const std::stop_token& token() const noexcept { return stop_; }

private:
    std::stop_token stop_;
    std::uint32_t steps_ = 0;
};

}  // namespace af
