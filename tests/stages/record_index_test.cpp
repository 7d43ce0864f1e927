#include "stages/record_index.hpp"

#include "stages/line_ends.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <string>
#include <vector>

using namespace af;

namespace {

constexpr std::uint32_t kRowWords = 4;
constexpr std::uint32_t kFieldWords = 5;

struct Index {
    explicit Index(const std::string& text, JsonPlace place = JsonPlace::after_tab) : payload(text) {
        RecordIndexer indexer(place);
        RecordIndex built = indexer.build(payload);
        words.resize(built.words.size() / 4);
        std::memcpy(words.data(), built.words.data(), built.words.size());
        records = built.records;
        indexed = built.indexed;
    }
    std::uint32_t object(std::uint32_t record) const { return words.at(1 + record * kRowWords + 3); }
    // Key -> text of the value, of the object at that word.
    std::map<std::string, std::string> fields(std::uint32_t place) const {
        std::map<std::string, std::string> found;
        for (std::uint32_t i = 0; i < words.at(place); ++i) {
            const std::uint32_t* field = &words.at(place + 1 + i * kFieldWords);
            found[payload.substr(field[0], field[1] - field[0])] = payload.substr(field[2], field[3] - field[2]);
        }
        return found;
    }

    std::string payload;
    std::vector<std::uint32_t> words;
    std::uint32_t records = 0, indexed = 0;
};

// A member that makes a record long enough to be indexed.
std::string filler(std::size_t bytes = RecordIndexer::kMinRecordBytes) {
    return std::string("\"filler\": \"").append(bytes, 'x').append("\"");
}

std::string record(const std::string& json) { return std::string("u\t").append(json).append("\n"); }

// A record of that member and nothing else that matters.
std::string object(const std::string& members) { return std::string("{").append(members).append("}"); }

// Whether a record with that value is indexed.
bool indexed(const std::string& value) {
    return Index(record(object(filler().append(", \"value\": ").append(value)))).indexed == 1;
}

}  // namespace

TEST_CASE("record_index tells where the members of a record lie", "[record_index]") {
    std::string members = " \"a\" : [1, {\"b\": 2}] ,\"long key\":-1.5e3 , \"t\":true,\"s\":\"x,y\" ,\"e\":{}, ";
    std::string json = object(members.append(filler()).append(" "));
    Index index(std::string("first\tnot json\nsecond\t").append(json).append(" \r\nthird\t{}\n"));

    CHECK(index.records == 3);
    CHECK(index.indexed == 1);
    CHECK(index.object(0) == 0);
    CHECK(index.object(2) == 0);
    auto fields = index.fields(index.object(1));
    CHECK(fields.size() == 6);
    CHECK(fields["a"] == "[1, {\"b\": 2}]");
    CHECK(fields["long key"] == "-1.5e3");
    CHECK(fields["t"] == "true");
    CHECK(fields["s"] == "\"x,y\"");
    CHECK(fields["e"] == "{}");
}

TEST_CASE("record_index tells where each record and its JSON begin and end", "[record_index]") {
    Index index("u1\t{}\nno tab\n\nu2\t\n");

    CHECK(index.words == std::vector<std::uint32_t>{4, 0, 3, 5, 0, 6, RecordIndexer::kNoTab, 12, 0,  //
                                                    13, RecordIndexer::kNoTab, 13, 0, 14, 17, 17, 0});
    CHECK(Index("").words == std::vector<std::uint32_t>{0});
    CHECK(Index("{}\n[1]\n", JsonPlace::line).words == std::vector<std::uint32_t>{2, 0, 0, 2, 0, 3, 3, 6, 0});
}

TEST_CASE("record_index goes into large objects of a record and not into small ones", "[record_index]") {
    std::string large = object(std::string("\"deep\": {\"x\": 1}, ").append(filler(RecordIndexer::kMinNestedBytes)));
    Index index(record(object(std::string("\"small\": {\"x\": 1}, \"large\": ").append(large))));

    std::uint32_t root = index.object(0);
    REQUIRE(index.words.at(root) == 2);
    CHECK(index.words.at(root + kFieldWords) == 0);
    std::uint32_t nested = index.words.at(root + 2 * kFieldWords);
    REQUIRE(nested != 0);
    auto fields = index.fields(nested);
    CHECK(fields.size() == 2);
    CHECK(fields["deep"] == "{\"x\": 1}");
}

TEST_CASE("record_index leaves a large object with an escaped key to the parser, and no more of its record",
          "[record_index]") {
    const std::string escaped = object(std::string("\"k\\u0061\": 1, ").append(filler(RecordIndexer::kMinNestedBytes)));
    const std::string plain = object(filler(RecordIndexer::kMinNestedBytes));
    const std::string members = "\"escaped\": " + escaped + ", \"plain\": " + plain + ", \"deep\": [" + escaped + "]";
    // The number is one that the sweep leaves to the walk.
    for (const std::string doubtful : {"", ", \"n\": 1.0000000000000000000000"}) {
        Index index(record(object(members + doubtful)));
        const std::uint32_t root = index.object(0);
        CHECK(index.words.at(root) == (doubtful.empty() ? 3 : 4));
        CHECK(index.words.at(root + kFieldWords) == 0);
        CHECK(index.words.at(root + 2 * kFieldWords) != 0);
    }
}

