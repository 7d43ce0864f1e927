// An Aggregate of counts or sums that is one number of 64 bits for as long as that is all there is.
#pragma once

#include "stages/builtin/aggregate.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace af {

class SmallAggregate {
public:
    explicit SmallAggregate(BuiltinOperation operation, std::uint32_t most);

    void add_one();                  // count
    void add(const Number& number);  // sum, mean, min, max
    void add_text(std::string_view text) { aggregate_->add_text(text); }
    void add_histogram(std::string_view json) { aggregate_->add_histogram(json); }

    void append_part(std::string& to) const;
    std::size_t extra_bytes() const noexcept { return aggregate_ ? sizeof(Aggregate) + aggregate_->extra_bytes() : 0; }

private:
    std::int64_t whole_ = 0;
    bool counts_ = false;                   // else it sums
    std::unique_ptr<Aggregate> aggregate_;  // instead of whole_
};

}  // namespace af
