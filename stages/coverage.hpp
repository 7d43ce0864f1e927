// The coverage statement of a result: manifest.json, written last, and also when a job failed, then without a result.
#pragma once

#include "engine/pipeline.hpp"
#include "stages/ledger.hpp"
#include "stages/result_file.hpp"

#include <optional>
#include <string>
#include <vector>

namespace af {

struct ManifestFacts {
    std::string program;     // "af 0.1.0"
    std::string job_digest;  // of the job file and its scripts
    Totals totals;
    std::vector<ObjectAccount> objects;  // in the order of ordinals
    std::vector<ResultFacts> outputs;
    std::string bad_records_file;                  // empty: not kept
    std::map<std::string, std::int64_t> counters;  // "group<TAB>name"
    std::vector<StageReport> stages;
    double seconds = 0;
    std::optional<Error> failed;
};

// JSON, two spaces a level, a final newline.
std::string manifest_text(const ManifestFacts& facts);

// For people, two to four lines: what was asked, read, skipped and lost.
std::string coverage_text(const Totals& totals);

}  // namespace af
