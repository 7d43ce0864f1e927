#include "stages/bad_policy.hpp"

#include <fmt/format.h>

namespace af {
namespace {

// The user's function raised, or the data is bad: each with an exit code of its own.
ErrorKind kind_of(const FirstBad& bad) { return bad.kind == "mapper" ? ErrorKind::child_exit : ErrorKind::corrupt; }

}  // namespace

std::string text_of(const FirstBad& bad) { return fmt::format("{} line {}: {}", bad.object, bad.line, bad.reason); }

Error bad_record_error(const FirstBad& bad) {
    return Error(kind_of(bad), text_of(bad))
        .about(bad.object)
        .hint("records.on_bad is `fail`; set it to `skip` to leave bad records out and keep them in a file");
}

Error too_many_bad_error(const BadPolicy& policy, std::uint64_t bad, std::uint64_t records, const FirstBad& first) {
    const std::string allowed =
        policy.max_count ? fmt::format("{}", *policy.max_count) : fmt::format("{:.4g}%", policy.max_share * 100);
    return Error(kind_of(first), fmt::format("{} of {} records are bad, records.max_bad allows {}; the first is {}",
                                             bad, records, allowed, text_of(first)))
        .about(first.object)
        .hint(first.kind == "mapper"
                  ? "mend the map function (an output of a builtin map may say missing: skip), or raise records.max_bad"
                  : "look at the bad records file, or raise records.max_bad");
}

std::optional<Error> verdict_on_bad(const BadPolicy& policy, std::uint64_t bad, std::uint64_t records,
                                    const std::optional<FirstBad>& first) {
    const double share = records == 0 ? 0 : static_cast<double>(bad) / static_cast<double>(records);
    const bool too_many =
        policy.max_count ? bad > *policy.max_count : share > policy.max_share && !policy.is_part;
    if (bad == 0 || !too_many) return std::nullopt;
    return too_many_bad_error(policy, bad, records, first.value());
}

}  // namespace af
