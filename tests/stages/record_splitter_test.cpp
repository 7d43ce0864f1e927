#include "stages/record_splitter.hpp"

#include "tests/support/memory.hpp"
#include "tests/support/sample_objects.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace af;

namespace {

struct Split {
    std::vector<std::string> batches;
    std::vector<std::uint64_t> first_lines;
    std::vector<std::uint32_t> records;
    std::vector<std::uint64_t> splits;
    ObjectEnd end;
    std::string all() const {
        std::string text;
        for (const auto& batch : batches) text += batch;
        return text;
    }
};

void take_batches(RecordSplitter& splitter, Split& split) {
    while (auto batch = splitter.next()) {
        CHECK(batch->sequence == split.batches.size());
        split.batches.emplace_back(batch->lines.view());
        split.first_lines.push_back(batch->first_line);
        split.records.push_back(batch->records);
        split.splits.push_back(splitter.split());
    }
}

// `text` in blocks of random sizes from 1 to the pool's block size.
Split split_text(std::string_view text, RecordLimits limits, BlockPool& pool, unsigned seed = 1) {
    std::mt19937 random(seed);
    RecordSplitter splitter(limits, pool);
    Split split;
    splitter.begin(sample_object("x"));
    while (!text.empty()) {
        Block block = pool.take();
        block.append(text.substr(0, 1 + random() % pool.block_bytes()));
        text.remove_prefix(block.size());
        splitter.push(std::move(block));
        take_batches(splitter, split);
    }
    splitter.finish();
    take_batches(splitter, split);
    split.end = splitter.end();
    return split;
}

struct Naive {
    std::string kept;
    std::uint64_t lines = 0;
    std::vector<BadRecord> bad;
};

Naive naive_split(std::string_view text, std::size_t most) {
    Naive naive;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        ++naive.lines;
        if (line.size() <= most)
            naive.kept.append(line).append("\n");
        else
            naive.bad.push_back({naive.lines, "long_line", "", std::string(line.substr(0, 200))});
    }
    return naive;
}

std::string random_text(std::mt19937& random, std::size_t bytes, unsigned usual_line) {
    std::string text;
    while (text.size() < bytes) {
        std::size_t line = random() % usual_line;
        if (random() % 10 == 0) line *= 8;
        if (random() % 5 == 0) line = 0;
        for (std::size_t i = 0; i < line; ++i) {
            const char byte = static_cast<char>(random());
            text += byte == '\n' ? '\r' : byte;
        }
        if (random() % 8 == 0) text += '\r';
        text += '\n';
    }
    text.resize(bytes);
    return text;
}

}  // namespace

TEST_CASE("splitting any text into blocks of any size gives what a naive split gives", "[split]") {
    std::mt19937 random(11);
    for (unsigned round = 0; round < 600; ++round) {
        const std::size_t block = 1 + random() % 300;
        const std::size_t headroom = random() % 3 == 0 ? 0 : random() % 200;
        const std::size_t most = random() % 3 == 0 ? 1 + random() % 100 : 100 + random() % 10'000;
        const std::uint64_t split_bytes = random() % 2 == 0 ? 0 : 1 + random() % 2000;
        const std::string text = random_text(random, random() % 6000, 1 + random() % 200);
        INFO("round " << round << " block " << block << " headroom " << headroom << " most " << most << " split "
                      << split_bytes << " text " << text.size());
        BlockPool pool(block, headroom);
        const Split split = split_text(text, {.max_record_bytes = most, .split_bytes = split_bytes}, pool, round);
        const Naive naive = naive_split(text, most);
        REQUIRE((split.all() == naive.kept));
        REQUIRE(split.end.lines == naive.lines);
        REQUIRE(split.end.bytes_inflated == text.size());
        REQUIRE(split.end.units == split.batches.size());
        REQUIRE(split.end.long_lines == naive.bad.size());
        REQUIRE(split.end.bad.size() == naive.bad.size());
        for (std::size_t i = 0; i < naive.bad.size(); ++i) {
            REQUIRE(split.end.bad[i].line == naive.bad[i].line);
            REQUIRE((split.end.bad[i].record == naive.bad[i].record));
        }
        std::uint64_t records = 0;
        for (std::size_t i = 0; i < split.batches.size(); ++i) {
            REQUIRE(split.batches[i].ends_with('\n'));
            REQUIRE(split.records[i] == std::count(split.batches[i].begin(), split.batches[i].end(), '\n'));
            REQUIRE(split.first_lines[i] > records);
            records += split.records[i];
        }
        REQUIRE(records + naive.bad.size() == naive.lines);
    }
}

TEST_CASE("line numbers count the long lines that were left out", "[split]") {
    BlockPool pool(16, 8);
    const Split split = split_text("one\nthis line is much too long\ntwo\nthree\n", {.max_record_bytes = 10}, pool);
    CHECK(split.all() == "one\ntwo\nthree\n");
    REQUIRE(split.end.bad.size() == 1);
    CHECK(split.end.bad[0].line == 2);
    CHECK(split.end.bad[0].kind == "long_line");
    CHECK(split.end.bad[0].reason == "a line of 26 bytes; at most 10 are allowed");
    CHECK(split.end.bad[0].record == "this line is much too long");
    CHECK(split.end.lines == 4);
    for (std::size_t i = 0; i < split.batches.size(); ++i) {
        if (split.batches[i].starts_with("two")) CHECK(split.first_lines[i] == 3);
    }
}

