#include "stages/fetch.hpp"

#include "engine/pipeline.hpp"
#include "engine/runtime.hpp"
#include "tests/support/scripted_store.hpp"
#include "tests/support/stepped_clock.hpp"

#include <catch2/catch.hpp>
#include <map>

using namespace af;
using test::ScriptedStore;
using test::SteppedClock;

namespace {

struct Arrived {
    std::string text;
    bool whole = false;
    std::optional<Error> error;
};

Task<void> give(Ports<void, ObjectPtr> io, std::vector<std::string> names) {
    for (const std::string& name : names) {
        auto ref = std::make_shared<ObjectRef>();
        ref->name = name;
        ObjectPtr object = std::move(ref);
        co_await io.out.put(std::move(object));
    }
}

Task<void> collect(Ports<Fetched, void> io, std::map<std::string, Arrived>& arrived) {
    while (auto item = co_await io.in.next()) {
        auto* compressed = &std::get<Compressed>(*item);
        Arrived& one = arrived[compressed->object->name];
        while (auto piece = co_await compressed->pieces.next()) {
            if (!*piece) one.error = piece->error();
            else if (is_end(*piece)) one.whole = true;
            else one.text += (*piece)->view();
        }
    }
}

// Takes each object and lets go of it unread.
Task<void> ignore_pieces(Ports<Fetched, void> io, int& objects) {
    while (auto compressed = co_await io.in.next()) ++objects;
}

Task<void> leave_after_one(Ports<Fetched, void> io) { co_await io.in.next(); }

Task<void> give_then_fail(Ports<void, ObjectPtr> io) {
    auto ref = std::make_shared<ObjectRef>();
    ref->name = "a";
    ObjectPtr object = std::move(ref);
    co_await io.out.put(std::move(object));
    throw Error(ErrorKind::config, "upstream");
}

struct Bench {
    FetchOptions options() { return {.retrier = {.clock = clock, .random = [] { return 0.5; }}, .width = &width}; }
    Lane net(unsigned workers = 1) { return {.on = rt.net(), .workers = workers}; }

    std::map<std::string, Arrived> run(std::vector<std::string> names) {
        std::map<std::string, Arrived> arrived;
        Pipeline job("fetch");
        job.from("give", net(), give, std::move(names))
            .then("fetch", net(4), fetch, options(), store)
            .into("collect", net(), collect, arrived);
        report = job.run();
        return arrived;
    }

    Runtime rt{1};
    SteppedClock clock{SteppedClock::jumps};
    WidthControl width{clock, {}};
    ScriptedStore store;
    Report report;
};

}  // namespace

TEST_CASE("fetch passes every object on, whole, with its bytes counted", "[fetch]") {
    Bench bench;
    bench.store.script = {
        {"a", {{.content = "aaaaaaaaaaaaaaa"}}}, {"b", {{.content = ""}}}, {"c", {{.content = "ccc"}}}};
    auto arrived = bench.run({"a", "b", "c"});
    CHECK(arrived["a"].text == "aaaaaaaaaaaaaaa");
    CHECK(arrived["c"].text == "ccc");
    for (const char* name : {"a", "b", "c"}) CHECK(arrived[name].whole);
    CHECK(bench.report.stages[1].bytes_out >= 18);
    CHECK(bench.width.slots().taken() == 0);
}

TEST_CASE("fetch ends the stream of a missing object with an error that names it, and its neighbours are whole",
          "[fetch]") {
    Bench bench;
    bench.store.script = {{"a", {{.content = "a"}}},
                          {"b", {{.error = Error(ErrorKind::not_found, "no such key")}}},
                          {"c", {{.content = "c"}}}};
    auto arrived = bench.run({"a", "b", "c"});
    CHECK(arrived["a"].whole);
    CHECK(arrived["c"].whole);
    CHECK_FALSE(arrived["b"].whole);
    REQUIRE(arrived["b"].error);
    CHECK(arrived["b"].error->kind() == ErrorKind::not_found);
    CHECK(arrived["b"].error->item() == "b");
}

TEST_CASE("fetch ends the stream of an object that breaks for good with the error, after the bytes that came",
          "[fetch]") {
    Bench bench;
    bench.store.script = {
        {"a", {{.content = "0123456789", .breaks_after = 5}, {.content = "0123456789", .breaks_after = 0}}}};
    auto arrived = bench.run({"a"});
    CHECK(arrived["a"].text == "01234");
    CHECK_FALSE(arrived["a"].whole);
    REQUIRE(arrived["a"].error);
    CHECK(arrived["a"].error->kind() == ErrorKind::unavailable);
    CHECK(arrived["a"].error->attempts() == 6);
}

TEST_CASE("fetch of nothing ends well", "[fetch]") {
    Bench bench;
    CHECK(bench.run({}).empty());
}

TEST_CASE("fetch leaves an object that nobody reads and goes on with the next", "[fetch]") {
    Bench bench;
    const std::string large(1000, 'x');  // more pieces than the channel holds
    bench.store.script = {{"a", {{.content = large}}}, {"b", {{.content = large}}}};
    int objects = 0;
    Pipeline job("fetch");
    const std::vector<std::string> names{"a", "b", "a"};
    job.from("give", bench.net(), give, names)
        .then("fetch", bench.net(), fetch, bench.options(), bench.store)
        .into("ignore", bench.net(), ignore_pieces, objects);
    job.run();
    CHECK(objects == 3);
}

TEST_CASE("fetch stops when its reader is gone", "[fetch]") {
    Bench bench;
    bench.store.script = {{"a", {{.content = "a"}}}};
    Pipeline job("fetch");
    const std::vector<std::string> names(100, "a");
    job.from("give", bench.net(), give, names)
        .then("fetch", bench.net(), fetch, bench.options(), bench.store)
        .into("leave", bench.net(), leave_after_one);
    CHECK_NOTHROW(job.run());
    CHECK(bench.store.asked.size() < 100);
}

TEST_CASE("expired credentials end the pipeline, since every other object would be refused too", "[fetch]") {
    Bench bench;
    bench.store.script = {{"a", {{.error = Error(ErrorKind::expired, "ExpiredToken")}}}};
    try {
        bench.run({"a"});
        FAIL("gave no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::expired);
    }
    CHECK(bench.width.slots().taken() == 0);
}

TEST_CASE("a failure upstream ends fetch, and is what is reported", "[fetch]") {
    Bench bench;
    bench.store.script = {{"a", {{.content = "a"}}}};
    std::map<std::string, Arrived> arrived;
    Pipeline job("fetch");
    job.from("give", bench.net(), give_then_fail)
        .then("fetch", bench.net(), fetch, bench.options(), bench.store)
        .into("collect", bench.net(), collect, arrived);
    try {
        job.run();
        FAIL("gave no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::config);
    }
}
