// What several tasks that hand on parts have read in all, and where the objects of each lie in the order of all of it.
// Pure.
#pragma once

#include "stages/parts/part_manifest.hpp"

#include <string_view>
#include <vector>

namespace af {

struct MergedParts {
    Totals totals;
    std::vector<ObjectAccount> accounts;               // of all tasks, by name, ordinals anew
    std::vector<std::vector<std::uint32_t>> ordinals;  // by task: its ordinal -> the one in `accounts`
    std::uint64_t pairs = 0;
};

// Throws Error(corrupt) when two tasks have read one object: what was made of it would count twice.
MergedParts merge_manifests(const std::vector<PartManifest>& tasks);

}  // namespace af
