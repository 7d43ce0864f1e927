// What an operation makes of the values of one key, in parts that can be put together.
//
// Parts    part() is one line of text that says everything; merge() takes it. The parts of the same values give the
//          same result whatever their order and grouping, and the same text once they are together.
// Text     a part is the word of its operation, a space, and: count, min, max: a number; sum:
//          stages/builtin/exact_sum.hpp; mean: "COUNT SUM"; unique, histogram: their own headers; top-k: "K", a space,
//          stages/builtin/top_counts.hpp.
// Errors   merge() of another operation's part, or of what is none: Error(child_output).
#pragma once

#include "stages/builtin/exact_sum.hpp"
#include "stages/builtin/histogram.hpp"
#include "stages/builtin/hyperloglog.hpp"
#include "stages/builtin/spec.hpp"
#include "stages/builtin/top_counts.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace af {

class Aggregate {
public:
    // One that holds more is handed on as a part, and a new one begun: a line of map output has its bounds.
    static constexpr std::size_t kMostPartBytes = 1 << 20;

    explicit Aggregate(BuiltinOperation operation, std::uint32_t most = 10);
    static Aggregate of_part(std::string_view part);

    void add_one();                       // count
    void add(const Number& number);       // sum, mean, min, max
    void add_text(std::string_view text);  // unique, top_k
    bool add_histogram(std::string_view json);

    void merge(std::string_view part);

    std::string part() const;
    // For a reducer that is not ours: as part(), without its first word, and sums rounded to one number.
    std::string plain_part() const;
    std::string result() const;
    std::size_t extra_bytes() const noexcept;

private:
    struct Extreme {
        bool is_set = false;
        Number best;
    };
    struct Mean {
        std::uint64_t count = 0;
        ExactSum sum;
    };
    using State = std::variant<std::uint64_t, ExactSum, Extreme, Mean, HyperLogLog, std::unique_ptr<Histogram>,
                               std::unique_ptr<TopCounts>>;
    static State state_of(BuiltinOperation operation);
    std::string text(bool exact) const;
    void take_extreme(const Number& number);

    BuiltinOperation operation_;
    std::uint32_t most_;
    State state_;
};

}  // namespace af
