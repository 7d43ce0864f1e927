#include "cli/progress.hpp"

#include <catch2/catch.hpp>

using namespace af;

TEST_CASE("the progress line says how far, how fast, how long and what bounds it", "[cli]") {
    ProgressSample sample;
    sample.objects_done = 12;
    sample.objects = 204;
    sample.bytes_read = 34'000'000;
    sample.bytes = 143'000'000;
    sample.bytes_per_second = 25'000'000;
    sample.busiest = "decompress";
    CHECK(progress_text(sample) == "12 of 204 objects, 34 MB of 143 MB, 25 MB/s, 4.4 s left, bounded by decompress");
    sample.bytes = 0;  // sizes are not known
    CHECK(progress_text(sample) == "12 of 204 objects, 34 MB, 25 MB/s, bounded by decompress");
}

TEST_CASE("a rate follows what happened lately", "[cli]") {
    Rate rate;
    CHECK(rate.update(1, 100) == Approx(100));
    for (int second = 2; second < 60; ++second) rate.update(second, 100 + 50 * static_cast<unsigned>(second - 1));
    CHECK(rate.update(60, 100 + 50 * 59) == Approx(50).margin(1));
}

TEST_CASE("the busiest stage is judged by what happened since the last look", "[cli]") {
    using namespace std::chrono_literals;
    const auto report = [](std::chrono::seconds fetch_busy, std::chrono::seconds map_busy, std::chrono::seconds all) {
        Report made;
        for (const auto& [name, busy] : {std::pair{"fetch", fetch_busy}, std::pair{"map", map_busy}}) {
            StageReport stage;
            stage.name = name;
            stage.busy = busy;
            stage.starved = all - busy;
            made.stages.push_back(stage);
        }
        return made;
    };
    Busiest busiest;
    CHECK(busiest.update(report(9s, 1s, 10s)) == "fetch");
    CHECK(busiest.update(report(10s, 10s, 20s)) == "map");
}
