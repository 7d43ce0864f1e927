// How often the paths and conditions of a builtin map were looked for, and found: what never was is mostly misspelt.
#pragma once

#include "stages/builtin/spec.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace af {

struct Sighting {
    std::string what;           // as the user reads it
    std::uint64_t records = 0;  // in which it was looked for, until it was found
    std::uint64_t last = 0;     // the number of the last one
    bool found = false;

    // `record`: its number, from 1 on.
    void note(bool is_there, std::uint64_t record) noexcept {
        if (found) return;
        records += record != last;
        last = record;
        found = is_there;
    }
};

// "path info.OS", "condition info.memsize >= 1024", "condition info.OS == 'WINNT'"
std::string path_text(const ValuePath& path);
std::string condition_text(const ValueTest& condition);

// Those of all workers of a run, which look for the same.
//
// Threads  any.
class Sightings {
public:
    // All that it looked for, in the order that is every worker's.
    void add(const std::vector<Sighting>& of_one_worker);

    // All that was looked for and never found, e.g. "path info.OSS (in 120 records), ..."; empty: none.
    std::string never_found() const;

private:
    mutable std::mutex mutex_;
    std::vector<Sighting> all_;
};

}  // namespace af
