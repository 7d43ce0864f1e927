// How many bad records a job may have, and what is said of a job that has more. Pure.
#pragma once

#include "engine/error.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace af {

struct BadPolicy {
    bool fail_on_first = false;
    std::optional<std::uint64_t> max_count;  // else the share counts
    double max_share = 0.001;
    bool is_part = false;  // of a job: whether the share is kept shows elsewhere, where all of it is known
};

// Of the bad records of a job the first, by the order of objects, then of lines.
struct FirstBad {
    std::string object;
    std::uint64_t line = 0;
    std::string kind;  // that of BadRecord
    std::string reason;
};

// "OBJECT line 7: REASON"
std::string text_of(const FirstBad& bad);

// Errors are about the object of the first bad record: child_exit when the map function raised there, else corrupt.
Error bad_record_error(const FirstBad& bad);
Error too_many_bad_error(const BadPolicy& policy, std::uint64_t bad, std::uint64_t records, const FirstBad& first);

// Of a job, or a part of one, that was read to its end. `first` may be missing only where `bad` is 0.
std::optional<Error> verdict_on_bad(const BadPolicy& policy, std::uint64_t bad, std::uint64_t records,
                                    const std::optional<FirstBad>& first);

}  // namespace af
