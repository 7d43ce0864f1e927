#include "engine/awake_time.hpp"

#include "engine/unique_fd.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <charconv>
#include <cstdint>
#include <string_view>

namespace af {
namespace {

std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with(' ')) text.remove_prefix(1);
    return number;
}

}  // namespace

std::optional<Duration> awake_time(pid_t process) {
    const UniqueFd file(::open(fmt::format("/proc/{}/schedstat", process).c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return std::nullopt;
    char bytes[128];
    const ssize_t count = ::read(file.get(), bytes, sizeof bytes);
    if (count <= 0) return std::nullopt;
    std::string_view text(bytes, static_cast<std::size_t>(count));
    const auto running = take_number(text);
    const auto queued = take_number(text);
    if (!running || !queued) return std::nullopt;
    return std::chrono::nanoseconds(*running + *queued);
}

}  // namespace af
