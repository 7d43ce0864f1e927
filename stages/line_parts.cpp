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
    return exchange_text(std::move(rest));
}

std::string LineParts::finish() {
    if (!text_.empty() && text_.back() != '\n') text_.push_back('\n');
    return exchange_text({});
}

// Parts wait long and in large numbers: each takes what it needs, not what it grew to.
std::string LineParts::exchange_text(std::string next) {
    whole_ = 0;
    if (text_.size() > 4 * part_bytes_) return std::exchange(text_, std::move(next));
    std::string part(text_);
    text_.assign(next);
    return part;
}

}  // namespace af
