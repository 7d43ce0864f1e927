// The file of records that were left out: one JSON object a line with object, line, kind, reason and the record's first
// bytes. Objects come in the order of their ordinals, whatever order they became whole in.
//
// Disk     what was added waits in a file without a name in `scratch`; prepare() copies it.
// Size     in memory a few words for each object that has bad records.
// Ends     commit() publishes it; nothing is published when there was no bad record.
// Errors   no_space, io. What was written until then is dropped, for a part would pass for the whole.
// Threads  one at a time.
#pragma once

#include "engine/atomic_file.hpp"
#include "stages/records.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace af {

class DeadLetters {
public:
    // An empty path keeps nothing. `staging` as for AtomicFile.
    DeadLetters(std::filesystem::path path, std::filesystem::path scratch, std::filesystem::path staging = {})
        : path_(std::move(path)), scratch_(std::move(scratch)), staging_(std::move(staging)) {}

    // Those of one object one after the other, as they are to be listed.
    void add(const ObjectRef& object, const BadRecord& bad);
    // Everything that can fail for want of space. Nothing may be added afterwards.
    void prepare();
    // The path, when a file was published; prepares first if that was not done.
    std::optional<std::filesystem::path> commit();
    // Gives back the space of what is not published; nothing is kept from then on.
    void drop() noexcept;

private:
    struct Section {  // what one object has in `waiting_`
        std::uint32_t ordinal;
        std::uint64_t begin, bytes;
    };

    void append(std::uint32_t ordinal, std::string_view line);
    void copy(const Section& section);

    std::filesystem::path path_;  // empty: nothing is kept, or no longer
    std::filesystem::path scratch_, staging_;
    std::optional<AtomicFile> file_;
    File waiting_;
    std::uint64_t waiting_bytes_ = 0;
    std::vector<Section> sections_;
    bool published_ = false;
};

}  // namespace af
