// Sorts more pairs than memory holds: fills a buffer, sorts it, writes it as a run to disk, starts again; Merge reads
// the runs as one sorted stream.
//
// Order    by key (bytewise), then by the ordinal of the input object, then by arrival. Pairs of one object go to one
//          Sorter in the object's own order, so the merged stream is the same whatever the concurrency was.
// Memory   at most `budget_bytes` for pairs, touched only as they come; reading a run back takes about 256 KB each, and
//          no more than 64 runs are kept (older ones are merged into one).
// Disk     runs are anonymous files below `scratch`, zstd level 1; gone with the process.
// Stop     what it does at length, writing and merging runs, ends with cancelled once stop is requested.
// Errors   no_space, io. A pair larger than the whole budget: child_output.
// Threads  one at a time.
#pragma once

#include "engine/file.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string_view>
#include <vector>

namespace af {

// One pair of the sorted stream. The views hold until the next step of what they came from.
struct SortedPair {
    std::string_view key;
    std::string_view value;
    std::uint32_t ordinal = 0;
};

// A sorted sequence of pairs, read once.
class PairStream {
public:
    virtual ~PairStream() = default;
    // Steps to the next pair: false at the end.
    virtual bool next() = 0;
    const SortedPair& pair() const noexcept { return pair_; }

protected:
    SortedPair pair_;
};

class Sorter {
public:
    Sorter(std::size_t budget_bytes, std::filesystem::path scratch);
    ~Sorter();
    Sorter(Sorter&&) noexcept;

    void stop_on(std::stop_token stop);

    void add(std::string_view key, std::string_view value, std::uint32_t ordinal);

    std::uint64_t pairs() const noexcept;
    std::uint64_t spilled_bytes() const noexcept;  // as written, compressed

    // The runs, oldest first, each a sorted stream; what is still in memory comes last. The Sorter must outlive them.
    std::vector<std::unique_ptr<PairStream>> finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

// Merges sorted streams into one. Equal (key, ordinal) pairs come in the order of the streams.
std::unique_ptr<PairStream> merge(std::vector<std::unique_ptr<PairStream>> streams);

}  // namespace af