TEST_CASE("record_index accepts what every JSON parser reads alike", "[record_index]") {
    for (const char* value : {"0", "-0", "7", "123456789012345678", "1.25", "1e5", "1E+05", "-2.5e-10", "true", "false",
                              "null", "\"\"", "\"\xC3\xBC\"", R"("\"\\\/\b\f\n\r\t\u00e9")", R"("\ud83d\ude00")", "[]",
                              "[[], {}]", "{\"k\": [0,1,\t22 , 3]}", "\"]}{[\""}) {
        INFO(value);
        CHECK(indexed(value));
    }
}

TEST_CASE("record_index sees what is wrong anywhere in a run of small numbers", "[record_index]") {
    for (const char* separator : {", ", ","}) {
        std::string run = "0";
        for (int i = 1; i < 40; ++i) run.append(separator).append(1, static_cast<char>('0' + i % 10));
        CHECK(indexed("[" + run + "]"));
        for (std::size_t at = 0; at < run.size(); ++at) {
            std::string broken = run;
            broken[at] = ':';
            INFO(broken);
            REQUIRE_FALSE(indexed("[" + broken + "]"));
        }
        CHECK_FALSE(indexed("[" + run + separator + "]"));
        CHECK_FALSE(indexed("[" + run));
    }
}

TEST_CASE("record_index leaves broken and doubtful records to the parser", "[record_index]") {
    for (const char* value :
         {"", "01", "-", "+1", "1.", ".5", "1e", "1e+", "1e100", "1234567890123456789", "0x10", "1 2", "1a", "truex",
          "tru", "True", "nul", "nullnull", "NaN", "-NaN", "Infinity", "-Infinity", "'x'", "\"x", "\"x\"y",
          "\"\x01\"", "\"\t\"", "\"\xFF\"", "\"\xC3\"", "\"\xED\xA0\x80\"", R"("\x")", R"("\u12g4")", R"("\u12")",
          R"("\ud800")", R"("\udc00")", R"("\ud800\u0041")", R"("\ud800x")", "[1,]", "[,1]", "[1 2]", "[1", "1]",
          "[1}", "{\"a\"}", "{\"a\":}", "{\"a\" 1}", "{a: 1}", "{1: 1}", "{\"a\": 1,}", "{\"a\": 1 \"b\": 2}", "{,}",
          "{\"a\":: 1}", "1, 2", "1}", "1} {", "\f1", "// x\n1"}) {
        INFO(value);
        CHECK_FALSE(indexed(value));
    }
}

TEST_CASE("record_index is the same whether or not the ends of lines are known", "[record_index]") {
    const std::string payload = record(object(filler())) + "\n" + record(object(filler(20'000))) + "no tab\n";
    const LineEnds found = find_line_ends(payload);
    REQUIRE(found.ends.size() == 4);
    RecordIndexer indexer(JsonPlace::after_tab);
    const std::string words = indexer.build(payload).words;
    CHECK(indexer.build(payload, JsonNoted::large_objects, found.ends).words == words);
}

TEST_CASE("record_index leaves deep, short and endless records to the parser", "[record_index]") {
    CHECK(indexed(std::string(50, '[').append(50, ']')));
    CHECK_FALSE(indexed(std::string(70, '[').append(70, ']')));
    CHECK_FALSE(indexed(std::string(100'000, '[')));
    CHECK_FALSE(indexed(std::string(100'000, '{')));
    CHECK(Index(std::string("u\t").append(object(filler()))).indexed == 0);
    CHECK(Index(record(std::string("[").append(9000, '1').append("]"))).indexed == 0);
    CHECK(Index(record(object(filler(RecordIndexer::kMaxRecordBytes)))).indexed == 0);
    CHECK(Index(record(object(std::string("\"k\\u0061\": 1, ").append(filler())))).indexed == 0);
    CHECK(Index(record(object(filler()).append(" x"))).indexed == 0);
    CHECK(Index(record(std::string("\xEF\xBB\xBF").append(object(filler())))).indexed == 0);
}

TEST_CASE("record_index leaves every truncation of a record to the parser", "[record_index]") {
    std::string json = object(filler().append(",\"a\":[1,-2.5,{\"b\":null}],\"s\":\"\\u00e9\",\"t\":true"));
    for (std::size_t cut = RecordIndexer::kMinRecordBytes; cut < json.size(); ++cut) {
        INFO(cut);
        REQUIRE(Index(record(json.substr(0, cut))).indexed == 0);
    }
    CHECK(Index(record(json)).indexed == 1);
}

TEST_CASE("record_index gives a batch the same index after records of any size went through it", "[record_index]") {
    std::string small = record(object(filler()));
    std::string large = record(object(filler(3 << 20)));
    RecordIndexer indexer(JsonPlace::after_tab);
    std::string first = indexer.build(small).words;
    CHECK(indexer.build(large + small).indexed == 2);
    CHECK(indexer.build(small).words == first);
}
