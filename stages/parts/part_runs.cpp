#include "stages/parts/part_runs.hpp"

#include "engine/stop_check.hpp"
#include "stages/pairs/run_file.hpp"
#include "stages/parts/part_lines.hpp"

#include <fmt/format.h>

namespace af {

class PartRuns::Writer final : public PartWriter {
public:
    Writer(PartRuns& runs, const Source& source)
        : runs_(runs), source_(source), run_(runs.scratch_), parser_(objects(), [this](const SortedPair& pair) {
              run_.add({pair.key, pair.value, source_.ordinals[pair.ordinal]});
          }) {}

    void add(std::string_view bytes) override { parser_.add(bytes); }
    void finish() override {
        parser_.finish();
        if (parser_.pairs() != source_.pairs)
            throw Error(ErrorKind::bug, fmt::format("it has {} pairs, its manifest says {}", parser_.pairs(),
                                                    source_.pairs));
        if (parser_.pairs() > 0) runs_.add(run_.finish(), parser_.pairs());
    }

private:
    std::uint32_t objects() const { return static_cast<std::uint32_t>(source_.ordinals.size()); }

    PartRuns& runs_;
    const Source& source_;
    RunWriter run_;
    PartParser parser_;
};

std::unique_ptr<PartWriter> PartRuns::open(std::uint32_t place) {
    return std::make_unique<Writer>(*this, sources_.at(place));
}

// Merging happens outside of the lock: others go on adding meanwhile.
void PartRuns::add(File run, std::uint64_t pairs) {
    for (std::size_t level = 0;; ++level) {
        std::vector<File> full;
        {
            std::lock_guard lock(mutex_);
            if (level == 0) pairs_ += pairs;
            if (runs_.size() <= level) runs_.resize(level + 1);
            runs_[level].push_back(std::move(run));
            if (runs_[level].size() < kMostRuns) return;
            full.swap(runs_[level]);
        }
        run = merged(std::move(full));
    }
}

File PartRuns::merged(std::vector<File> runs) const {
    std::vector<std::unique_ptr<PairStream>> streams;
    for (File& run : runs) streams.push_back(read_run(std::move(run)));
    const std::unique_ptr<PairStream> all = merge(std::move(streams));
    RunWriter writer(scratch_);
    StopCheck check(stop_);
    while (all->next()) {
        writer.add(all->pair());
        check.step();
    }
    return writer.finish();
}

std::unique_ptr<PairStream> PartRuns::stream() {
    std::vector<std::unique_ptr<PairStream>> streams;
    for (auto& level : runs_) {
        for (File& run : level) streams.push_back(read_run(std::move(run)));
    }
    runs_.clear();
    return merge(std::move(streams));
}

}  // namespace af
