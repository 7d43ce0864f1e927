#include "engine/pipeline.hpp"
#include "engine/runtime.hpp"
#include "stages/collect_pairs.hpp"
#include "stages/merge_pairs.hpp"

#include <catch2/catch.hpp>

using namespace af;
using namespace std::chrono_literals;

namespace {

// Pairs of one key, which fill no block; at one of them the job is stopped.
class StoppingPairs final : public PairStream {
public:
    static constexpr std::uint64_t kAll = 1'000'000;
    static constexpr std::uint64_t kStopAt = 20'000;

    explicit StoppingPairs(Pipeline& job) : job_(job) { pair_ = {"k", "1", 0}; }
    bool next() override {
        if (++given == kStopAt) job_.stop(Error(ErrorKind::interrupted, "stopped by SIGINT"));
        return given <= kAll;
    }
    std::uint64_t given = 0;

private:
    Pipeline& job_;
};

Task<void> drop(Ports<Block, void> io) {
    while (auto block = co_await io.in.next()) block.reset();
}

Task<void> give(Ports<void, ObjectOutput> io, const ObjectOutput& output) {
    ObjectOutput one = output;
    co_await io.out.put(std::move(one));
}

ErrorKind end_of(Pipeline& job, const std::function<void()>& tick = {}) {
    try {
        job.run(tick, 1ms);
        return ErrorKind::bug;
    } catch (const Error& error) {
        return error.kind();
    }
}

}  // namespace

TEST_CASE("a built-in reduce over many pairs of few keys ends soon after a stop", "[pairs]") {
    Runtime rt(2);
    BlockPool blocks(256 << 10);
    Pipeline job("reduce");
    StoppingPairs pairs(job);
    job.from("merge", {.on = rt.cpu()}, fold_pairs, pairs, FoldOperation::sum, blocks)
        .into("drop", {.on = rt.cpu()}, drop);
    CHECK(end_of(job) == ErrorKind::interrupted);
    CHECK(pairs.given < StoppingPairs::kStopAt + 10'000);
}

TEST_CASE("a sorter that writes and merges runs ends soon after a stop", "[pairs]") {
    std::stop_source stop;
    Sorter sorter(1 << 16, "/tmp");
    sorter.stop_on(stop.get_token());
    for (int i = 0; i < 20'000; ++i) sorter.add("key", "value", 0);
    stop.request_stop();
    const std::uint64_t before = sorter.pairs();
    try {
        for (int i = 0; i < 100'000; ++i) sorter.add("key", "value", 0);
        FAIL("sorts on");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::cancelled);
    }
    CHECK(sorter.pairs() < before + 20'000);
}

TEST_CASE("an object with millions of lines of map output ends soon after a stop", "[pairs]") {
    Runtime rt(2);
    SpoolBudget budget;
    budget.scratch = "/tmp";
    std::string lines;
    while (lines.size() < 1 << 20) lines += "k\t1\n";
    auto object = std::make_shared<ObjectRef>();
    object->name = "k";
    ObjectOutput output{object, std::make_shared<Spool>(budget)};
    constexpr std::uint32_t kParts = 60;  // the one who stops it may be kept waiting for a while
    for (std::uint32_t part = 0; part < kParts; ++part) output.lines->add(0, part, lines);

    SortedPairsOptions options;
    options.sort_bytes = 256 << 10;
    options.scratch = "/tmp";
    SortedPairs store(options);
    Pipeline job("map");
    job.from("give", {.on = rt.cpu()}, give, output).into("sort", {.on = rt.cpu()}, collect_pairs, store);
    const auto stop_once_it_sorts = [&] {
        for (const StageReport& stage : job.progress().stages) {
            if (stage.name == "sort" && stage.items_in > 0)
                job.stop(Error(ErrorKind::interrupted, "stopped by SIGINT"));
        }
    };
    CHECK(end_of(job, stop_once_it_sorts) == ErrorKind::interrupted);
    CHECK(store.pairs() < kParts * lines.size() / 4);
}
