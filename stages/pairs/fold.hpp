// The built-in operations of combine and reduce: the values of one key folded into one.
//
// Numbers  whole numbers are added exactly in 64 bits; a sum that leaves them, or one with a fraction, goes on as a
//          double with compensated addition (Neumaier), so that adding in the same order gives the same bytes. min and
//          max give the text of the value that won.
// Errors   a value that is not a finite number: child_output.
#pragma once

#include "stages/builtin/aggregate.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace af {

enum class FoldOperation {
    sum,
    count,
    min,
    max,
    mean,
    mean_part,   // a combiner's share of a mean: "SUM COUNT"
    mean_whole,  // the mean of such shares
    // Over the parts that a builtin map hands on (stages/builtin/aggregate.hpp), whatever their operation:
    join_parts,   // one part of several
    plain_parts,  // the same, for a reducer that is not ours
    whole_parts,  // the result of all
};

// What a combiner has to compute so that `reduced` gives the same answer on its results, and what `reduced` then
// becomes.
struct FoldStages {
    FoldOperation combine;
    FoldOperation reduce;
};
FoldStages combinable(FoldOperation reduced);

class Fold {
public:
    void add(FoldOperation operation, std::string_view value);
    std::string result(FoldOperation operation) const;
    bool is_empty() const noexcept { return count_ == 0; }
    std::size_t extra_bytes() const noexcept { return joined_ ? sizeof(Aggregate) + joined_->extra_bytes() : 0; }

private:
    void add_number(std::string_view value);

    std::uint64_t count_ = 0;
    bool whole_ = true;
    std::int64_t sum_ = 0;
    double real_sum_ = 0;
    double compensation_ = 0;
    double best_ = 0;
    std::string best_text_;
    std::unique_ptr<Aggregate> joined_;  // of parts
};

}  // namespace af
