// One JSON text: found valid as a whole, then asked for values by path. What is not asked for is looked at once, to
// validate it, and never decoded.
//
// Valid    RFC 8259, at most 1000 levels, and no lone surrogates.
// Same key twice  the last one counts, as in Python.
// Memory   stages/json_positions.hpp, for the largest text so far.
// Threads  one thread at a time.
#pragma once

#include "stages/builtin/spec.hpp"
#include "stages/json_positions.hpp"
#include "stages/json_sweep.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace af {

class JsonRecord {
public:
    // The byte behind `json` can be read, and is no part of it; both must live as long as values are asked for. False:
    // it is not valid.
    bool parse(std::string_view json);

    // The value's own text, a string with its quotes.
    std::optional<std::string_view> find(std::span<const PathStep> steps);

private:
    std::optional<std::uint32_t> step(std::uint32_t at, const PathStep& step);
    bool look_at(std::string_view text);
    const std::uint32_t* noted_member(std::uint32_t fields, std::string_view name) const;
    std::optional<std::uint32_t> member(std::uint32_t at, std::string_view name);
    std::optional<std::uint32_t> element(std::uint32_t at, std::int64_t index) const;
    std::uint32_t behind(std::uint32_t at) const;
    char byte(std::uint32_t at) const { return text_[positions_[at]]; }
    std::string_view token(std::uint32_t at) const;

    JsonSweep sweep_;
    JsonPositions stage1_;
    std::string_view json_;
    std::string_view text_;                     // what is looked at token by token: the record, or a value in it
    std::span<const std::uint32_t> positions_;  // in it
    std::vector<std::uint32_t> notes_;  // where the members of the root and of large objects are (record_index.hpp)
    std::uint32_t root_fields_ = 0;     // 0: not noted
    bool wants_nested_ = false;         // a path led into a large object: its members are worth noting
    std::string room_;
};

}  // namespace af
