// The built-in operations of combine and reduce: the values of one key folded into one.
//
// Numbers  added exactly (stages/builtin/exact_sum.hpp) and rounded once, so that neither the order nor the grouping of
//          the values shows. min and max give the text of the value that won; of several texts of one number (3, 3.0)
//          the shortest, then the first by its bytes.
// Errors   a value that is not a number within 2^960: child_output.
#pragma once

#include "stages/builtin/aggregate.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace af {

// What add() takes, and what result() gives:
enum class FoldOperation {
    sum,    // numbers -> their sum, rounded; and so on
    count,  // anything
    min,
    max,
    mean,
    sum_part,   // numbers -> a part: their sum, not rounded
    sum_join,   // parts -> a part
    sum_whole,  // parts -> the sum
    mean_part,  // the same; a part is "SUM COUNT"
    mean_join,
    mean_whole,
    // Over the parts that a builtin map hands on (stages/builtin/aggregate.hpp), whatever their operation:
    join_parts,   // -> one part
    plain_parts,  // -> the same, for a reducer that is not ours
    whole_parts,  // -> the result
};

// How values are folded in parts: `combine` makes parts of values, `join` parts of parts, and `reduce` the result of
// parts, which is what the operation gives over all the values at once.
struct FoldStages {
    FoldOperation combine;
    FoldOperation join;
    FoldOperation reduce;
};
FoldStages in_parts(FoldOperation whole);

class Fold {
public:
    void add(FoldOperation operation, std::string_view value);
    std::string result(FoldOperation operation) const;
    bool is_empty() const noexcept { return count_ == 0; }
    std::size_t extra_bytes() const noexcept {
        return sum_.extra_bytes() + best_text_.capacity() + (joined_ ? sizeof(Aggregate) + joined_->extra_bytes() : 0);
    }

private:
    void add_mean_part(std::string_view part);
    void take_extreme(std::string_view value, int wanted);

    std::uint64_t count_ = 0;
    ExactSum sum_;
    Number best_;
    std::string best_text_;
    std::unique_ptr<Aggregate> joined_;  // of parts
};

}  // namespace af