TEST_CASE("where a stream is cut depends on the text alone", "[split]") {
    std::mt19937 random(5);
    const std::string text = random_text(random, 20'000, 60);
    std::vector<std::string> expected;  // by definition: at the first line that starts at or behind a multiple
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.size(), text.find('\n', start) + 1);
        const std::size_t part = start / 1000;
        if (expected.size() <= part) expected.resize(part + 1);
        expected[part] += text.substr(start, end == 0 ? std::string::npos : end - start);
        if (end == 0) break;
        start = end;
    }
    if (!expected.back().ends_with('\n')) expected.back() += '\n';
    for (std::size_t block : {10, 100, 999, 1000, 1001, 50'000}) {
        INFO(block);
        BlockPool pool(block, 64);
        const Split split = split_text(text, {.split_bytes = 1000}, pool, 77);
        std::vector<std::string> parts(expected.size());
        for (std::size_t i = 0; i < split.batches.size(); ++i) parts.at(split.splits[i]) += split.batches[i];
        CHECK((parts == expected));
    }
}

TEST_CASE("the tail of a block moves into the headroom of the next, the rest stays in place", "[split]") {
    BlockPool pool(64, 32);
    RecordSplitter splitter({}, pool);
    splitter.begin(sample_object("x"));
    Block first = pool.take();
    first.append("one\ntw");
    splitter.push(std::move(first));
    const auto one = splitter.next();
    REQUIRE(one);
    Block second = pool.take();
    second.append("o\nthree\n");
    const char* place = second.data();
    splitter.push(std::move(second));
    const auto two = splitter.next();
    REQUIRE(two);
    CHECK(two->lines.view() == "two\nthree\n");
    CHECK(two->lines.data() == place - 2);
    CHECK(two->first_line == 2);
}

TEST_CASE("NUL, CR, a byte order mark, invalid UTF-8 and empty lines pass unchanged", "[split]") {
    using namespace std::string_literals;
    BlockPool pool(7, 4);
    const std::string text = "\xEF\xBB\xBFone\r\n\0\0\n\n\n\xFF\xFE\xC3\r\n\r\nlast"s;
    const Split split = split_text(text, {}, pool);
    CHECK(split.all() == text + "\n");
    CHECK(split.end.lines == 7);
    CHECK(split.end.bytes_inflated == text.size());
}

TEST_CASE("an empty object has no lines", "[split]") {
    BlockPool pool(64);
    const Split split = split_text("", {}, pool);
    CHECK(split.batches.empty());
    CHECK(split.end.lines == 0);
    CHECK(split.end.units == 0);
}

TEST_CASE("of many long lines the first are kept and all are counted", "[split]") {
    BlockPool pool(1000, 100);
    std::string text;
    for (int i = 0; i < 12'000; ++i) text += std::string(300, 'x') + "\nok\n";
    const Split split = split_text(text, {.max_record_bytes = 250}, pool);
    CHECK(split.end.bad.size() == kBadKeptPerObject);
    CHECK(split.end.long_lines == 12'000);
    CHECK(split.end.lines == 24'000);
    CHECK(split.end.bad.back().line == 2 * kBadKeptPerObject - 1);
    CHECK(split.end.bad.back().record == std::string(200, 'x'));
    CHECK(split.all().size() == 12'000 * 3);
}

TEST_CASE("a line longer than a block is a batch of its own, whose memory is freed with it", "[split]") {
    BlockPool pool(1 << 20, 64 << 10);
    RecordSplitter splitter({}, pool);
    splitter.begin(sample_object("x"));
    const PeakMemory memory;
    for (int i = 0; i < 40; ++i) {
        Block block = pool.take();
        std::memset(block.room().data(), 'x', block.room().size());
        if (i == 39) block.room()[block.room().size() - 1] = '\n';
        block.grow(block.room().size());
        splitter.push(std::move(block));
        if (i < 39) REQUIRE(!splitter.next());
    }
    auto batch = splitter.next();
    REQUIRE(batch);
    CHECK(batch->records == 1);
    CHECK(batch->lines.size() == std::size_t{40} << 20);
    CHECK(!splitter.next());
    if (kMemoryIsMeasurable) CHECK(memory.rise() < std::size_t{90} << 20);
    batch.reset();
    if (kMemoryIsMeasurable) CHECK(memory_status("VmRSS") < memory_status("VmHWM") - (std::size_t{70} << 20));
    CHECK(pool.peak_bytes() < std::size_t{4} << 20);
}

TEST_CASE("a line of 1 GB is skipped within the memory of the line limit", "[split]") {
    BlockPool pool(1 << 20, 64 << 10);
    RecordSplitter splitter({}, pool);
    splitter.begin(sample_object("x"));
    const PeakMemory memory;
    Block before = pool.take();
    before.append("before\nlong");
    splitter.push(std::move(before));
    REQUIRE(splitter.next());
    for (int i = 0; i < 1024; ++i) {
        Block block = pool.take();
        std::memset(block.room().data(), 'x', block.room().size());
        block.grow(block.room().size());
        splitter.push(std::move(block));
        REQUIRE(!splitter.next());
    }
    Block behind = pool.take();
    behind.append("\nbehind\n");
    splitter.push(std::move(behind));
    const auto batch = splitter.next();
    REQUIRE(batch);
    CHECK(batch->lines.view() == "behind\n");
    CHECK(batch->first_line == 3);
    splitter.finish();
    CHECK(!splitter.next());
    const ObjectEnd end = splitter.end();
    REQUIRE(end.bad.size() == 1);
    CHECK(end.bad[0].line == 2);
    CHECK(end.bad[0].record.starts_with("longxxx"));
    CHECK(end.bad[0].record.size() == 200);
    CHECK(end.bytes_inflated > std::uint64_t{1} << 30);
    if (kMemoryIsMeasurable) CHECK(memory.rise() < std::size_t{72} << 20);
}
