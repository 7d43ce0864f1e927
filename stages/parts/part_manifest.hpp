// The manifest of a task whose parts another task reads: what coverage.hpp writes, read back. Pure.
//
// Trust    another task's words: what is missing, of another type or does not add up is Error(corrupt); of another
//          version, Error(config).
// Bounds   kMostPartManifestBytes, nested at most 64 deep.
#pragma once

#include "stages/ledger.hpp"
#include "stages/result_file.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace af {

class JsonFields;

inline constexpr std::size_t kMostPartManifestBytes = std::size_t{256} << 20;

struct PartManifest {
    std::string job_digest;
    Totals totals;                        // with the counters
    std::vector<ObjectAccount> accounts;  // in the order of ordinals
    std::vector<ResultFacts> outputs;     // the parts, by partition
    std::uint64_t pairs = 0;              // in all of them
};

PartManifest parse_part_manifest(std::string_view text);

// Throws Error(config) when another version of the program wrote `manifest` in another form.
void check_manifest_version(const JsonFields& manifest);

// part-00000.txt.zst: what a task that hands on calls the part of one partition.
std::string part_file_name(unsigned partition);

}  // namespace af
