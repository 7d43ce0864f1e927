#include "stages/pairs/fold_runs.hpp"

#include "engine/error.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <string>

using namespace af;

namespace {

class Numbers final : public PairStream {
public:
    Numbers(int first, int step, int count) : next_(first), step_(step), left_(count) {}
    bool next() override {
        if (left_-- == 0) return false;
        key_ = std::to_string(1'000'000 + next_);
        next_ += step_;
        pair_ = {key_, "1", 0};
        return true;
    }

private:
    int next_, step_, left_;
    std::string key_;
};

std::map<std::string, int> sums(FoldRuns& runs) {
    std::map<std::string, int> all;
    for (const auto& stream : runs.take()) {
        std::string last;
        while (stream->next()) {
            CHECK(last <= stream->pair().key);
            last = stream->pair().key;
            all[last] += std::stoi(std::string(stream->pair().value));
        }
    }
    return all;
}

}  // namespace

TEST_CASE("hundreds of runs stay few, and nothing of them is lost", "[pairs]") {
    FoldRuns runs(in_parts(FoldOperation::sum), "/tmp");
    StopCheck check;
    constexpr int kRuns = 600;
    std::size_t most = 0;
    for (int run = 0; run < kRuns; ++run) {
        Numbers pairs(run, 3, 50);
        runs.add(pairs, check);
        most = std::max(most, runs.count());
    }
    CHECK(most < 3 * FoldRuns::kFanIn);
    CHECK(runs.pairs() < kRuns * 50);  // what was merged has each key once
    const bool all = GENERATE(false, true);
    if (all) runs.merge_all(check);
    if (all) CHECK(runs.count() == 1);
    const std::uint64_t there = runs.pairs();
    const auto found = sums(runs);
    CHECK(runs.pairs() == there);
    if (all) CHECK(found.size() == there);
    int sum = 0;
    for (const auto& [key, count] : found) sum += count;
    CHECK(sum == kRuns * 50);
    CHECK(found.at("1000150") == 50);  // of the runs that begin at 3, 6 ... 150
}

TEST_CASE("runs that are written or merged end soon after a stop", "[pairs]") {
    std::stop_source stop;
    FoldRuns runs(in_parts(FoldOperation::sum), "/tmp");
    StopCheck check(stop.get_token());
    for (int run = 0; run < 3; ++run) {
        Numbers pairs(run, 1, 20'000);
        runs.add(pairs, check);
    }
    stop.request_stop();
    CHECK_THROWS_AS(runs.merge_all(check), Error);
    Numbers more(0, 1, 20'000);
    CHECK_THROWS_AS(runs.add(more, check), Error);
}
