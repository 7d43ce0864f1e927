#include "stages/fetch_segments.hpp"

#include "engine/pipeline.hpp"
#include "engine/runtime.hpp"
#include "stages/decompress.hpp"
#include "stages/fetch.hpp"
#include "stages/s3/checksums.hpp"
#include "stages/s3/hash.hpp"
#include "tests/support/made_by_tool.hpp"
#include "tests/support/scripted_store.hpp"
#include "tests/support/seek_table.hpp"
#include "tests/support/stepped_clock.hpp"

#include <lzma.h>
#include <algorithm>
#include <catch2/catch.hpp>

using namespace af;
using test::made_by;
using test::numbered_lines;
using test::ScriptedStore;
using test::seekable;
using test::SteppedClock;

namespace {

struct Read {
    std::string text;
    std::string failed;
    bool ended = false;
    ObjectTotals totals;
    bool operator==(const Read& other) const {
        return text == other.text && failed == other.failed && ended == other.ended &&
               totals.bytes_inflated == other.totals.bytes_inflated && totals.bytes_stored == other.totals.bytes_stored;
    }
};

Task<void> give(Ports<void, ObjectPtr> io, std::vector<ObjectRef> objects) {
    for (const ObjectRef& object : objects) {
        auto next = std::make_shared<const ObjectRef>(object);
        ObjectPtr given = std::move(next);
        co_await io.out.put(std::move(given));
    }
}

Task<void> read_all(Ports<Inflated, void> io, std::map<std::string, Read>& reads) {
    while (auto object = co_await io.in.next()) {
        Read& read = reads[object->object->name];
        while (auto piece = co_await object->pieces.next()) {
            if (!*piece)
                read.failed = piece->error().what();
            else if (is_end(*piece))
                read.ended = true;
            else
                read.text += (*piece)->view();
        }
        if (read.ended) read.totals = *object->totals;
    }
}

Task<void> leave_each(Ports<Inflated, void> io, unsigned& objects) {
    while (auto object = co_await io.in.next()) ++objects;
}

struct Bench {
    explicit Bench(unsigned width = 4) : width(clock, {.min = width, .max = width, .start = width}) {}

    FetchOptions options(bool cut) {
        FetchOptions options{.retrier = {.clock = clock, .random = [] { return 0.5; }}, .width = &width};
        if (!cut) return options;
        options.segments.min_stored_bytes = 1000;
        options.segments.sizes = {.wanted = 20'000, .most = 50'000};
        options.segments.ahead_bytes = 100'000;
        options.segments.ranges = 3;
        options.segments.max_inflated_bytes = limits.max_inflated_bytes;
        options.segments.max_ratio = limits.max_ratio;
        return options;
    }

    template <class Sink, class T>
    void run(const std::vector<std::string>& names, bool cut, Sink sink, T& into, unsigned decoders) {
        BlockPool raw(4096, 128);
        std::vector<ObjectRef> objects;
        for (const std::string& name : names) {
            ObjectRef ref;
            ref.name = name;
            ref.size = store.script.at(name).front().content.size();
            objects.push_back(std::move(ref));
        }
        store.asked.clear();
        Pipeline job("segments");
        job.from("give", {.on = rt.net()}, give, objects)
            .then("fetch", {.on = rt.net(), .workers = 4, .buffer = {.items = 1}}, fetch, options(cut), store)
            .then("decompress", {.on = rt.cpu(), .workers = decoders, .buffer = {.items = 1}}, decompress,
                  DecompressOptions{.limits = limits, .on_warning = {}}, raw)
            .into("read", {.on = rt.cpu(), .workers = std::min<unsigned>(decoders, names.size())}, sink, into);
        job.run();
        CHECK(width.slots().taken() == 0);
    }
    std::map<std::string, Read> read(const std::vector<std::string>& names, bool cut, unsigned decoders = 3) {
        std::map<std::string, Read> reads;
        for (const std::string& name : names) reads[name];
        run(names, cut, read_all, reads, decoders);
        return reads;
    }
    Read read(const std::string& content, const std::string& name = "a.xz", bool cut = true) {
        store.script[name] = {{.content = content}};
        return read(std::vector<std::string>{name}, cut)[name];
    }
    Read in_one_piece(const std::string& content, const std::string& name = "a.xz") {
        return read(content, name, false);
    }

