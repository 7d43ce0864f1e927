// How often the paths and conditions of a builtin map were looked for, and found: what never was is mostly misspelt.
#pragma once

#include "stages/builtin/spec.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace af {

struct Sighting {
    std::string what;  // as the user reads it
    std::uint64_t looked = 0;  // until it was found
    bool found = false;

    void note(bool is_there) noexcept {
        if (found) return;
        ++looked;
        found = is_there;
    }
};

// "path info.OS", "condition info.memsize >= 1024"
std::string path_text(const ValuePath& path);
std::string condition_text(const ValueTest& condition);

// Those of all workers of a run.
//
// Threads  any.
class Sightings {
public:
    void add(const std::vector<Sighting>& of_one_worker);

    // All that was looked for and never found, e.g. "path info.OSS (in 120 records), ..."; empty: none.
    std::string never_found() const;

private:
    mutable std::mutex mutex_;
    std::vector<Sighting> all_;
};

}  // namespace af
