#include "stages/map_batches.hpp"

#include "tests/support/map_harness.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <map>

using namespace af;
using namespace af::test;

namespace {

// Sets the places of further processes before some of the items.
using PlacesAt = std::map<std::size_t, unsigned>;
Task<void> emit_and_set(Ports<void, SplitItem> io, std::vector<SplitItem>& items, MapperWidth& width, PlacesAt places) {
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (const auto at = places.find(i); at != places.end()) width.extras().set_width(at->second);
        co_await io.out.put(std::move(items[i]));
    }
}

Mapped run(Runtime& rt, ProcessSpec spec, std::vector<SplitItem> items, MapperWidth& width, unsigned workers,
           MapOptions options = {}, PlacesAt places = {}) {
    options.net = rt.net().executor;
    auto feeders = rt.block_on(FeederPool::start(rt.net().executor, std::move(spec), workers, {}));
    std::vector<MapItem> kept;
    Pipeline job("map");
    job.from("emit", {.on = rt.cpu()}, emit_and_set, items, width, places)
        .then("map", {.on = rt.cpu(), .workers = workers}, map_batches, options, *feeders, width)
        .into("keep", {.on = rt.cpu()}, keep, kept);
    job.run();
    return sorted_out(std::move(kept));
}

Mapped run(Runtime& rt, ProcessSpec spec, std::vector<SplitItem> items, unsigned workers = 1, MapOptions options = {}) {
    RealClock clock;
    MapperWidth width(clock, workers, workers);
    return run(rt, std::move(spec), std::move(items), width, workers, std::move(options));
}

constexpr const char* kMapper = R"(
import os, signal, sys, time
def mapper(uuid, file, js):
    if js == "bad": raise ValueError("no good")
    if js == "none": return None
    if js == "big": return "k " + "x" * 3000000 + "\n"
    if js == "count": sys.stderr.write("reporter:counter:g,n,2\n"); return None
    if js == "exit": os._exit(3)
    if js == "exit0": os._exit(0)
    if js == "die": os.kill(os.getpid(), signal.SIGKILL)
    if js == "hang": time.sleep(1000)
    return "%s %s %s\n" % (uuid, file, js)
)";

const char* const kReady = R"(echo 'ready {"protocol": 1}'; )";

}  // namespace

TEST_CASE("map_batches passes batches through the user's function and object ends at once", "[map]") {
    Runtime rt(2);
    BlockPool pool(1 << 20);
    TemporaryFolder folder;
    ProcessSpec spec = feeder("map", folder.file("mapper.py", kMapper), "mapper");
    auto object = object_named("a/b.lzma");
    std::vector<SplitItem> items;
    items.emplace_back(batch_of(pool, object, 0, 1, "u1\t1\nu2\t\"none\"\n"));
    items.emplace_back(batch_of(pool, object, 1, 3, "u3\t\"count\"\nu4\t4\n"));
    items.emplace_back(end_of(object, 2));
    Mapped mapped = run(rt, spec, std::move(items));
    CHECK(mapped.lines == "u1 a/b.lzma 1\nu4 a/b.lzma 4\n");
    REQUIRE(mapped.outputs.size() == 2);
    CHECK(mapped.outputs[0].records_in == 2);
    CHECK(mapped.outputs[1].counters == Counters{{"g\tn", 2}});
    REQUIRE(mapped.ends.size() == 1);
    CHECK(mapped.ends[0].units == 2);
    CHECK_FALSE(has_children());
}

