#include "stages/map_streams.hpp"

#include "tests/support/map_harness.hpp"

#include <catch2/catch.hpp>

using namespace af;
using namespace af::test;

namespace {

struct Script {
    ObjectPtr object;
    std::vector<std::string> batches;
    std::optional<ObjectEnd> end;
};

Task<void> fill(Sender<StreamItem> to, std::shared_ptr<BlockPool> pool, Script script) {
    std::uint64_t line = 1;
    for (const std::string& lines : script.batches) {
        Batch batch = batch_of(*pool, script.object, 0, line, lines);
        line += batch.records;
        StreamItem item = std::move(batch);
        const bool taken = co_await to.put(std::move(item));
        if (!taken) co_return;
    }
    StreamItem end = StreamEnd{std::move(script.end)};
    const bool taken = co_await to.put(std::move(end));
    (void)taken;
}

Mapped run(Runtime& rt, BinaryMapOptions options, std::vector<Script> scripts, unsigned workers = 1) {
    options.net = rt.net().executor;
    auto pool = std::make_shared<BlockPool>(1 << 20);
    std::vector<RecordStream> streams;
    for (Script& script : scripts) {
        auto [sender, receiver] = channel<StreamItem>({.items = 2});
        RecordStream stream{script.object, static_cast<std::uint32_t>(streams.size()), std::move(receiver)};
        streams.push_back(std::move(stream));
        asio::co_spawn(rt.net().executor, fill(std::move(sender), pool, std::move(script)), [](std::exception_ptr) {});
    }
    std::vector<MapItem> kept;
    Pipeline job("map");
    job.from("emit", {.on = rt.cpu()}, emit<RecordStream>, streams)
        .then("map", {.on = rt.cpu(), .workers = workers}, map_streams, options)
        .into("keep", {.on = rt.cpu()}, keep, kept);
    job.run();
    return sorted_out(std::move(kept));
}

BinaryMapOptions program(const std::string& script) {
    BinaryMapOptions options;
    options.process = shell(script);
    return options;
}

}  // namespace

TEST_CASE("map_streams gives each stream a process that knows its object", "[map]") {
    Runtime rt(2);
    auto a = object_named("s3://b/a");
    auto b = object_named("s3://b/b");
    Mapped mapped = run(
        rt,
        program(
            "sed \"s|^|$AF_OBJECT |\"; echo reporter:counter:g,n,1 >&2; test $AF_OBJECT = $mapreduce_map_input_file"),
        {{a, {"1\n2\n", "3\n"}, std::nullopt}, {a, {"4\n"}, end_of(a, 2)}, {b, {}, end_of(b, 1)}});
    CHECK(mapped.lines == "s3://b/a 1\ns3://b/a 2\ns3://b/a 3\ns3://b/a 4\n");
    REQUIRE(mapped.outputs.size() == 3);
    CHECK(mapped.outputs[0].records_in == 3);
    CHECK(mapped.outputs[0].counters.at("g\tn") == 1);
    CHECK(mapped.outputs[1].sequence == 1);
    CHECK(mapped.ends.size() == 2);
    CHECK_FALSE(has_children());
}

TEST_CASE("map_streams cuts output into parts of whole lines and ends the last line", "[map]") {
    Runtime rt(2);
    auto object = object_named("o");
    std::vector<std::string> batches(8, [] {
        std::string s;
        while (s.size() < 900'000) s += "some line\n";
        return s;
    }());
    std::string all;
    for (const std::string& lines : batches) all += lines;
    Mapped mapped = run(rt, program("cat; printf tail"), {{object, batches, end_of(object, 1)}});
    CHECK(mapped.lines == all + "tail\n");
    CHECK(mapped.outputs.size() > 5);
    for (std::size_t i = 0; i < mapped.outputs.size(); ++i) {
        CHECK(mapped.outputs[i].part == i);
        CHECK(mapped.outputs[i].last == (i + 1 == mapped.outputs.size()));
        CHECK((mapped.outputs[i].lines.empty() || mapped.outputs[i].lines.back() == '\n'));
    }
}

TEST_CASE("a program that stops reading early fails the job, unless it may", "[map]") {
    Runtime rt(2);
    auto object = object_named("o");
    const std::vector<std::string> batches(8, std::string(900'000, 'x') + "\n");
    BinaryMapOptions options = program("head -c 3; echo");
    const Error error = error_of([&] { run(rt, options, {{object, batches, end_of(object, 1)}}); });
    CHECK(error.kind() == ErrorKind::child_stdin);
    CHECK(std::string(error.what()).find("fed ") != std::string::npos);
    options.allow_early_exit = true;
    Mapped mapped = run(rt, options, {{object, batches, end_of(object, 1)}});
    CHECK(mapped.lines == "xxx\n");
    CHECK(mapped.outputs.back().records_in == 8);
}

TEST_CASE("a program that fails ends the pipeline, with its object", "[map]") {
    Runtime rt(2);
    auto object = object_named("o.gz");
    const std::pair<const char*, ErrorKind> cases[] = {{"cat; echo no >&2; exit 3", ErrorKind::child_exit},
                                                       {"exit 3", ErrorKind::child_exit},
                                                       {"kill -KILL $$", ErrorKind::child_signal},
                                                       {"cat >/dev/null; sleep 1000", ErrorKind::child_hang},
                                                       {"head -c 3000000 /dev/zero; cat", ErrorKind::child_output}};
    for (auto [script, kind] : cases) {
        BinaryMapOptions options = program(script);
        if (kind == ErrorKind::child_hang) options.process.hang_timeout = std::chrono::milliseconds(500);
        options.max_line_bytes = 2 << 20;
        const std::vector<std::string> batches(8, std::string(900'000, 'x') + "\n");
        const Error error = error_of([&] { run(rt, options, {{object, batches, end_of(object, 1)}}); });
        INFO(script << " -> " << error.what());
        CHECK(error.kind() == kind);
        CHECK(error.item() == "o.gz");
    }
    CHECK_FALSE(has_children());
}

TEST_CASE("an object that fails drops its process and what it wrote last", "[map]") {
    Runtime rt(2);
    auto object = object_named("o");
    ObjectEnd lost = end_of(object, 0);
    lost.failed = Error(ErrorKind::corrupt, "truncated");
    Mapped mapped = run(rt, program("cat; sleep 1000"), {{object, {"1\n"}, lost}, {object, {}, lost}});
    CHECK(mapped.outputs.empty());
    REQUIRE(mapped.ends.size() == 2);
    CHECK(mapped.ends[0].failed);
    CHECK_FALSE(has_children());
}
