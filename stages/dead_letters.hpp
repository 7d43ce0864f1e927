// The file of records that were left out: one JSON object a line with object, line, kind, reason and the record's first
// bytes.
//
// Ends     commit() publishes it; nothing is published when there was no bad record.
// Threads  one at a time.
#pragma once

#include "engine/atomic_file.hpp"
#include "stages/records.hpp"

#include <filesystem>
#include <optional>

namespace af {

class DeadLetters {
public:
    // An empty path keeps nothing. `staging` as for AtomicFile.
    explicit DeadLetters(std::filesystem::path path, std::filesystem::path staging = {})
        : path_(std::move(path)), staging_(std::move(staging)) {}

    // Throws Error(no_space, io); what was written until then is dropped, for a part would pass for the whole.
    void add(const ObjectRef& object, const BadRecord& bad);
    // The path, when a file was published.
    std::optional<std::filesystem::path> commit();

private:
    std::filesystem::path path_;  // empty: nothing is kept, or no longer
    std::filesystem::path staging_;
    std::optional<AtomicFile> file_;
};

}  // namespace af
