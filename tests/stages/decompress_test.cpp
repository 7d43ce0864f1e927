#include "stages/decompress.hpp"

#include "tests/support/memory.hpp"
#include "tests/support/run_stage.hpp"
#include "tests/support/sample_objects.hpp"

#include <catch2/catch.hpp>
#include <mutex>

using namespace af;

namespace {

struct WholeObject {
    std::string name;
    std::string text;
    std::uint64_t bytes = 0;
    bool ended = false;
    std::optional<Error> failed;
    ObjectTotals totals;
};

constexpr std::uint64_t kKeptText = 1 << 20;

Task<void> read_objects(Ports<Inflated, WholeObject> io) {
    while (auto object = co_await io.in.next()) {
        WholeObject whole;
        whole.name = object->object->name;
        while (auto piece = co_await object->pieces.next()) {
            if (!*piece)
                whole.failed = piece->error();
            else if (is_end(*piece))
                whole.ended = true;
            else
                whole.bytes += (*piece)->size();
            if (*piece && whole.bytes <= kKeptText) whole.text += (*piece)->view();
        }
        whole.totals = *object->totals;
        co_await io.out.put(std::move(whole));
    }
}

Task<void> skip_objects_named_a(Ports<Inflated, WholeObject> io) {
    while (auto object = co_await io.in.next()) {
        if (object->object->name.starts_with("a")) continue;
        WholeObject whole;
        whole.name = object->object->name;
        while (auto piece = co_await object->pieces.next()) whole.ended = is_end(*piece);
        co_await io.out.put(std::move(whole));
    }
}

struct Pools {
    BlockPool stored{1 << 18};
    BlockPool raw{1 << 16, 1 << 12};
};

Compressed stored(const std::string& name, std::string_view bytes, Pools& pools, std::size_t piece = 1 << 18) {
    return {.object = sample_object(name), .pieces = whole_stream_of(bytes, piece, pools.stored)};
}

std::string sample_text(std::size_t lines) {
    std::string text;
    for (std::size_t i = 0; i < lines; ++i) text += "{\"line\":" + std::to_string(i * i) + "}\n";
    return text;
}

StageRun<WholeObject> decompress_all(std::vector<Fetched> inputs, Pools& pools, DecompressOptions options = {}) {
    return run_stage_through(decompress, read_objects, std::move(inputs), options, pools.raw);
}

bool says(const WholeObject& object, std::string_view text) {
    return object.failed && object.failed->kind() == ErrorKind::corrupt && !object.ended &&
           std::string_view(object.failed->what()).find(text) != std::string_view::npos;
}

constexpr Codec kAll[] = {Codec::plain, Codec::xz, Codec::lzma, Codec::gzip, Codec::zstd, Codec::bzip2};

}  // namespace

TEST_CASE("decompress passes on the bytes of objects of every codec and counts them", "[decompress]") {
    Pools pools;
    const std::string text = sample_text(20'000);
    std::vector<Fetched> inputs;
    std::vector<std::size_t> sizes;
    for (std::size_t piece : {1000, 1 << 18}) {
        for (Codec codec : kAll) {
            const std::string bytes = compressed(codec, text);
            sizes.push_back(bytes.size());
            inputs.push_back(stored(named("a", codec), bytes, pools, piece));
        }
    }
    auto run = decompress_all(std::move(inputs), pools);
    REQUIRE(!run.ended_by);
    REQUIRE(run.emitted.size() == sizes.size());
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        INFO(run.emitted[i].name);
        CHECK((run.emitted[i].text == text));
        CHECK(run.emitted[i].ended);
        CHECK(run.emitted[i].totals.bytes_stored == sizes[i]);
        CHECK(run.emitted[i].totals.bytes_inflated == text.size());
    }
}

TEST_CASE("decompress reports a truncated object and still passes on its neighbours", "[decompress]") {
    Pools pools;
    const std::string bytes = lzma(sample_text(1000));
    std::vector<Fetched> inputs;
    inputs.push_back(stored("a.lzma", bytes, pools));
    inputs.push_back(stored("b.lzma", std::string_view(bytes).substr(0, bytes.size() - 1), pools));
    inputs.push_back(stored("c.lzma", bytes, pools));
    auto run = decompress_all(std::move(inputs), pools);
    REQUIRE(run.emitted.size() == 3);
    CHECK(run.emitted[0].ended);
    CHECK(says(run.emitted[1], "decompress: TRUNCATED at compressed byte " + std::to_string(bytes.size() - 1)));
    CHECK(run.emitted[1].failed->item() == "b.lzma");
    CHECK(run.emitted[2].ended);
}

