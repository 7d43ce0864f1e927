#include "stages/flow/bottleneck.hpp"
#include "stages/flow/folds.hpp"
#include "stages/flow/widths.hpp"

#include <catch2/catch.hpp>

using namespace af;
using namespace std::chrono_literals;

namespace {

Job counting_job() {
    Job job;
    job.reduce.emplace();
    job.reduce->operation = BuiltinOperation::sum;
    return job;
}

StageReport stage(const char* name, std::chrono::nanoseconds busy, std::chrono::nanoseconds starved) {
    StageReport report;
    report.name = name;
    report.workers = 1;
    report.busy = busy;
    report.starved = starved;
    return report;
}

}  // namespace

TEST_CASE("widths follow the processors and never exceed the objects", "[flow]") {
    const Widths many = choose_widths({}, counting_job(), 8, true, 1000);
    CHECK(many.decoders == 8);
    CHECK(many.mappers == 8);
    CHECK(many.fetch == 32);
    const Widths one = choose_widths({}, counting_job(), 8, true, 1);
    CHECK(one.decoders == 1);
    CHECK(one.fetch == 1);
    CHECK(one.mappers == 8);  // one huge object still uses all processors
    WidthOptions asked;
    asked.mappers = 3;
    asked.fetch = 5;
    const Widths set = choose_widths(asked, counting_job(), 8, true, 1000);
    CHECK(set.mappers == 3);
    CHECK(set.fetch == 5);
    CHECK(set.fetch_fixed);
}

