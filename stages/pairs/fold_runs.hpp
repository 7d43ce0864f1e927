// The sorted runs on disk that a table of folds went to, merged level by level so that there are never many.
//
// Runs     of a level that has kFanIn of them, or more than can be read back at once, are merged into one of the next:
//          a pair is written once for each level, log(runs) times in all. At most kFanIn are read at a time.
// Order    of values with one key: any, which operations do not see.
// Memory   while it merges, kReadBackBytes, or two runs if that is more (run_reader_bytes() of each).
// Errors   no_space, io.
// Threads  one at a time.
#pragma once

#include "engine/file.hpp"
#include "engine/stop_check.hpp"
#include "stages/pairs/fold.hpp"
#include "stages/pairs/pair_stream.hpp"

#include <filesystem>
#include <memory>
#include <vector>

namespace af {

class FoldRuns {
public:
    static constexpr std::size_t kFanIn = 16;
    static constexpr std::size_t kReadBackBytes = 16 << 20;

    FoldRuns(const FoldStages& stages, std::filesystem::path scratch) : stages_(stages), scratch_(std::move(scratch)) {}

    void add(PairStream& pairs, StopCheck& check);
    void merge_all(StopCheck& check);

    std::size_t count() const noexcept { return runs_.size(); }
    std::uint64_t pairs() const noexcept;  // of take(), also after it
    // The last call but pairs().
    std::vector<std::unique_ptr<PairStream>> take();

private:
    struct Run {
        File file;
        unsigned level = 0;
        std::uint64_t pairs = 0;
        std::size_t reader_bytes = 0;
    };

    Run written(PairStream& pairs, unsigned level, StopCheck& check);
    void merge_from(std::size_t first, StopCheck& check);

    FoldStages stages_;
    std::filesystem::path scratch_;
    std::vector<Run> runs_;  // higher levels first
};

}  // namespace af