TEST_CASE("an object that arrives a byte at a time is told by its content all the same", "[decompress]") {
    Pools pools;
    std::vector<Fetched> inputs;
    for (Codec codec : kAll) inputs.push_back(stored(named("a", codec), compressed(codec, sample_text(100)), pools, 1));
    for (const WholeObject& object : decompress_all(std::move(inputs), pools).emitted) {
        INFO(object.name);
        CHECK((object.text == sample_text(100)));
    }
}

TEST_CASE("an object of 0 bytes is corrupt under a codec's name and empty under any other", "[decompress]") {
    Pools pools;
    std::vector<Fetched> inputs;
    for (Codec codec : kAll) inputs.push_back(stored(named("a", codec), "", pools));
    auto run = decompress_all(std::move(inputs), pools);
    REQUIRE(run.emitted.size() == std::size(kAll));
    CHECK(run.emitted[0].ended);
    CHECK(run.emitted[0].bytes == 0);
    for (std::size_t i = 1; i < run.emitted.size(); ++i) CHECK(says(run.emitted[i], "EMPTY"));
}

TEST_CASE("a wrong suffix is warned of and the object read all the same", "[decompress]") {
    Pools pools;
    std::vector<Fetched> inputs;
    inputs.push_back(stored("a.gz", xz("one\n"), pools));
    inputs.push_back(stored("b.xz", "one\n", pools));
    inputs.push_back(stored("c.xz", xz("one\n"), pools));
    std::mutex mutex;
    std::vector<std::string> warnings;
    DecompressOptions options;
    options.on_warning = [&](const ObjectRef& object, const std::string& warning) {
        std::lock_guard lock(mutex);
        warnings.push_back(object.name + ": " + warning);
    };
    auto run = decompress_all(std::move(inputs), pools, options);
    for (const WholeObject& object : run.emitted) CHECK(object.text == "one\n");
    REQUIRE(warnings.size() == 2);
    CHECK(warnings[0] == "a.gz: its name says gzip, its bytes are xz");
    CHECK(warnings[1] == "b.xz: its name says xz, its bytes are plain text");
}

TEST_CASE("decompressing can be switched off or demanded", "[decompress]") {
    Pools pools;
    const std::string bytes = xz("one\n");
    DecompressOptions options;
    std::vector<Fetched> inputs;
    inputs.push_back(stored("a.xz", bytes, pools));
    options.limits.mode = DecompressMode::never;
    auto never = decompress_all(std::move(inputs), pools, options);
    REQUIRE(never.emitted.size() == 1);
    CHECK(never.emitted[0].text == bytes);

    std::vector<Fetched> two;
    two.push_back(stored("a", bytes, pools));
    two.push_back(stored("b", "one\n", pools));
    options.limits.mode = DecompressMode::always;
    auto always = decompress_all(std::move(two), pools, options);
    REQUIRE(always.emitted.size() == 2);
    CHECK(always.emitted[0].text == "one\n");
    CHECK(says(always.emitted[1], "NOT_COMPRESSED"));
}

TEST_CASE("an object that is not as long as was listed is corrupt", "[decompress]") {
    Pools pools;
    const std::string bytes = xz("one\n");
    std::vector<Fetched> inputs;
    for (std::size_t listed : {bytes.size(), bytes.size() + 4}) {
        inputs.push_back(
            Compressed{.object = sample_object("a.xz", listed), .pieces = whole_stream_of(bytes, 1000, pools.stored)});
    }
    auto run = decompress_all(std::move(inputs), pools);
    REQUIRE(run.emitted.size() == 2);
    CHECK(run.emitted[0].ended);
    CHECK(says(run.emitted[1], "SIZE at compressed byte " + std::to_string(bytes.size())));
}

TEST_CASE("what the stage before says of an object is passed on", "[decompress]") {
    Pools pools;
    std::vector<Piece> pieces = pieces_of(sample_text(10), 100, pools.stored);
    pieces.emplace_back(Failure(Error(ErrorKind::unavailable, "fetch: reset by peer")));
    std::vector<Fetched> inputs;
    inputs.push_back(Compressed{.object = sample_object("a"), .pieces = stream_of(std::move(pieces))});
    auto run = decompress_all(std::move(inputs), pools);
    REQUIRE(run.emitted.size() == 1);
    REQUIRE(run.emitted[0].failed);
    CHECK(run.emitted[0].failed->kind() == ErrorKind::unavailable);
}