    std::size_t ranges() const {
        return static_cast<std::size_t>(std::count_if(store.asked.begin(), store.asked.end(),
                                                      [](const auto& asked) { return asked.end != kUnknownSize; }));
    }

    Runtime rt{3};
    SteppedClock clock{SteppedClock::jumps};
    WidthControl width;
    ScriptedStore store;
    InflateLimits limits;
};

const std::string& text() {
    static const std::string lines = numbered_lines(8000);
    return lines;
}
const std::string& many_blocks() {
    static const std::string object = made_by("xz -1 --block-size=8192", text());
    return object;
}

// The same blocks under an Index, right by its own checks, that says something else of them.
std::string with_other_index(const std::string& object, std::int64_t unpadded, std::int64_t inflated) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(object.data());
    lzma_stream_flags flags{};
    sample_must(lzma_stream_footer_decode(&flags, bytes + object.size() - 12) == LZMA_OK);
    lzma_index* index = nullptr;
    std::uint64_t memory = UINT64_MAX;
    std::size_t at = object.size() - 12 - flags.backward_size;
    sample_must(lzma_index_buffer_decode(&index, &memory, nullptr, bytes, &at, object.size() - 12) == LZMA_OK);
    lzma_index* other = lzma_index_init(nullptr);
    lzma_index_iter block;
    lzma_index_iter_init(&block, index);
    while (!lzma_index_iter_next(&block, LZMA_INDEX_ITER_BLOCK)) {
        // What one block loses the next one has.
        const std::int64_t sign = block.block.number_in_file == 10 ? 1 : block.block.number_in_file == 11 ? -1 : 0;
        sample_must(lzma_index_append(other, nullptr, block.block.unpadded_size + sign * unpadded,
                                      block.block.uncompressed_size + sign * inflated) == LZMA_OK);
    }
    std::string lie = object.substr(0, object.size() - 12 - flags.backward_size);
    std::string end(lzma_index_size(other) + 12, '\0');
    std::size_t out = 0;
    auto* to = reinterpret_cast<std::uint8_t*>(end.data());
    sample_must(lzma_index_buffer_encode(other, to, &out, end.size()) == LZMA_OK);
    flags.backward_size = lzma_index_size(other);
    sample_must(lzma_stream_footer_encode(&flags, to + out) == LZMA_OK);
    lzma_index_end(index, nullptr);
    lzma_index_end(other, nullptr);
    return lie + end;
}

}  // namespace