TEST_CASE("map_batches gives a bad record its line in the object and its first 4 KiB", "[map]") {
    Runtime rt(2);
    BlockPool pool(1 << 20);
    TemporaryFolder folder;
    ProcessSpec spec = feeder("map", folder.file("mapper.py", kMapper), "mapper");
    const std::string long_text = "not-json" + std::string(10'000, 'x');
    std::vector<SplitItem> items;
    items.emplace_back(
        batch_of(pool, object_named("o"), 0, 101, "u1\t1\nu2\t\"bad\"\nno tab\nu4\t" + long_text + "\n"));
    Mapped mapped = run(rt, spec, std::move(items));
    REQUIRE(mapped.outputs.at(0).bad.size() == 3);
    const std::vector<BadRecord>& bad = mapped.outputs[0].bad;
    CHECK(bad[0].line == 102);
    CHECK(bad[0].kind == "mapper");
    CHECK(bad[0].reason.starts_with("ValueError: no good at mapper.py:"));
    CHECK(bad[0].record == "u2\t\"bad\"");
    CHECK(bad[1].kind == "format");
    CHECK(bad[2].line == 104);
    CHECK(bad[2].record == ("u4\t" + long_text).substr(0, 4096));
}

TEST_CASE("bad records have a bound on their text, not on their number", "[map]") {
    BlockPool pool(1 << 20);
    std::string lines;
    std::vector<BadEntry> entries;
    for (std::uint64_t i = 0; i < 200; ++i) {
        lines += std::string(4000, 'x') + '\n';
        entries.push_back({i, "mapper", std::string(100'000, 'r')});
    }
    const std::vector<BadRecord> bad = bad_records(batch_of(pool, object_named("o"), 0, 1, lines), entries);
    REQUIRE(bad.size() == 200);
    CHECK(bad.front().record.size() == 4000);
    CHECK(bad.front().reason.size() == 1024);
    CHECK(bad.back().line == 200);
    CHECK(bad.back().record.empty());
    MapOutput output;
    output.bad = bad;
    const std::size_t bytes = byte_size(MapItem(output));
    CHECK(bytes > 200 * 1024);  // a channel that is bounded by bytes counts them
    CHECK(bytes < 800 * 1024);
}

TEST_CASE("a batch of nothing but bad records keeps the first ten thousand and counts the others", "[map]") {
    Runtime rt(2);
    BlockPool pool(1 << 20);
    TemporaryFolder folder;
    ProcessSpec spec = feeder("map", folder.file("mapper.py", kMapper), "mapper");
    std::string lines;
    for (int i = 0; i < 12'000; ++i) lines += "no tab\n";
    std::vector<SplitItem> items;
    items.emplace_back(batch_of(pool, object_named("o"), 0, 1, lines));
    Mapped mapped = run(rt, spec, std::move(items));
    REQUIRE(mapped.outputs.size() == 1);
    CHECK(mapped.outputs[0].records_in == 12'000);
    CHECK(mapped.outputs[0].bad.size() == 10'000);
    CHECK(mapped.outputs[0].more_bad == std::map<std::string, std::uint64_t>{{"format", 2'000}});
}

TEST_CASE("a part of many megabytes goes on at once and the account follows without lines", "[map]") {
    Runtime rt(2);
    BlockPool pool(1 << 20);
    TemporaryFolder folder;
    ProcessSpec spec =
        feeder("map", folder.file("huge.py", R"(def mapper(uuid, file, js): return "k " + "x" * (5 << 20) + "\n"
)"),
               "mapper");
    std::vector<SplitItem> items;
    items.emplace_back(batch_of(pool, object_named("o"), 0, 1, "u1\t1\nu2\t2\n"));
    Mapped mapped = run(rt, spec, std::move(items));
    REQUIRE(mapped.outputs.size() == 3);
    CHECK(mapped.outputs[1].part == 1);
    CHECK(mapped.outputs[2].lines.empty());
    CHECK(mapped.outputs[2].last);
    CHECK(mapped.outputs[2].records_in == 2);
    CHECK(mapped.lines.size() == 2 * ((5 << 20) + 3));
}

TEST_CASE("map_batches emits parts of whole lines, the last with the account", "[map]") {
    Runtime rt(2);
    BlockPool pool(1 << 20);
    TemporaryFolder folder;
    ProcessSpec spec = feeder("map", folder.file("mapper.py", kMapper), "mapper");
    std::vector<SplitItem> items;
    items.emplace_back(batch_of(pool, object_named("o"), 0, 1, "u1\t\"big\"\nu2\t\"big\"\n"));
    Mapped mapped = run(rt, spec, std::move(items));
    REQUIRE(mapped.outputs.size() == 2);
    CHECK_FALSE(mapped.outputs[0].last);
    CHECK(mapped.outputs[1].last);
    CHECK(mapped.outputs[1].part == 1);
    CHECK(mapped.outputs[1].records_in == 2);
    for (const MapOutput& part : mapped.outputs) CHECK(part.lines.back() == '\n');
}

TEST_CASE("map_batches shares batches out to all workers and loses none", "[map]") {
    Runtime rt(2);
    BlockPool pool(1 << 16);
    TemporaryFolder folder;
    ProcessSpec spec = feeder("map", folder.file("mapper.py", kMapper), "mapper");
    std::vector<SplitItem> items;
    for (unsigned i = 0; i < 200; ++i)
        items.emplace_back(batch_of(pool, object_named("o"), i, i + 1, "u\t" + std::to_string(i) + "\n"));
    Mapped mapped = run(rt, spec, std::move(items), 3);
    std::vector<bool> seen(200);
    for (const MapOutput& output : mapped.outputs) {
        CHECK(output.lines == "u o " + std::to_string(output.sequence) + "\n");
        seen.at(output.sequence) = true;
    }
    CHECK(std::count(seen.begin(), seen.end(), true) == 200);
}

TEST_CASE("map_batches shares batches out to processes that come and go, and loses none", "[map]") {
    Runtime rt(2);
    BlockPool pool(1 << 20);
    TemporaryFolder folder;
    // The file of the process tells how many there were. Before places are taken away nothing goes on until there are
    // three, however long a process takes to start.
    const std::string body = R"(
import os, time
SEEN, UNTIL = os.environ["SEEN"], time.monotonic() + 100
def mapper(uuid, file, js):
    open(SEEN + "/" + str(os.getpid()), "w").close()
    while js < 30 and len(os.listdir(SEEN)) < 3 and time.monotonic() < UNTIL: time.sleep(0.01)
    time.sleep(0.005)
    return "%s %s\n" % (uuid, js)
)";
    ProcessSpec spec = feeder("map", folder.file("mapper.py", body), "mapper");
    const auto seen = folder.path() / "seen";
    std::filesystem::create_directory(seen);
    spec.environment.push_back("SEEN=" + seen.string());
    auto object = object_named("a");
    constexpr std::uint32_t kBatches = 120;
    std::vector<SplitItem> items;
    for (std::uint32_t i = 0; i < kBatches; ++i)
        items.emplace_back(batch_of(pool, object, i, i + 1, fmt::format("u{:03}\t{}\n", i, i)));
    items.emplace_back(end_of(object, kBatches));
    RealClock clock;
    MapperWidth width(clock, 2, 6);
    const PlacesAt places{{0, 4}, {30, 1}, {50, 4}, {80, 0}, {100, 3}};
    const Mapped mapped = run(rt, spec, std::move(items), width, 2, {}, places);
    CHECK(mapped.outputs.size() == kBatches);
    for (std::uint32_t i = 0; i < kBatches; ++i)
        CHECK(mapped.lines.find(fmt::format("u{:03} {}\n", i, i)) != std::string::npos);
    CHECK(std::distance(std::filesystem::directory_iterator(seen), {}) > 2);
    CHECK_FALSE(has_children());
}

TEST_CASE("a process beyond the first that fails ends the job with what it died of", "[map]") {
    Runtime rt(2);
    BlockPool pool(1 << 20);
    TemporaryFolder folder;
    ProcessSpec spec = feeder("map", folder.file("mapper.py", kMapper), "mapper");
    auto object = object_named("a");
    std::vector<SplitItem> items;
    for (std::uint32_t i = 0; i < 40; ++i)
        items.emplace_back(batch_of(pool, object, i, i + 1, i == 20 ? "u\t\"die\"\n" : "u\t1\n"));
    items.emplace_back(end_of(object, 40));
    RealClock clock;
    MapperWidth width(clock, 1, 4);
    width.extras().set_width(3);
    const Error error = error_of([&] { run(rt, spec, std::move(items), width, 1); });
    CHECK(error.kind() == ErrorKind::child_signal);
    CHECK_FALSE(has_children());
}

TEST_CASE("map_batches with nothing to do ends well", "[map]") {
    Runtime rt(2);
    TemporaryFolder folder;
    ProcessSpec spec = feeder("map", folder.file("mapper.py", kMapper), "mapper");
    CHECK(run(rt, spec, {}).outputs.empty());
}

TEST_CASE("map_batches sends the index that is built for a payload", "[map]") {
    Runtime rt(2);
    BlockPool pool(1 << 16);
    MapOptions options;
    options.index_builder = [](const Batch& batch, JsonNoted) { return std::string(batch.lines.size(), 'i'); };
    ProcessSpec spec = shell(std::string(kReady) + R"(read a b f i p; head -c $((f + i + p)) >/dev/null; l="$f-$i-$p"
        printf 'part 0 %d\n%s\n' $((${#l} + 1)) $l
        m='{"records":1,"bad":[],"counters":{}}'; printf 'done 0 %d\n%s' ${#m} "$m")");
    spec.argv = {"/bin/bash", "-c", spec.argv[2]};  // dash reads ahead of its `read`
    std::vector<SplitItem> items;
    items.emplace_back(batch_of(pool, object_named("name"), 0, 1, "12345\n"));
    CHECK(run(rt, spec, std::move(items), 1, options).lines == "4-6-6\n");
}

TEST_CASE("map_batches makes no index for a while after an account says that it was in vain", "[map]") {
    Runtime rt(2);
    BlockPool pool(1 << 16);
    MapOptions options;
    options.index_builder = [](const Batch&, JsonNoted) { return std::string("i"); };
    ProcessSpec spec = shell(std::string(kReady) + R"(while read a b f i p; do head -c $((f + i + p)) >/dev/null
        printf 'part %d 2\n%d\n' $b $i; m='{"records":1,"bad":[],"counters":{}}'
        if [ $i = 1 ]; then m='{"records":1,"bad":[],"counters":{},"index":false}'; fi
        printf 'done %d %d\n%s' $b ${#m} "$m"; done)");
    spec.argv = {"/bin/bash", "-c", spec.argv[2]};
    std::vector<SplitItem> items;
    for (unsigned i = 0; i < 200; ++i) items.emplace_back(batch_of(pool, object_named("o"), i, 1, "1\n"));
    const std::string sizes = run(rt, spec, std::move(items), 1, options).lines;
    REQUIRE(sizes.size() == 400);
    CHECK(sizes[0] == '1');
    // A few batches are indexed and under way before the first account is there; each look again costs as many.
    const auto indexed = std::count(sizes.begin(), sizes.end(), '1');
    CHECK(indexed >= 3);
    CHECK(indexed <= 30);
}

TEST_CASE("map_batches has large objects indexed once an account asks for it", "[map]") {
    Runtime rt(2);
    BlockPool pool(1 << 16);
    MapOptions options;
    options.index_builder = [](const Batch&, JsonNoted noted) {
        return std::string(noted == JsonNoted::large_objects ? "ii" : "i");
    };
    ProcessSpec spec = shell(std::string(kReady) + R"(while read a b f i p; do head -c $((f + i + p)) >/dev/null
        printf 'part %d 2\n%d\n' $b $i; m='{"records":1,"bad":[],"counters":{}}'
        if [ $b = 10 ]; then m='{"records":1,"bad":[],"counters":{},"nested":true}'; fi
        printf 'done %d %d\n%s' $b ${#m} "$m"; done)");
    spec.argv = {"/bin/bash", "-c", spec.argv[2]};
    std::vector<SplitItem> items;
    for (unsigned i = 0; i < 40; ++i) items.emplace_back(batch_of(pool, object_named("o"), i, 1, "1\n"));
    const std::string sizes = run(rt, spec, std::move(items), 1, options).lines;
    REQUIRE(sizes.size() == 80);
    CHECK(sizes.find('2') > 2 * 10);  // "1\n" of each batch before
    CHECK(sizes.ends_with("2\n2\n2\n"));
    CHECK(sizes.find('1', sizes.find('2')) == sizes.npos);
}

TEST_CASE("a script that does not load is refused before any input", "[map]") {
    Runtime rt(1);
    TemporaryFolder folder;
    ProcessSpec spec = feeder("map", folder.file("mapper.py", "\nimport no_such_module\n"), "mapper");
    const Error error = error_of([&] { rt.block_on(FeederPool::start(rt.net().executor, spec, 3, {})); });
    CHECK(error.kind() == ErrorKind::config);
    CHECK(std::string(error.what()).find("ModuleNotFoundError: No module named 'no_such_module' at mapper.py:2") !=
          std::string::npos);
}

TEST_CASE("a feeder that fails ends the pipeline with the object and the lines it was at", "[map]") {
    Runtime rt(2);
    BlockPool pool(1 << 20);
    TemporaryFolder folder;
    const std::string script = folder.file("mapper.py", kMapper);
    const std::pair<const char*, ErrorKind> cases[] = {{"exit", ErrorKind::child_exit},
                                                       {"exit0", ErrorKind::child_stdin},
                                                       {"die", ErrorKind::child_signal},
                                                       {"hang", ErrorKind::child_hang}};
    for (auto [what, kind] : cases) {
        ProcessSpec spec = feeder("map", script, "mapper");
        if (kind == ErrorKind::child_hang) spec.hang_timeout = std::chrono::seconds(10);
        std::vector<SplitItem> items;
        items.emplace_back(batch_of(pool, object_named("a.lzma"), 0, 1, "u\t1\n"));
        items.emplace_back(batch_of(pool, object_named("b.lzma"), 1, 11, std::string("u\t1\nu\t\"") + what + "\"\n"));
        for (unsigned i = 2; i < 40; ++i)
            items.emplace_back(
                batch_of(pool, object_named("c.lzma"), i, 1, "u\t\"" + std::string(500'000, 'x') + "\"\n"));
        const Error error = error_of([&] { run(rt, spec, std::move(items)); });
        INFO(error.what());
        CHECK(error.kind() == kind);
        CHECK(error.item() == "b.lzma");
        CHECK(std::string(error.what()).starts_with("map b.lzma lines 11-12: mapper.py: "));
    }
    CHECK_FALSE(has_children());
}

TEST_CASE("anything that is not of the protocol is child_output", "[map]") {
    Runtime rt(2);
    BlockPool pool(1 << 20);
    for (const char* said : {"echo hello; cat >/dev/null", "yes | head -c 1000000; cat >/dev/null",
                             "echo part 1 5; cat > /dev/null", "printf 'part 0 3\\nabc'; cat >/dev/null",
                             "printf 'done 0 2\\n{}'; cat >/dev/null", "tr '\\n' ' ' </dev/zero"}) {
        std::vector<SplitItem> items;
        for (unsigned i = 0; i < 20; ++i)
            items.emplace_back(batch_of(pool, object_named("o"), i, 1, std::string(900'000, 'x') + "\n"));
        const Error error = error_of([&] { run(rt, shell(kReady + std::string(said)), std::move(items)); });
        INFO(said << " -> " << error.what());
        CHECK(error.kind() == ErrorKind::child_output);
    }
    CHECK_FALSE(has_children());
}
