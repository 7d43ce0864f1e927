// A value, or the fold of several, that is one whole number of 64 bits: what nearly all of them are.
#pragma once

#include "stages/pairs/fold.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace af {

struct SmallValue {
    // Parts of a builtin map name their operation.
    enum class Kind : std::uint8_t { number, count_part, sum_part };

    std::int64_t number = 0;
    std::uint32_t count = 1;  // of the values it was folded from; kept for means alone
    Kind kind = Kind::number;
};

// What `value` is to an operation that makes or joins parts (FoldStages::combine); nullopt when it takes a Fold to
// tell.
std::optional<SmallValue> small_value(FoldOperation operation, std::string_view value);

// Adds `value` to `to`. False, and nothing is done, when the sum is not small or the two do not go together.
bool add_small(FoldOperation operation, SmallValue& to, const SmallValue& value);

// As a part, as a Fold writes it.
void append_part(FoldOperation operation, const SmallValue& value, std::string& to);

// What the operation makes of a key that has this one value, when that is its text or the end of it; nullopt when it
// takes a Fold to tell.
std::optional<std::string_view> result_of_one(FoldOperation operation, std::string_view value);

// A Fold of the same values: its result(stages.join) is the part.
Fold fold_of(const FoldStages& stages, const SmallValue& value);

}  // namespace af
