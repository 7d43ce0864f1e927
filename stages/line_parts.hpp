// Cuts a stream of output into parts of whole lines.
//
// Bounds   a part is at most `part_bytes` + one read, or one longer line; a line above `max_line_bytes` is refused.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace af {

class LineParts {
public:
    explicit LineParts(std::size_t part_bytes = 1 << 20, std::size_t max_line_bytes = 64 << 20)
        : part_bytes_(part_bytes), max_line_bytes_(max_line_bytes) {}

    void add(std::string_view bytes);  // throws Error(child_output) on a line that is too long
    bool ready() const noexcept { return text_.size() >= part_bytes_ && whole_ > 0; }
    std::string take();    // the whole lines so far
    std::string finish();  // all the rest; a last line without a newline gets one

private:
    std::string exchange_text(std::string next);

    const std::size_t part_bytes_;
    const std::size_t max_line_bytes_;
    std::string text_;
    std::size_t whole_ = 0;  // bytes of whole lines at the front of text_
};

}  // namespace af
