// Sorts more pairs than memory holds: fills a buffer, sorts it, writes it as a run to disk, starts again; merge()
// reads the runs as one sorted stream.
//
// Order    by key (bytewise), then by the ordinal of the input object, then by arrival. Pairs of one object go to one
//          Sorter in the object's own order, so the merged stream is the same whatever the concurrency was.
// Memory   memory_bytes(budget) for pairs, touched only as they come; reading runs back, to merge them or for finish(),
//          takes read_back_bytes(budget) more: a reader holds the longest key and value of its run, and runs are merged
//          into one before their readers together would take more.
// Disk     runs are anonymous files below `scratch`, zstd level 1; gone with the process.
// Stop     what it does at length, writing and merging runs, ends with cancelled once stop is requested.
// Errors   no_space, io. A pair longer than longest_pair_bytes(budget): child_output.
// Threads  one at a time.
#pragma once

#include "engine/file.hpp"
#include "stages/pairs/pair_stream.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string_view>
#include <vector>

namespace af {

class Sorter {
public:
    // What a Sorter with this budget really takes, and takes for one pair.
    static std::size_t memory_bytes(std::size_t budget_bytes) noexcept;
    static std::size_t longest_pair_bytes(std::size_t budget_bytes) noexcept;
    static std::size_t read_back_bytes(std::size_t budget_bytes) noexcept;

    Sorter(std::size_t budget_bytes, std::filesystem::path scratch);
    ~Sorter();
    Sorter(Sorter&&) noexcept;

    void stop_on(std::stop_token stop);

    void add(std::string_view key, std::string_view value, std::uint32_t ordinal);

    std::uint64_t pairs() const noexcept;

    // The runs, oldest first, each a sorted stream; what is still in memory comes last. The Sorter must outlive them.
    std::vector<std::unique_ptr<PairStream>> finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace af
