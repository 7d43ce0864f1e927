#include "engine/metrics.hpp"

#include <catch2/catch.hpp>

using namespace af;
using namespace std::chrono_literals;

TEST_CASE("a stage is as alive as its ended workers were and its others are", "[metrics]") {
    StageMetrics metrics;
    metrics.workers = 4;
    CHECK(snapshot(metrics, 10s).busy == 40s);
    metrics.alive_ns = std::chrono::nanoseconds(2s).count();  // one worker ended after two seconds
    metrics.ended = 1;
    metrics.starved_ns = std::chrono::nanoseconds(5s).count();
    CHECK(snapshot(metrics, 10s).busy == 27s);
    metrics.alive_ns = std::chrono::nanoseconds(35s).count();
    metrics.ended = 4;
    CHECK(snapshot(metrics, 20s).busy == 30s);  // all have ended: no longer alive
}
