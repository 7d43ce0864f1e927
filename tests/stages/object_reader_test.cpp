#include "stages/object_reader.hpp"

#include "tests/support/scripted_store.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/stepped_clock.hpp"

#include <catch2/catch.hpp>

using namespace af;
using namespace std::chrono_literals;
using Catch::Contains;
using test::ScriptedStore;
using test::run_task;
using test::SteppedClock;

namespace {

using Reply = ScriptedStore::Reply;

constexpr char kText[] = "0123456789abcdef";

struct Read {
    std::string text;  // what was handed on
    std::optional<Error> error;
};

struct Bench {
    explicit Bench(std::deque<Reply> replies, std::uint64_t listed = kUnknownSize) {
        store.script["k"] = std::move(replies);
        ref.name = "k";
        ref.size = listed;
    }

    Task<void> read_all(Read& read) {
        ObjectReader reader(store, std::make_shared<ObjectRef>(ref), with, {}, max_unknown_bytes);
        try {
            co_await reader.open();
            for (;;) {
                std::optional<Block> block = co_await reader.next();
                if (!block) co_return;
                read.text += block->view();
            }
        } catch (const Error& error) {
            read.error = error;
        }
    }
    Read read() {
        Read read;
        run_task(read_all(read));
        return read;
    }

    ScriptedStore store;
    ObjectRef ref;
    std::uint64_t max_unknown_bytes = kMaxBytesOfUnknownSize;
    SteppedClock clock{SteppedClock::jumps};
    StormBrake brake{clock};
    Retrier with{.clock = clock, .random = [] { return 0.5; }, .brake = &brake};
};

}  // namespace

TEST_CASE("an object is read from its first byte to its last", "[object_reader]") {
    Bench bench({{.content = kText}}, 16);
    const Read read = bench.read();
    CHECK(read.text == kText);
    CHECK_FALSE(read.error);
    REQUIRE(bench.store.asked.size() == 1);
    CHECK(bench.store.asked[0].offset == 0);
    CHECK(bench.store.asked[0].if_match.empty());
}

TEST_CASE("a body that breaks goes on where it broke off, of the same version", "[object_reader]") {
    Bench bench({{.content = kText, .breaks_after = 5}, {.content = kText, .breaks_after = 0}, {.content = kText}}, 16);
    const Read read = bench.read();
    CHECK(read.text == kText);
    CHECK_FALSE(read.error);
    REQUIRE(bench.store.asked.size() == 3);
    CHECK(bench.store.asked[1].offset == 5);
    CHECK(bench.store.asked[1].if_match == "\"1\"");
    CHECK(bench.clock.sleeps() == std::vector<Duration>{50ms, 100ms});
    for (int more = 0; more < 33; ++more) bench.brake.failed(Fault::transient);  // 36 in all empty the bucket
    CHECK_FALSE(bench.brake.engaged());
    bench.brake.failed(Fault::transient);
    CHECK(bench.brake.engaged());
}

TEST_CASE("an object that changed while it was read is corrupt, never spliced", "[object_reader]") {
    Bench bench({{.content = kText, .breaks_after = 5}, {.content = "ABCDEFGHIJKLMNOP", .etag = "\"2\""}}, 16);
    const Read read = bench.read();
    CHECK(read.text == "01234");
    REQUIRE(read.error);
    CHECK(read.error->kind() == ErrorKind::corrupt);
    CHECK_THAT(read.error->what(), Contains("changed"));
    CHECK_THAT(read.error->advice(), Contains("run again"));
}

TEST_CASE("an object that changed before any of it was handed on is read in its new version", "[object_reader]") {
    Bench bench({{.content = kText, .breaks_after = 0}, {.content = "ABCDEFGHIJKLMNOP", .etag = "\"2\""}}, 16);
    const Read read = bench.read();
    CHECK(read.text == "ABCDEFGHIJKLMNOP");
    CHECK(bench.store.asked[1].if_match.empty());
}

TEST_CASE("a store that ignores the range has the known bytes skipped", "[object_reader]") {
    Bench bench({{.content = kText, .breaks_after = 9}, {.content = kText, .offset = 0}}, 16);
    CHECK(bench.read().text == kText);
}

TEST_CASE("a store that answers with a later range is not believed", "[object_reader]") {
    Bench bench({{.content = kText, .breaks_after = 5}, {.content = kText, .offset = 8}}, 16);
    const Read read = bench.read();
    CHECK(read.text == "01234");
    REQUIRE(read.error);
    CHECK(read.error->kind() == ErrorKind::corrupt);
}