TEST_CASE("an object that all would wait for is decoded by all, when it may have an index", "[flow]") {
    InputShape huge(3);
    huge.bytes = std::uint64_t{100} << 20;
    huge.largest_indexed = std::uint64_t{90} << 20;
    const Widths widths = choose_widths({}, counting_job(), 8, true, huge);
    CHECK(widths.decoders == 8);
    CHECK(widths.splitters == 3);
    CHECK(widths.fetch == 13);
    CHECK(widths.cut_from_bytes <= huge.largest_indexed);
    const Widths none = choose_widths({}, counting_job(), 8, true, 3);
    CHECK(none.ahead_bytes == 0);
    CHECK(none.decoders == 3);
    CHECK(total(memory_bound(widths, counting_job(), 3)) - total(memory_bound(none, counting_job(), 3)) >
          widths.ahead_bytes);

    InputShape even(1000);  // of 10 MiB each
    even.bytes = std::uint64_t{10'000} << 20;
    even.largest_indexed = std::uint64_t{10} << 20;
    CHECK(choose_widths({}, counting_job(), 8, true, even).ahead_bytes == 0);
    CHECK(choose_widths({}, counting_job(), 1, true, huge).ahead_bytes == 0);
    Job stored = counting_job();
    stored.map.decompress = Decompress::no;
    CHECK(choose_widths({}, stored, 8, true, huge).ahead_bytes == 0);
    InputShape unknown(1);
    unknown.unknown_indexed = true;
    CHECK(choose_widths({}, counting_job(), 8, true, unknown).ahead_bytes > 0);
}

TEST_CASE("the memory bound is the sum of its lines and grows with the widths, not with the bytes", "[flow]") {
    const Job job = counting_job();
    const Widths narrow = choose_widths({}, job, 1, true, 1000);
    const Widths wide = choose_widths({}, job, 8, true, 1000);
    const auto lines = memory_bound(narrow, job, 1000);
    std::uint64_t sum = 0;
    for (const MemoryLine& line : lines) sum += line.bytes;
    CHECK(total(lines) == sum);
    CHECK(total(memory_bound(wide, job, 1000)) > total(lines));
}

TEST_CASE("little memory to sort in and many reducers is planned as what it takes", "[flow]") {
    Job job = counting_job();
    WidthOptions options;
    options.sort_bytes = 64 << 10;
    const Widths widths = choose_widths(options, job, 2, true, 1000);
    const std::uint64_t one = total(memory_bound(widths, job, 1000));
    job.reducers = 1000;
    const std::uint64_t many = total(memory_bound(widths, job, 1000));
    CHECK(many - one >= std::uint64_t{999} * 80 * 1024);

    job.reduce->operation.reset();  // the user's own: sorted instead of folded
    job.reduce->code.emplace();
    const std::uint64_t many_sorted = total(memory_bound(widths, job, 1000));
    job.reducers = 1;
    CHECK(many_sorted - total(memory_bound(widths, job, 1000)) >= std::uint64_t{999} * widths.collectors * (64 << 10));
}

TEST_CASE("the memory bound counts a long line of map output wherever one may be", "[flow]") {
    const Job job = counting_job();
    WidthOptions options;
    options.mappers = 1;
    const std::uint64_t one = total(memory_bound(choose_widths(options, job, 2, true, 1000), job, 1000));
    options.mappers = 2;
    const std::uint64_t two = total(memory_bound(choose_widths(options, job, 2, true, 1000), job, 1000));
    CHECK(two - one >= 5 * job.records.max_bytes + (std::uint64_t{65} << 20));
}

TEST_CASE("the sentence on what bounded a run names processors, or else the busiest stage", "[flow]") {
    LoadSample busy{{stage("fetch", 1s, 9s), stage("decompress", 9s, 1s)}, 10, 2, 6, 13};
    CHECK(bottleneck_text(busy).find("bounded by the processors (95% of 2 in use)") == 0);
    CHECK(bottleneck_text(busy).find("the map function is what to speed up") != std::string::npos);
    LoadSample idle{{stage("fetch", 9s, 1s), stage("decompress", 1s, 9s)}, 10, 2, 1, 1};
    CHECK(bottleneck_text(idle).find("bounded by fetch") == 0);
    LoadSample tail{{stage("fetch", 9s, 1s), stage("merge", 10ms, 0s)}, 10, 2, 1, 1};
    CHECK(bottleneck_text(tail).find("bounded by fetch") == 0);  // merge was all busy, but only for a moment
}

TEST_CASE("a map function in processes may get more of them, unless a number or little memory was asked for",
          "[flow]") {
    Job job = counting_job();
    job.map.code.language = Language::python;
    WidthOptions options;
    CHECK(choose_widths(options, job, 2, true, 1000).most_mappers == 4);
    options.mappers = 3;
    CHECK(choose_widths(options, job, 2, true, 1000).most_mappers == 3);
    options.mappers = 0;
    options.spool_bytes = 8 << 20;
    CHECK(choose_widths(options, job, 2, true, 1000).most_mappers == 2);
    job.map.code.language = Language::binary;
    CHECK(choose_widths({}, job, 2, true, 1000).most_mappers == 2);
    job.map.code.language = Language::python;
    job.map.workers = 5;
    CHECK(choose_widths({}, job, 2, true, 1000).most_mappers == 5);
}

TEST_CASE("a map function that waits is told from one that computes, and from none of the user's", "[flow]") {
    const std::string hint = "--workers 4 may be faster";
    const std::vector<StageReport> stages{stage("map", 9s, 1s)};
    CHECK(bottleneck_text({stages, 10, 2, 1, 2}).find(hint) != std::string::npos);
    CHECK(bottleneck_text({stages, 10, 4, 1, 9}).find(hint) == std::string::npos);  // one process that computes
    CHECK(bottleneck_text({stages, 10, 2, 3, 0}).find(hint) == std::string::npos);
    CHECK(bottleneck_text({{stage("fetch", 9s, 1s)}, 10, 2, 1, 2}).find(hint) == std::string::npos);
}

TEST_CASE("a reduce that is built in takes parts of all the values of a key", "[flow]") {
    Job job = counting_job();
    job.reduce->operation = BuiltinOperation::count;
    REQUIRE(folded_in_parts(job));
    CHECK(folded_in_parts(job)->combine == FoldOperation::count);
    CHECK(reduce_fold(job) == FoldOperation::sum_whole);
    job.combine = job.reduce;  // has nothing left to do
    CHECK(folded_in_parts(job));
    CHECK_FALSE(combine_fold(job));
    job.reduce->operation = BuiltinOperation::mean;
    job.combine.reset();
    CHECK(folded_in_parts(job)->combine == FoldOperation::mean_part);
    CHECK(reduce_fold(job) == FoldOperation::mean_whole);
}

TEST_CASE("a combiner of another operation sees each object by itself", "[flow]") {
    Job job = counting_job();
    job.reduce->operation = BuiltinOperation::max;
    job.combine = job.reduce;
    job.combine->operation = BuiltinOperation::sum;
    CHECK_FALSE(folded_in_parts(job));
    CHECK(combine_fold(job) == FoldOperation::sum);
    CHECK(reduce_fold(job) == FoldOperation::max);
}

TEST_CASE("the user's own reduce gets the values as they are", "[flow]") {
    Job job = counting_job();
    job.reduce->operation.reset();
    job.reduce->code.emplace();
    CHECK_FALSE(folded_in_parts(job));
    CHECK_FALSE(combine_fold(job));
    CHECK_FALSE(reduce_fold(job));
}
