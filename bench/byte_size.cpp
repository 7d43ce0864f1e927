#include "bench/byte_size.hpp"

#include "engine/error.hpp"

#include <charconv>
#include <utility>

namespace af::bench {
namespace {

constexpr std::pair<std::string_view, std::uint64_t> kUnits[] = {
    {"", 1},           {"B", 1},          {"KB", 1'000},      {"MB", 1'000'000}, {"GB", 1'000'000'000},
    {"KiB", 1u << 10}, {"MiB", 1u << 20}, {"GiB", 1u << 30},
};

}  // namespace

std::uint64_t parse_byte_size(const std::string& text) {
    double number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, failed] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
    const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
    if (failed == std::errc()) {
        for (const auto& [name, factor] : kUnits) {
            const double bytes = number * static_cast<double>(factor);
            if (unit == name && bytes >= 1 && bytes < 1e15) return static_cast<std::uint64_t>(bytes + 0.5);
        }
    }
    throw Error(ErrorKind::usage, "this is not a size").about(text).hint("write 2000, 100MB, 1.43GB or 64KiB");
}

SizeRange parse_size_range(const std::string& text) {
    const auto dots = text.find("..");
    if (dots == std::string::npos) return {parse_byte_size(text), parse_byte_size(text)};
    const SizeRange range{parse_byte_size(text.substr(0, dots)), parse_byte_size(text.substr(dots + 2))};
    if (range.least > range.most) {
        throw Error(ErrorKind::usage, "this is an empty range").about(text).hint("write the smaller size first");
    }
    return range;
}

}  // namespace af::bench
