// The pairs of a job between its map and its reduce: folded at once where the reduce is built in, else sorted.
#pragma once

#include "engine/pipeline.hpp"
#include "stages/flow/map_side.hpp"

#include <optional>
#include <vector>

namespace af {

class JobPairs {
public:
    // For a job that reduces.
    JobPairs(const Job& job, const Widths& widths, const std::filesystem::path& scratch);

    MapTarget target();
    // Once the map side is done; before partition().
    void order(const Services& services, std::vector<StageReport>& stages);

    // Once each. JobPairs must outlive it.
    std::unique_ptr<PairStream> partition(unsigned number);
    // What the partitions have in all.
    std::uint64_t pairs() const;

private:
    unsigned workers_;
    std::optional<SortedPairs> sorted_;
    std::optional<FoldedPairs> folded_;
};

}  // namespace af
