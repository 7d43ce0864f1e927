#include "engine/child_stderr.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <limits>
#include <utility>

namespace af {
namespace {

constexpr std::size_t kKeptBytes = 64 << 10;
constexpr std::size_t kBurstBytes = 64 << 10;
constexpr std::size_t kBytesPerSecond = 16 << 10;
constexpr std::size_t kMaxLineBytes = 8 << 10;
constexpr std::size_t kMaxCounters = 1000;
constexpr std::string_view kReporter = "reporter:";
constexpr std::string_view kCounter = "reporter:counter:";
constexpr std::string_view kStatus = "reporter:status:";

std::string_view without_return(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::int64_t saturated_sum(std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return b > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

}  // namespace

bool add_counter_line(std::string_view line, Counters& counters) {
    line = without_return(line);
    if (!line.starts_with(kCounter)) return false;
    line.remove_prefix(kCounter.size());
    const std::size_t first = line.find(',');
    const std::size_t last = line.rfind(',');
    if (first == std::string_view::npos || first == last) return false;
    std::int64_t amount = 0;
    const char* end = line.data() + line.size();
    auto [stopped, error] = std::from_chars(line.data() + last + 1, end, amount);
    if (error != std::errc() || stopped != end) return false;
    std::string key(line.substr(0, first));
    key.append("\t").append(line.substr(first + 1, last - first - 1));
    auto found = counters.find(key);
    if (found != counters.end()) found->second = saturated_sum(found->second, amount);
    else if (counters.size() < kMaxCounters) counters.emplace(std::move(key), amount);
    else return false;
    return true;
}

ChildStderr::ChildStderr(LineHandler on_line, LineHandler on_status)
    : on_line_(std::move(on_line)), on_status_(std::move(on_status)), budget_(kBurstBytes) {}

void ChildStderr::feed(std::string_view bytes, TimePoint now) {
    keep(bytes);
    refill(now);
    while (!bytes.empty()) {
        if (budget_ == 0 && partial_.empty() && !skip_line_ && !bytes.starts_with(kReporter)) {
            // A flood: only its reporter lines matter, and only its last line can still become one.
            std::size_t wanted = bytes.find("\nreporter:");
            if (wanted == std::string_view::npos) wanted = bytes.rfind('\n');
            if (wanted != std::string_view::npos) {
                suppressed_ += wanted + 1;
                bytes.remove_prefix(wanted + 1);
                continue;
            }
        }
        const std::size_t newline = bytes.find('\n');
        const std::size_t length = std::min(newline, bytes.size());
        if (!skip_line_) {
            const std::size_t fits = std::min(length, kMaxLineBytes - partial_.size());
            partial_.append(bytes.substr(0, fits));
            if (fits < length) {
                cut_off_ += length - fits;
                skip_line_ = true;
            }
        } else {
            cut_off_ += length;
        }
        if (newline == std::string_view::npos) return;
        bytes.remove_prefix(newline + 1);
        end_line();
    }
}

void ChildStderr::finish() {
    if (!partial_.empty()) end_line();
    tell_suppressed();
}

std::string_view ChildStderr::tail() const noexcept {
    std::string_view all = tail_;
    if (all.size() > kKeptBytes) all.remove_prefix(all.size() - kKeptBytes);
    return all;
}

std::string ChildStderr::last_line() const {
    std::string_view rest = tail();
    while (!rest.empty()) {
        const std::size_t newline = rest.rfind('\n');
        const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
        std::string_view line = without_return(rest.substr(begin));
        if (line.find_first_not_of(" \t") != std::string_view::npos && !line.starts_with(kReporter)) {
            return std::string(line.substr(0, 500));
        }
        if (begin == 0) break;
        rest = rest.substr(0, newline);
    }
    return {};
}

void ChildStderr::end_line() {
    take_line(partial_);
    partial_.clear();
    skip_line_ = false;
    suppressed_ += std::exchange(cut_off_, 0);
}

void ChildStderr::take_line(std::string_view line) {
    line = without_return(line);
    if (add_counter_line(line, counters_)) return;
    if (line.starts_with(kStatus)) {
        if (on_status_) on_status_(line.substr(kStatus.size()));
        return;
    }
    pass(line);
}

void ChildStderr::pass(std::string_view line) {
    if (budget_ <= line.size()) {
        suppressed_ += line.size() + 1;
        budget_ = 0;
        return;
    }
    tell_suppressed();
    budget_ -= line.size() + 1;
    if (on_line_) on_line_(line);
}

void ChildStderr::keep(std::string_view bytes) {
    if (bytes.size() >= kKeptBytes) {
        tail_.assign(bytes.substr(bytes.size() - kKeptBytes));
        return;
    }
    if (tail_.size() + bytes.size() > 2 * kKeptBytes) tail_.erase(0, tail_.size() - kKeptBytes);
    tail_.append(bytes);
}

void ChildStderr::refill(TimePoint now) {
    if (refilled_ == TimePoint{}) refilled_ = now;
    const auto seconds = std::chrono::duration<double>(now - refilled_).count();
    if (seconds < 1) return;  // by the second, so that what is passed on comes in readable runs
    refilled_ = now;
    const auto more = static_cast<std::size_t>(std::min(seconds * kBytesPerSecond, double{kBurstBytes}));
    budget_ = std::min(kBurstBytes, budget_ + more);
}

void ChildStderr::tell_suppressed() {
    if (suppressed_ == 0) return;
    const std::string note = fmt::format("[suppressed {} bytes]", suppressed_);
    suppressed_ = 0;
    if (on_line_) on_line_(note);
}

}  // namespace af
