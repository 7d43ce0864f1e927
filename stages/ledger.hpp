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

    // An object is whole: its records, bad ones and counters count from now on. Throws Error(bug) when its numbers do
    // not add up.
    void whole(const ObjectEnd& end, const WholeObject& made);
    // Counters of a step that sees objects once they are whole.
    void count(const std::map<std::string, std::int64_t>& counters);
    void lost(const ObjectPtr& object, Error why);

    // The objects that were lost because their bytes were damaged or changed under way. From now on they are as if
    // nobody had read them, to be read once more: each is given once, and lost for good when it is lost again.
    std::vector<ObjectPtr> take_damaged();

    // Early look at one unit of work, whole or not: throws when the policy cannot be met any more. With a share as the
    // policy that shows at the end only; but a job that saw nothing but bad records in its first 10,000 is ended, too.
    // `more_bad`: how many there were besides those in `bad`.
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

    struct Seen {
        std::uint64_t records = 0, bad = 0;
    };

    mutable std::mutex mutex_;
    BadPolicy policy_;
    BadHandler on_bad_;
    std::vector<ObjectAccount> accounts_;
    Totals totals_;
    std::vector<Seen> seen_of_;  // by ordinal
    Seen seen_;                  // in all
    std::optional<Met> first_seen_;      // what a job that is ended early names: nobody knows what was to come
    std::optional<Met> first_of_whole_;  // of whole objects: the same in each run
};

}  // namespace af
