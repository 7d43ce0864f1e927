#include "stages/pairs/fold_runs.hpp"

#include "stages/pairs/fold_stream.hpp"
#include "stages/pairs/run_file.hpp"

#include <algorithm>

namespace af {
FoldRuns::Run FoldRuns::written(PairStream& pairs, unsigned level, StopCheck& check) {
    Run run;
    run.level = level;
    std::size_t longest_key = 0;
    std::size_t longest_value = 0;
    RunWriter writer(scratch_);
    while (pairs.next()) {
        writer.add(pairs.pair());
        ++run.pairs;
        longest_key = std::max(longest_key, pairs.pair().key.size());
        longest_value = std::max(longest_value, pairs.pair().value.size());
        check.step();
    }
    run.file = writer.finish();
    run.reader_bytes = run_reader_bytes(longest_key, longest_value);
    return run;
}

void FoldRuns::add(PairStream& pairs, StopCheck& check) {
    runs_.push_back(written(pairs, 0, check));
    for (unsigned level = 0;; ++level) {
        const auto first = std::find_if(runs_.begin(), runs_.end(), [&](const Run& run) { return run.level <= level; });
        const auto of_level = static_cast<std::size_t>(runs_.end() - first);
        std::size_t bytes = 0;
        for (auto run = first; run != runs_.end(); ++run) bytes += run->reader_bytes;
        if (of_level < 2 || (of_level < kFanIn && bytes <= kReadBackBytes)) return;
        merge_from(static_cast<std::size_t>(first - runs_.begin()), check);
    }
}

void FoldRuns::merge_all(StopCheck& check) {
    while (runs_.size() > 1) {
        std::size_t first = runs_.size() - 1;
        std::size_t bytes = runs_[first].reader_bytes;
        while (first > 0 && runs_.size() - first < kFanIn) {
            bytes += runs_[first - 1].reader_bytes;
            if (bytes > kReadBackBytes && runs_.size() - first > 1) break;
            --first;
        }
        merge_from(first, check);
    }
}

void FoldRuns::merge_from(std::size_t first, StopCheck& check) {
    const auto begin = runs_.begin() + static_cast<std::ptrdiff_t>(first);
    const unsigned level = begin->level + 1;
    std::vector<std::unique_ptr<PairStream>> streams;
    for (auto run = begin; run != runs_.end(); ++run) streams.push_back(read_run(std::move(run->file)));
    runs_.erase(begin, runs_.end());
    const auto merged = merge(std::move(streams));
    FoldStream joined(*merged, stages_.join, check.token());
    runs_.push_back(written(joined, level, check));
}

std::uint64_t FoldRuns::pairs() const noexcept {
    std::uint64_t sum = 0;
    for (const Run& run : runs_) sum += run.pairs;
    return sum;
}

std::vector<std::unique_ptr<PairStream>> FoldRuns::take() {
    std::vector<std::unique_ptr<PairStream>> streams;
    for (Run& run : runs_) streams.push_back(read_run(std::move(run.file)));
    return streams;
}

}  // namespace af
