// The map side of a job as one pipeline: objects in, pairs or lines out.
#pragma once

#include "engine/pipeline.hpp"
#include "stages/collect_folds.hpp"
#include "stages/collect_lines.hpp"
#include "stages/collect_pairs.hpp"
#include "stages/feeder_client.hpp"
#include "stages/flow/services.hpp"
#include "stages/flow/widths.hpp"
#include "stages/job/job.hpp"
#include "stages/ledger.hpp"

#include <memory>
#include <variant>

namespace af {

// Where map output goes: folded for a reduce that is built in, sorted for another, or kept in the order of the input.
using MapTarget = std::variant<FoldedPairs*, SortedPairs*, LineStore*>;

// The user's map function, started and known to load before any input is given to it. Nothing to start for a binary.
class Mappers {
public:
    // Throws Error(config) when the script does not load, naming why.
    static Task<Mappers> start(const Job& job, const Widths& widths, bool lazy, const Services& services);

    FeederPool* feeders() const noexcept { return feeders_.get(); }
    bool lazy() const noexcept { return lazy_; }
    // Ends them, and gives their memory back.
    void end() { *this = Mappers(); }
    // What they read in place; null: nothing.
    std::shared_ptr<SharedMemory> memory() const noexcept { return memory_; }

private:
    std::unique_ptr<FeederPool> feeders_;
    std::shared_ptr<SharedMemory> memory_;
    bool lazy_ = false;
};

struct MapSide {
    const Job& job;
    const Widths& widths;
    Mappers& mappers;
    std::vector<ObjectPtr> objects;  // in the order to read them: the largest first
    Ledger& ledger;
    MapTarget target;
    std::uint64_t allowed_lost = 0;  // objects
};

struct MapReport {
    std::vector<StageReport> stages;
    SettledWidths widths;
};

// Runs it to its end, which is that of its mappers too. An object that came damaged, or changed while it was read, is
// read once more, by mappers started anew; but a map function that does not survive what came is fatal. Throws the
// first fatal Error; lost objects are the ledger's.
MapReport run_map_side(MapSide side, const Services& services);

}  // namespace af
