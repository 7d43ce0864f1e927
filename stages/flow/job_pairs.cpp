#include "stages/flow/job_pairs.hpp"

#include "stages/flow/folds.hpp"

namespace af {
namespace {

Task<void> give_tables(Ports<void, std::size_t> io, std::size_t count) {
    for (std::size_t table = 0; table < count; ++table) co_await io.out.put(table);
}

}  // namespace

JobPairs::JobPairs(const Job& job, const Widths& widths, const std::filesystem::path& scratch)
    : workers_(widths.collectors) {
    if (const auto stages = folded_in_parts(job)) {
        folded_.emplace(FoldedPairsOptions{*stages, job.reducers, widths.sort_bytes, scratch});
        return;
    }
    SortedPairsOptions options;
    options.partitions = job.reducers;
    options.workers = widths.collectors;
    options.sort_bytes = widths.sort_bytes;
    options.combine = combine_fold(job);
    options.scratch = scratch;
    sorted_.emplace(std::move(options));
}

MapTarget JobPairs::target() {
    if (folded_) return &*folded_;
    return &*sorted_;
}

void JobPairs::order(const Services& services, std::vector<StageReport>& stages) {
    if (!folded_) return;
    const Place cpu = services.runtime.cpu();
    Pipeline pipeline("order");
    pipeline.from("tables", {.on = cpu, .buffer = {.items = 4}}, give_tables, folded_->tables())
        .into("order", {.on = cpu, .workers = workers_}, order_folds, *folded_);
    const Report report = services.control.run(pipeline);
    stages.insert(stages.end(), report.stages.begin(), report.stages.end());
}

std::unique_ptr<PairStream> JobPairs::partition(unsigned number) {
    return folded_ ? folded_->partition(number) : sorted_->partition(number);
}

std::uint64_t JobPairs::pairs() const { return folded_ ? folded_->pairs() : sorted_->pairs(); }

}  // namespace af