TEST_CASE("without an etag a broken body is unavailable, with advice", "[object_reader]") {
    Bench bench({{.content = kText, .etag = "", .breaks_after = 5}}, 16);
    const Read read = bench.read();
    REQUIRE(read.error);
    CHECK(read.error->kind() == ErrorKind::unavailable);
    CHECK_THAT(read.error->advice(), Contains("ETag"));
    CHECK(bench.store.asked.size() == 1);
}

TEST_CASE("six breaks without a byte between them are the end, breaks with progress are not", "[object_reader]") {
    Bench stuck({{.content = kText, .breaks_after = 5}, {.content = kText, .breaks_after = 0}}, 16);
    const Read read = stuck.read();
    REQUIRE(read.error);
    CHECK(read.error->kind() == ErrorKind::unavailable);
    CHECK(stuck.store.asked.size() == 6);

    Bench crawling({{.content = kText, .breaks_after = 1}}, 16);
    const Read crawled = crawling.read();
    CHECK(crawled.text == kText);
    CHECK_FALSE(crawled.error);
    CHECK(crawling.store.asked.size() == 16);
}

TEST_CASE("a body that twice ends cleanly at the same place, too early, is corrupt", "[object_reader]") {
    Bench bench({{.content = kText, .ends_after = 7, .size = kUnknownSize},
                 {.content = kText, .ends_after = 0, .size = kUnknownSize}},
                16);
    const Read read = bench.read();
    CHECK(read.text == "0123456");
    REQUIRE(read.error);
    CHECK(read.error->kind() == ErrorKind::corrupt);
    CHECK_THAT(read.error->what(), Contains("7 of 16 bytes"));
    CHECK(bench.store.asked.size() == 2);
}

TEST_CASE("an object of another size than listed is corrupt after a second look", "[object_reader]") {
    Bench healed({{.content = kText, .size = 99}, {.content = kText}}, 16);
    CHECK(healed.read().text == kText);

    Bench bench({{.content = kText}}, 15);
    const Read read = bench.read();
    CHECK(read.text.empty());
    REQUIRE(read.error);
    CHECK(read.error->kind() == ErrorKind::corrupt);
    CHECK(bench.store.asked.size() == 2);
}

TEST_CASE("an object longer than listed is corrupt", "[object_reader]") {
    Bench bench({{.content = kText, .size = kUnknownSize}}, 10);
    const Read read = bench.read();
    CHECK(read.text == "01234567");
    REQUIRE(read.error);
    CHECK(read.error->kind() == ErrorKind::corrupt);
}

TEST_CASE("an object whose size nobody knows may not go on for ever", "[object_reader]") {
    Bench bench({{.content = kText, .size = kUnknownSize}});
    bench.max_unknown_bytes = 16;
    CHECK(bench.read().text == kText);
    bench.max_unknown_bytes = 15;
    const Read read = bench.read();
    CHECK(read.text == "0123456789ab");
    REQUIRE(read.error);
    CHECK(read.error->kind() == ErrorKind::corrupt);
    CHECK_THAT(read.error->what(), Contains("whose size nobody knows"));
}

TEST_CASE("an object whose checksum is wrong is not whole, one whose checksum is right is, also over a break",
          "[object_reader]") {
    const HttpHeaders wrong{{"x-amz-checksum-crc32c", "AAAAAA=="}};
    const HttpHeaders right{{"x-amz-checksum-crc32c", "4waSgw=="}};  // of "123456789": e3069283
    const bool watched = GENERATE(false, true);
    Bench flipped({{.content = "123456789", .checksums = wrong, .can_be_watched = watched}}, 9);
    const Read read = flipped.read();
    REQUIRE(read.error);
    CHECK(read.error->kind() == ErrorKind::corrupt);

    const bool second_watched = GENERATE(false, true);
    const std::optional<std::uint64_t> second_offset = GENERATE(std::optional<std::uint64_t>(), 2u);
    const Reply second{
        .content = "123456789", .offset = second_offset, .checksums = right, .can_be_watched = second_watched};
    for (std::size_t bytes : {0u, 3u, 6u, 9u}) {
        CAPTURE(watched, second_watched, second_offset.value_or(bytes), bytes);
        if (second_offset && bytes < 3) continue;  // a later range than was asked for
        Bench fine(
            {{.content = "123456789", .breaks_after = bytes, .checksums = right, .can_be_watched = watched}, second},
            9);
        CHECK_FALSE(fine.read().error);
        Reply other = second;
        other.content = "12345678X";
        Bench changed(
            {{.content = "123456789", .breaks_after = bytes, .checksums = right, .can_be_watched = watched}, other}, 9);
        CHECK(changed.read().error.has_value() == (bytes < 9));
    }
}

TEST_CASE("an empty object is whole", "[object_reader]") {
    Bench bench({{.content = ""}}, 0);
    const Read read = bench.read();
    CHECK(read.text.empty());
    CHECK_FALSE(read.error);
}
