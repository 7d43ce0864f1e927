#include "stages/split_records.hpp"

#include "tests/support/run_stage.hpp"
#include "tests/support/sample_objects.hpp"

#include <catch2/catch.hpp>

using namespace af;

namespace {

Inflated inflated(const std::string& name, std::string_view text, BlockPool& pool) {
    auto totals = std::make_shared<ObjectTotals>();
    totals->bytes_stored = text.size() / 2;
    totals->bytes_inflated = text.size();
    return {.object = sample_object(name), .pieces = whole_stream_of(text, pool.block_bytes(), pool), .totals = totals};
}

Inflated broken(const std::string& name, std::string_view text, BlockPool& pool) {
    std::vector<Piece> pieces = pieces_of(text, pool.block_bytes(), pool);
    pieces.emplace_back(Failure(Error(ErrorKind::corrupt, "TRUNCATED at compressed byte 7")));
    return {.object = sample_object(name), .pieces = stream_of(std::move(pieces))};
}

Task<void> leave_after_one(Ports<SplitItem, void> io) { co_await io.in.next(); }

Task<void> one_endless(Ports<void, Inflated> io, BlockPool& pool) {
    auto [sender, receiver] = channel<Piece>({.items = 2});
    Inflated object{.object = sample_object("endless"), .pieces = std::move(receiver)};
    co_await io.out.put(std::move(object));
    for (bool read = true; read;) {
        Block block = pool.take();
        block.append("line\n");
        Piece piece(std::move(block));
        read = co_await sender.put(std::move(piece));
    }
}

Task<void> break_after_one(Ports<void, Inflated> io) {
    auto [sender, receiver] = channel<Piece>({.items = 2});
    Inflated object{.object = sample_object("waiting"), .pieces = std::move(receiver)};
    co_await io.out.put(std::move(object));
    throw Error(ErrorKind::no_space, "disk full");
}

Task<void> read_all(Ports<SplitItem, void> io) {
    while (auto item = co_await io.in.next()) continue;
}

}  // namespace

TEST_CASE("split_records hands out the lines of each object, then its account", "[split]") {
    BlockPool pool(16, 16);
    std::vector<Inflated> inputs;
    inputs.push_back(inflated("a", "one\ntwo\nthree is longer\nfour", pool));
    inputs.push_back(inflated("b", "five\n", pool));
    auto run = run_stage(split_records, std::move(inputs), SplitOptions{}, pool);
    REQUIRE(!run.ended_by);
    std::map<std::string, std::string> lines;
    std::vector<ObjectEnd> ends;
    for (SplitItem& item : run.emitted) {
        if (auto* batch = std::get_if<Batch>(&item))
            lines[batch->object->name] += batch->lines.view();
        else
            ends.push_back(std::get<ObjectEnd>(std::move(item)));
    }
    CHECK(lines["a"] == "one\ntwo\nthree is longer\nfour\n");
    CHECK(lines["b"] == "five\n");
    REQUIRE(ends.size() == 2);
    CHECK(ends[0].object->name == "a");
    CHECK(ends[0].lines == 4);
    CHECK(ends[0].bytes_inflated == 28);
    CHECK(ends[0].bytes_stored == 14);
    CHECK(!ends[0].failed);
}

TEST_CASE("an object that breaks off is failed and its neighbours are whole", "[split]") {
    BlockPool pool(16, 16);
    std::vector<Inflated> inputs;
    inputs.push_back(broken("a", "one\ntwo\nthr", pool));
    inputs.push_back(inflated("b", "four\n", pool));
    auto run = run_stage(split_records, std::move(inputs), SplitOptions{}, pool);
    std::vector<ObjectEnd> ends;
    for (SplitItem& item : run.emitted) {
        if (auto* end = std::get_if<ObjectEnd>(&item)) ends.push_back(std::move(*end));
    }
    REQUIRE(ends.size() == 2);
    REQUIRE(ends[0].failed);
    CHECK(ends[0].failed->kind() == ErrorKind::corrupt);
    CHECK(ends[0].units == 1);
    CHECK(!ends[1].failed);
    CHECK(ends[1].lines == 1);
}

TEST_CASE("split_records of no objects yields nothing", "[split]") {
    BlockPool pool(16, 16);
    auto run = run_stage(split_records, std::vector<Inflated>{}, SplitOptions{}, pool);
    CHECK(run.emitted.empty());
    CHECK(!run.ended_by);
}

TEST_CASE("pieces that close without an end mean that the pipeline was stopped", "[split]") {
    BlockPool pool(16, 16);
    std::vector<Inflated> inputs;
    inputs.push_back({.object = sample_object("a"), .pieces = stream_of(pieces_of("one\ntwo", 16, pool))});
    auto run = run_stage(split_records, std::move(inputs), SplitOptions{}, pool);
    for (const SplitItem& item : run.emitted) CHECK(std::holds_alternative<Batch>(item));
}

TEST_CASE("split_records ends when nothing reads its batches any more", "[split]") {
    Runtime rt(2);
    BlockPool pool(16, 16);
    Pipeline pipeline("reader gone");
    pipeline.from("endless", {.on = rt.net()}, one_endless, pool)
        .then("split", {.on = rt.cpu()}, split_records, SplitOptions{}, pool)
        .into("one", {.on = rt.cpu()}, leave_after_one);
    CHECK(pipeline.run().stages[2].items_in == 1);
}

TEST_CASE("split_records that waits for a piece ends with the fatal error upstream", "[split]") {
    Runtime rt(2);
    BlockPool pool(16, 16);
    Pipeline pipeline("fatal");
    pipeline.from("broken", {.on = rt.net()}, break_after_one)
        .then("split", {.on = rt.cpu()}, split_records, SplitOptions{}, pool)
        .into("all", {.on = rt.cpu()}, read_all);
    try {
        pipeline.run();
        FAIL("run() must throw");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::no_space);
    }
}
