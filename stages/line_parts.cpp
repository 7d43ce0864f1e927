#include "stages/line_parts.hpp"

#include "engine/error.hpp"

#include <fmt/format.h>
#include <utility>

namespace af {

void LineParts::add(std::string_view bytes) {
    const std::size_t newline = bytes.rfind('\n');
    if (newline != std::string_view::npos) whole_ = text_.size() + newline + 1;
    text_.append(bytes);
    if (text_.size() - whole_ <= max_line_bytes_) return;
    throw Error(ErrorKind::child_output, fmt::format("wrote a line of more than {} bytes", max_line_bytes_))
        .hint("map output is lines of text; is this binary data?");
}

std::string LineParts::take() {
    std::string rest = text_.substr(whole_);
    text_.resize(whole_);
    whole_ = 0;
    return std::exchange(text_, std::move(rest));
}

std::string LineParts::finish() {
    if (!text_.empty() && text_.back() != '\n') text_.push_back('\n');
    whole_ = 0;
    return std::exchange(text_, std::string());
}

}  // namespace af
