// What a run tells while it goes on and when it has ended: progress, the manifest, the coverage statement and what
// bounded it.
#pragma once

#include "cli/console.hpp"
#include "cli/progress.hpp"
#include "stages/flow/session.hpp"
#include "stages/flow/widths.hpp"
#include "stages/coverage.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace af {

struct RunFacts {
    std::string job_digest;
    std::vector<ResultFacts> outputs;
    std::string bad_records_file;
    std::vector<StageReport> stages;
    SettledWidths widths;
    std::map<std::string, std::int64_t> reduce_counters;
    std::optional<Error> failed;
};

class RunReport {
public:
    explicit RunReport(Console& console) : console_(console) {}

    void begin(const std::vector<ObjectPtr>& objects, unsigned processors);
    void tick(const Report& report, const Ledger& ledger, const Session& session);
    std::string manifest(const RunFacts& facts, const Ledger& ledger) const;
    void finish(const RunFacts& facts, const Ledger& ledger, unsigned processors);

private:
    double seconds() const;

    Console& console_;
    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
    double own_cpu_before_ = 0;
    double children_cpu_before_ = 0;
    std::uint64_t bytes_ = 0;
    double next_event_ = 0;
    Rate rate_;
    Busiest busiest_;
};

}  // namespace af
