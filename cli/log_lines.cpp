#include "cli/log_lines.hpp"

#include <fmt/format.h>

namespace af {
namespace {

constexpr std::size_t kMostLineBytes = 64 << 10;

}  // namespace

std::string harmless(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const unsigned char next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
        } else if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", next);
            ++i;
        } else {
            out.push_back(static_cast<char>(byte));
        }
    }
    return out;
}

void LogLines::put(std::string_view line) {
    if (harmless_) {
        if (line.ends_with('\r')) line.remove_suffix(1);  // tasks run on a terminal of their own
        sink_(prefix_ + harmless(line) + "\n");
    } else {
        sink_(prefix_ + std::string(line) + "\n");
    }
}

void LogLines::add(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        begun_ += bytes.substr(0, end);
        if (end == bytes.npos && begun_.size() < kMostLineBytes) return;
        put(begun_);
        begun_.clear();
        if (end == bytes.npos) return;
        bytes.remove_prefix(end + 1);
    }
}

void LogLines::finish() {
    if (!begun_.empty()) put(begun_);
    begun_.clear();
}

}  // namespace af
