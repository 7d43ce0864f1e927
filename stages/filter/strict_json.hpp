// JSON read without mercy: no duplicate keys (nlohmann lets the last one win, silently), no deep nesting (its dump()
// overflows the stack), no large texts.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace af {

struct JsonLimits {
    std::size_t max_bytes = 1 << 20;
    std::size_t max_depth = 64;
};

// Throws Error(config) that begins with `name`, with the line and column of a syntax error and the path of a duplicate.
nlohmann::json parse_strict_json(std::string_view text, std::string_view name, JsonLimits limits = {});

}  // namespace af