TEST_CASE("an object that nobody reads is dropped and the next one goes on", "[decompress]") {
    Pools pools;
    std::vector<Fetched> inputs;
    inputs.push_back(stored("a.xz", xz(sample_text(100'000)), pools));
    inputs.push_back(stored("b.xz", xz("one\n"), pools));
    auto run = run_stage_through(decompress, skip_objects_named_a, std::move(inputs), DecompressOptions{}, pools.raw);
    REQUIRE(!run.ended_by);
    REQUIRE(run.emitted.size() == 1);
    CHECK(run.emitted[0].ended);
}

TEST_CASE("decompress of no objects yields nothing", "[decompress]") {
    Pools pools;
    auto run = decompress_all({}, pools);
    CHECK(run.emitted.empty());
    CHECK(!run.ended_by);
}

namespace {

// Yields the rest of the object only after `seen` says that its first bytes arrived behind the decoder.
Task<void> object_in_halves(Ports<void, Fetched> io, std::string& bytes, BlockPool& pool, Receiver<int> seen) {
    auto [sender, receiver] = channel<Piece>({.items = 100});
    Compressed object{.object = sample_object("a.xz"), .pieces = std::move(receiver)};
    Fetched item = std::move(object);
    co_await io.out.put(std::move(item));
    const std::size_t half = bytes.size() / 2;
    for (Piece& piece : pieces_of(std::string_view(bytes).substr(0, half), 1 << 18, pool)) {
        (void)co_await sender.put(std::move(piece));
    }
    co_await seen.next();
    for (Piece& piece : pieces_of(std::string_view(bytes).substr(half), 1 << 18, pool)) {
        (void)co_await sender.put(std::move(piece));
    }
    (void)co_await sender.put(end_of_object());
}

Task<void> say_when_seen(Ports<Inflated, void> io, Sender<int> seen, bool& ended) {
    auto object = co_await io.in.next();
    if (!object) co_return;
    auto first = co_await object->pieces.next();
    (void)co_await seen.put(1);
    while (auto piece = co_await object->pieces.next()) ended = is_end(*piece);
}

}  // namespace

TEST_CASE("the first bytes of an object flow on before its last ones have arrived", "[decompress]") {
    Runtime rt(2);
    Pools pools;
    std::string bytes = xz(sample_text(100'000));
    auto [sender, receiver] = channel<int>({.items = 1});
    bool ended = false;
    Pipeline pipeline("halves");
    pipeline.from("halves", {.on = rt.net()}, object_in_halves, bytes, pools.stored, receiver)
        .then("decompress", {.on = rt.cpu()}, decompress, DecompressOptions{}, pools.raw)
        .into("see", {.on = rt.cpu()}, say_when_seen, sender, ended);
    receiver.close();
    sender.close();
    pipeline.run();
    CHECK(ended);
}

TEST_CASE("a bomb is refused within the memory of its blocks", "[decompress]") {
    Pools pools;
    const std::string zeros(std::size_t{64} << 20, '\0');
    std::vector<Fetched> inputs;
    // Concatenated members of 64 MB of zeros each: more than 1 GiB in few bytes.
    for (Codec codec : {Codec::xz, Codec::gzip, Codec::zstd}) {
        const std::string member = compressed(codec, zeros);
        std::string bomb;
        for (int i = 0; i < 17; ++i) bomb += member;
        inputs.push_back(stored(named("bomb", codec), bomb, pools));
    }
    const std::size_t objects = inputs.size();
    const PeakMemory memory;
    auto run = decompress_all(std::move(inputs), pools);
    REQUIRE(run.emitted.size() == objects);
    for (const WholeObject& object : run.emitted) {
        INFO(object.name);
        CHECK(says(object, "BOMB at compressed byte "));
        CHECK(says(object, "it inflates to more than 1073741824 bytes"));
        CHECK(object.bytes <= std::uint64_t{1} << 30);
    }
    if (kMemoryIsMeasurable) CHECK(memory.rise() < std::size_t{32} << 20);
}

TEST_CASE("the limit of the inflated size may be raised, and grows with the stored size", "[decompress]") {
    Pools pools;
    const std::string text(1'000'000, 'x');
    const std::string bytes = gzip(text);
    DecompressOptions options;
    options.limits.max_inflated_bytes = 10;
    for (std::uint64_t ratio : {std::uint64_t{50}, text.size() / bytes.size() + 1}) {
        options.limits.max_ratio = ratio;
        std::vector<Fetched> inputs;
        inputs.push_back(Compressed{.object = sample_object("a.gz", bytes.size()),
                                    .pieces = whole_stream_of(bytes, 1000, pools.stored)});
        auto run = decompress_all(std::move(inputs), pools, options);
        REQUIRE(run.emitted.size() == 1);
        if (ratio == 50)
            CHECK(says(run.emitted[0], "BOMB"));
        else
            CHECK(run.emitted[0].ended);
    }
}
