#include "stages/split_streams.hpp"

#include "tests/support/run_stage.hpp"
#include "tests/support/sample_objects.hpp"

#include <catch2/catch.hpp>

using namespace af;

namespace {

struct WholeStream {
    std::string object;
    std::uint32_t sequence = 0;
    std::string lines;
    bool ended = false;
    std::optional<ObjectEnd> object_end;
};

Task<void> read_streams(Ports<RecordStream, WholeStream> io) {
    while (auto stream = co_await io.in.next()) {
        WholeStream whole;
        whole.object = stream->object->name;
        whole.sequence = stream->sequence;
        while (auto item = co_await stream->items.next()) {
            if (auto* batch = std::get_if<Batch>(&*item)) {
                whole.lines += batch->lines.view();
                continue;
            }
            whole.ended = true;
            whole.object_end = std::move(std::get<StreamEnd>(*item).object_end);
        }
        co_await io.out.put(std::move(whole));
    }
}

Task<void> drop_streams_of_a(Ports<RecordStream, WholeStream> io) {
    while (auto stream = co_await io.in.next()) {
        if (stream->object->name == "a") continue;
        WholeStream whole;
        whole.object = stream->object->name;
        while (auto item = co_await stream->items.next()) whole.ended = std::holds_alternative<StreamEnd>(*item);
        co_await io.out.put(std::move(whole));
    }
}

Inflated inflated(const std::string& name, std::string_view text, BlockPool& pool) {
    return {.object = sample_object(name), .pieces = whole_stream_of(text, pool.block_bytes(), pool)};
}

SplitStreamsOptions streams_of(std::uint64_t split_bytes) {
    SplitStreamsOptions options;
    options.limits.split_bytes = split_bytes;
    options.buffer.items = 1;
    return options;
}

std::string numbered_lines(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += std::to_string(100000 + i) + "\n";
    return text;
}

}  // namespace

TEST_CASE("an object goes out in streams of split_bytes, the last with its account", "[split]") {
    BlockPool pool(40, 16);
    std::vector<Inflated> inputs;
    inputs.push_back(inflated("a", numbered_lines(1000), pool));  // 7 bytes each
    inputs.push_back(inflated("b", "one\n", pool));
    auto run = run_stage_through(split_streams, read_streams, std::move(inputs), streams_of(1400), pool);
    REQUIRE(!run.ended_by);
    REQUIRE(run.emitted.size() == 6);
    std::string all;
    for (std::uint32_t i = 0; i < 5; ++i) {
        CHECK(run.emitted[i].object == "a");
        CHECK(run.emitted[i].sequence == i);
        CHECK(run.emitted[i].lines.size() == 1400);
        CHECK(run.emitted[i].ended);
        CHECK(run.emitted[i].object_end.has_value() == (i == 4));
        all += run.emitted[i].lines;
    }
    CHECK(all == numbered_lines(1000));
    CHECK(run.emitted[4].object_end->units == 5);
    CHECK(run.emitted[4].object_end->lines == 1000);
    CHECK(run.emitted[5].lines == "one\n");
    CHECK(run.emitted[5].object_end->units == 1);
}

TEST_CASE("an object without records is one empty stream", "[split]") {
    BlockPool pool(40, 16);
    std::vector<Inflated> inputs;
    inputs.push_back(inflated("a", "", pool));
    auto run = run_stage_through(split_streams, read_streams, std::move(inputs), streams_of(1400), pool);
    REQUIRE(run.emitted.size() == 1);
    CHECK(run.emitted[0].lines.empty());
    REQUIRE(run.emitted[0].object_end);
    CHECK(run.emitted[0].object_end->units == 1);
}

TEST_CASE("an object that breaks off ends its current stream as failed", "[split]") {
    BlockPool pool(40, 16);
    std::vector<Piece> pieces = pieces_of(numbered_lines(300), 40, pool);
    pieces.emplace_back(Failure(Error(ErrorKind::corrupt, "TRUNCATED")));
    std::vector<Inflated> inputs;
    inputs.push_back({.object = sample_object("a"), .pieces = stream_of(std::move(pieces))});
    inputs.push_back(inflated("b", "one\n", pool));
    auto run = run_stage_through(split_streams, read_streams, std::move(inputs), streams_of(1400), pool);
    REQUIRE(run.emitted.size() == 3);
    CHECK(!run.emitted[0].object_end);
    REQUIRE(run.emitted[1].object_end);
    CHECK(run.emitted[1].object_end->failed);
    CHECK(!run.emitted[2].object_end->failed);
}

TEST_CASE("an object whose stream nobody reads is dropped and the next one goes on", "[split]") {
    BlockPool pool(40, 16);
    std::vector<Inflated> inputs;
    inputs.push_back(inflated("a", numbered_lines(1000), pool));
    inputs.push_back(inflated("b", "one\n", pool));
    auto run = run_stage_through(split_streams, drop_streams_of_a, std::move(inputs), streams_of(1400), pool);
    REQUIRE(!run.ended_by);
    REQUIRE(run.emitted.size() == 1);
    CHECK(run.emitted[0].object == "b");
    CHECK(run.emitted[0].ended);
}

TEST_CASE("split_streams of no objects yields nothing", "[split]") {
    BlockPool pool(40, 16);
    auto run = run_stage_through(split_streams, read_streams, std::vector<Inflated>{}, streams_of(1400), pool);
    CHECK(run.emitted.empty());
}
