// Reads values of JSON text that is known to be valid: nothing is checked again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace af {

// The text of a string, given with its quotes. Without escapes it is a view of `raw`, else of `room`.
std::string_view json_string(std::string_view raw, std::string& room);

// Steps over the elements of an array, or the members of an object, which is given with its brackets.
class JsonItems {
public:
    explicit JsonItems(std::string_view container) : text_(container), at_(1) {}
    bool next();
    std::string_view key() const noexcept { return key_; }  // of an object: with its quotes
    std::string_view value() const noexcept { return value_; }

private:
    void skip_space();
    std::string_view take_value();

    std::string_view text_;
    std::size_t at_;
    std::string_view key_, value_;
};

}  // namespace af