TEST_CASE("an object with an index is read in ranges of one version and comes out as from one piece", "[segments]") {
    Bench bench;
    for (const auto& [name, object] :
         std::map<std::string, std::string>{{"a.xz", many_blocks()}, {"a.zst", seekable(text(), 7000).whole()}}) {
        INFO(name);
        const Read cut = bench.read(object, name);
        CHECK(bench.ranges() > text().size() / 20'000);
        for (const auto& asked : bench.store.asked) CHECK((asked.end == kUnknownSize || asked.if_match == "\"1\""));
        CHECK((cut.text == text()));
        CHECK(cut.ended);
        CHECK(cut.totals.bytes_stored == object.size());
        CHECK(cut == bench.in_one_piece(object, name));
        CHECK(bench.store.asked.size() == 1);
    }
}

TEST_CASE("many objects with an index among others all come out whole, whatever the widths", "[segments]") {
    for (const unsigned decoders : {2u, 3u, 6u}) {
        for (const unsigned width : {1u, 2u, 8u}) {
            Bench bench(width);
            std::vector<std::string> names;
            for (int i = 0; i < 12; ++i) {
                names.push_back(std::to_string(i) + (i % 3 == 0 ? ".gz" : ".xz"));
                bench.store.script[names.back()] = {{.content = i % 3 == 0 ? gzip(text()) : many_blocks()}};
            }
            for (const auto& [name, read] : bench.read(names, true, decoders)) {
                INFO(name << " by " << decoders << " decoders over " << width << " transfers");
                CHECK((read.text == text()));
                CHECK(read.ended);
            }
        }
    }
}

TEST_CASE("a changed byte anywhere ends an object just as it does in one piece", "[segments]") {
    Bench bench;
    for (std::size_t at = 0; at < many_blocks().size(); at += many_blocks().size() < at + 200 ? 1 : 1999) {
        std::string changed = many_blocks();
        changed[at] = static_cast<char>(changed[at] ^ 0x10);
        INFO("byte " << at << " of " << changed.size());
        const Read cut = bench.read(changed);
        CHECK_FALSE(cut.ended);
        CHECK(cut == bench.in_one_piece(changed));
    }
}

TEST_CASE("an Index that is right by its own checks and lies of its blocks ends as in one piece", "[segments]") {
    Bench bench;
    for (const auto& [unpadded, inflated] : {std::pair<int, int>{4, 0}, {-4, 0}, {1, 0}, {0, 1}, {0, -100}, {8, 8}}) {
        const std::string lie = with_other_index(many_blocks(), unpadded, inflated);
        INFO(unpadded << " " << inflated);
        const Read cut = bench.read(lie);
        if (unpadded % 4 == 0) CHECK(bench.ranges() > 2);  // any other does not add up to the size of the object
        CHECK_FALSE(cut.failed.empty());
        CHECK(cut == bench.in_one_piece(lie));
    }
    CHECK(bench.read(with_other_index(many_blocks(), 0, 0)).ended);
}

TEST_CASE("a seek table that lies changes nothing, since decoding in one piece passes over it", "[segments]") {
    Bench bench;
    const test::Seekable made = seekable(text(), 7000);
    for (const auto& [stored, inflated] : {std::pair<int, int>{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {100, 100}}) {
        test::FrameSizes sizes = made.sizes;
        sizes[7].first += stored;
        sizes[8].first -= stored;
        sizes[7].second += inflated;
        sizes[8].second -= inflated;
        INFO(stored << " " << inflated);
        const Read cut = bench.read(made.frames + test::seek_table(sizes), "a.zst");
        CHECK((cut.text == text()));
        CHECK(cut.ended);
    }
    test::FrameSizes text_behind = made.sizes;
    text_behind.emplace_back(6, 6);
    const std::string object = made.frames + "plain\n" + test::seek_table(text_behind);
    const Read cut = bench.read(object, "a.zst");
    CHECK_THAT(cut.failed, Catch::Contains("TRAILING_GARBAGE"));
    CHECK(cut == bench.in_one_piece(object, "a.zst"));
}

TEST_CASE("versions of an object are never joined: one that changes between ranges is lost", "[segments]") {
    for (std::size_t unchanged : {2u, 3u, 5u}) {
        Bench bench;
        std::deque<ScriptedStore::Reply> replies(unchanged, {.content = many_blocks()});
        replies.push_back({.content = many_blocks(), .etag = "\"2\""});
        bench.store.script["a.xz"] = replies;
        const Read read = bench.read(std::vector<std::string>{"a.xz"}, true)["a.xz"];
        CHECK_FALSE(read.ended);
        CHECK_THAT(read.failed, Catch::Contains("fetch: changed under us: its etag is another"));
    }
}

TEST_CASE("the checksum that the store has of the whole object is computed from the ranges", "[segments]") {
    Bench bench;
    const std::uint32_t crc = crc32c(0, many_blocks());
    std::string raw;
    for (int shift = 24; shift >= 0; shift -= 8) raw.push_back(static_cast<char>(crc >> shift & 255));
    for (const bool right : {true, false}) {
        if (!right) raw[0] = static_cast<char>(raw[0] ^ 1);
        bench.store.script["a.xz"] = {
            {.content = many_blocks(), .checksums = {{"x-amz-checksum-crc32c", base64(raw)}}}};
        const Read read = bench.read(std::vector<std::string>{"a.xz"}, true)["a.xz"];
        CHECK(bench.ranges() > 2);
        CHECK(read.ended == right);
        if (!right) CHECK_THAT(read.failed, Catch::Contains("fetch: CHECKSUM: the crc32c"));
    }
}

TEST_CASE("ranges that break are gone on with", "[segments]") {
    Bench bench;
    std::deque<ScriptedStore::Reply> replies(2, {.content = many_blocks()});
    for (std::size_t after : {0, 100, 1000}) replies.push_back({.content = many_blocks(), .breaks_after = after});
    replies.push_back({.content = many_blocks()});
    bench.store.script["a.xz"] = replies;
    const Read read = bench.read(std::vector<std::string>{"a.xz"}, true)["a.xz"];
    CHECK((read.text == text()));
    CHECK(read.ended);
}

TEST_CASE("a range that cannot be read ends the object with what the store said", "[segments]") {
    Bench bench;
    std::deque<ScriptedStore::Reply> replies(4, {.content = many_blocks()});
    replies.push_back({.error = Error(ErrorKind::not_found, "no such key")});
    bench.store.script["a.xz"] = replies;
    const Read read = bench.read(std::vector<std::string>{"a.xz"}, true)["a.xz"];
    CHECK_FALSE(read.ended);
    CHECK(read.failed == "fetch: no such key");
}

TEST_CASE("expired credentials in a range end the pipeline", "[segments]") {
    Bench bench;
    std::deque<ScriptedStore::Reply> replies(4, {.content = many_blocks()});
    replies.push_back({.error = Error(ErrorKind::expired, "ExpiredToken")});
    bench.store.script["a.xz"] = replies;
    try {
        bench.read(std::vector<std::string>{"a.xz"}, true);
        FAIL("gave no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::expired);
    }
}

TEST_CASE("a store that sends more than the range, or all of the object, is read rightly", "[segments]") {
    Bench bench;
    bench.store.script["a.xz"] = {
        {.content = many_blocks()}, {.content = many_blocks()}, {.content = many_blocks(), .ignores_end = true}};
    CHECK((bench.read(std::vector<std::string>{"a.xz"}, true)["a.xz"].text == text()));
    CHECK(bench.ranges() > 2);
    bench.store.script["a.xz"] = {{.content = many_blocks()},
                                  {.content = many_blocks(), .offset = 0, .ignores_end = true}};
    CHECK((bench.read(std::vector<std::string>{"a.xz"}, true)["a.xz"].text == text()));
}

TEST_CASE("without an ETag, without an index or below the size an object is read in one piece", "[segments]") {
    Bench bench;
    bench.store.script["a.xz"] = {{.content = many_blocks(), .etag = ""}};
    CHECK(bench.read(std::vector<std::string>{"a.xz"}, true)["a.xz"].ended);
    CHECK(bench.store.asked.size() == 1);
    CHECK((bench.read(made_by("xz -1", text())).text == text()));
    CHECK(bench.store.asked.size() == 2);
    CHECK((bench.read(zstd(text()), "a.zst").text == text()));
    CHECK(bench.store.asked.size() == 2);
    CHECK(bench.read(made_by("xz -1 --block-size=64", numbered_lines(20))).ended);
    CHECK(bench.store.asked.size() == 1);
    CHECK((bench.read(many_blocks(), "a").text == text()));  // its name promises nothing
    CHECK(bench.store.asked.size() == 1);
}

TEST_CASE("what would inflate to more than is allowed is refused as in one piece", "[segments]") {
    Bench bench;
    bench.limits.max_inflated_bytes = 100'000;
    bench.limits.max_ratio = 1;
    const Read cut = bench.read(many_blocks());
    CHECK_THAT(cut.failed, Catch::Contains("BOMB"));
    CHECK(cut == bench.in_one_piece(many_blocks()));
}

TEST_CASE("an object in segments that nobody reads is left and the next one goes on", "[segments]") {
    Bench bench;
    std::vector<std::string> names;
    for (int i = 0; i < 5; ++i) {
        names.push_back(std::to_string(i) + ".xz");
        bench.store.script[names.back()] = {{.content = many_blocks()}};
    }
    unsigned objects = 0;
    bench.run(names, true, leave_each, objects, 3);
    CHECK(objects == 5);
}
