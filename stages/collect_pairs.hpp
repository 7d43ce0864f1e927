// stages/collect_pairs - ObjectOutput -> sorted pairs: parts each object's lines into keys and values, combines them,
// and sorts them by partition.
//
// In       whole objects in any order; each is taken by one worker, in its own order.
// Combine  per object, so that what comes out does not depend on which objects ran beside it.
// Size     `sort_bytes` in all, shared out to workers and partitions; the combiner's keys use up to `combine_bytes` a
//          worker.
// Stop     seen within some thousand pairs, also while runs are merged.
// Errors   fatal: a value the operation cannot take (child_output, names the object), no_space, io.
// Threads  each worker claims sorters of its own from the store.
#pragma once

#include "engine/stage.hpp"
#include "stages/gather.hpp"
#include "stages/pairs/fold.hpp"
#include "stages/pairs/sorter.hpp"

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace af {

struct SortedPairsOptions {
    unsigned partitions = 1;
    unsigned workers = 1;
    std::size_t sort_bytes = std::size_t{128} << 20;
    std::size_t combine_bytes = std::size_t{8} << 20;
    std::optional<FoldOperation> combine;
    std::filesystem::path scratch;
};

// The sorted pairs of a job, filled by collect_pairs and then read once, partition by partition.
class SortedPairs {
public:
    explicit SortedPairs(SortedPairsOptions options);

    const SortedPairsOptions& options() const noexcept { return options_; }

    struct GiveBack {
        SortedPairs* to;
        void operator()(std::vector<Sorter>* sorters) const noexcept;
    };
    // One sorter a partition, for one worker until it gives them back; at most options.workers at a time.
    using Claim = std::unique_ptr<std::vector<Sorter>, GiveBack>;
    Claim claim();

    // Once no worker is left.
    std::unique_ptr<PairStream> partition(unsigned number);
    std::uint64_t pairs() const;

private:
    SortedPairsOptions options_;
    std::vector<std::vector<Sorter>> sorters_;  // by worker, then partition
    std::mutex mutex_;
    std::vector<std::vector<Sorter>*> free_;
};

Task<void> collect_pairs(Ports<ObjectOutput, void> io, SortedPairs& store);

}  // namespace af
