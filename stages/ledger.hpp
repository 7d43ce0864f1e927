// The account of a job: what was asked, read, skipped and lost, object by object. The coverage statement is made from
// it.
//
// Threads  every member is safe from any thread.
#pragma once

#include "stages/bad_policy.hpp"
#include "stages/records.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace af {

struct ObjectAccount {
    ObjectPtr object;
    bool whole = false;
    std::uint64_t bytes_stored = 0;
    std::uint64_t bytes_inflated = 0;
    std::uint64_t lines = 0;    // records_in + long lines
    std::uint64_t records = 0;  // handed to the map function, bad ones included
    std::uint64_t bad = 0;
    std::uint64_t bytes_mapped = 0;  // of map output
    std::string read_again_because;  // what was wrong with it the first time; empty: it was read once
    std::optional<Error> lost;
};

struct Totals {
    std::uint64_t objects_asked = 0, objects_read = 0, objects_lost = 0;
    std::uint64_t bytes_asked = 0;  // as listed; objects of unknown size count what was read
    std::uint64_t bytes_stored = 0, bytes_inflated = 0;
    std::uint64_t lines = 0, records = 0, bad = 0;
    std::uint64_t bytes_mapped = 0;  // map output of whole objects
    std::map<std::string, std::uint64_t> bad_by_kind;
    std::optional<FirstBad> first_bad;
    std::map<std::string, std::int64_t> counters;  // "group<TAB>name"
};

// What was made of a whole object.
struct WholeObject {
    std::uint64_t records = 0;                         // handed to the map function
    std::uint64_t bytes_mapped = 0;                    // of map output
    std::vector<BadRecord> bad;                        // for the dead-letter file: the first ones
    std::map<std::string, std::uint64_t> bad_by_kind;  // all of them
    std::map<std::string, std::int64_t> counters;
};

class Ledger {
public:
    // `on_bad` is told of every bad record of a whole object, for the dead-letter file; called one at a time.
    using BadHandler = std::function<void(const ObjectRef&, const BadRecord&)>;
    Ledger(std::vector<ObjectPtr> asked, BadPolicy policy, BadHandler on_bad);

    // An object is whole: its records, bad ones and counters count from now on. Throws when the policy cannot be met
    // any more; Error(bug) when its numbers do not add up.
    void whole(const ObjectEnd& end, const WholeObject& made);
    // Counters of a step that sees objects once they are whole.
    void count(const std::map<std::string, std::int64_t>& counters);
    void lost(const ObjectPtr& object, Error why);

    // Objects that were lost because their bytes were damaged or changed under way. From now on they are as if nobody
    // had read them, to be read once more: each is given once, and lost for good when it is lost again. None while more
    // than `allowed_lost` are lost in other ways: reading these again would not help.
    struct Damaged {
        ObjectPtr object;
        std::string why;
    };
    std::vector<Damaged> take_damaged(std::uint64_t allowed_lost);

    // Early look at one unit of work of an object that may turn out to be damaged: throws when all of the first 10,000
    // records or more are bad. `more_bad`: how many there were besides those in `bad`.
    void seen(const ObjectRef& object, std::uint64_t records, const std::vector<BadRecord>& bad,
              std::uint64_t more_bad = 0);

    Totals totals() const;
    std::vector<ObjectAccount> accounts() const;  // in the order of ordinals

    // After the run: why the result must not be committed, if so. `allowed_lost`: objects the user said may be missing.
    std::optional<Error> verdict(std::uint64_t allowed_lost) const;

private:
    struct Met {
        std::uint32_t ordinal;
        FirstBad bad;
    };
    static void keep_first(std::optional<Met>& first, const ObjectRef& object, const BadRecord& bad);

    mutable std::mutex mutex_;
    BadPolicy policy_;
    BadHandler on_bad_;
    std::vector<ObjectAccount> accounts_;
    Totals totals_;
    std::uint64_t seen_records_ = 0;
    std::uint64_t seen_bad_ = 0;
    std::optional<Met> first_seen_;      // what a job without a good record names
    std::optional<Met> first_of_whole_;  // of whole objects: the same in each run
};

}  // namespace af
