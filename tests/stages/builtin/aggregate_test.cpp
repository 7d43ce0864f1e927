#include "stages/builtin/aggregate.hpp"

#include "engine/error.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <fmt/format.h>

using namespace af;

namespace {

Aggregate histogram_of(const std::vector<std::string>& texts) {
    Aggregate made(BuiltinOperation::histogram);
    for (const std::string& text : texts) CHECK(made.add_histogram(text));
    return made;
}

}  // namespace

TEST_CASE("different values are counted within the error that is stated", "[builtin]") {
    for (const int count : {0, 1, 10, 1000, 1500, 20'000, 300'000}) {
        HyperLogLog all;
        for (int i = 0; i < count; ++i) {
            all.add(fmt::format("value {}", i));
            if (i % 3 == 0) all.add(fmt::format("value {}", i / 2));
        }
        CAPTURE(count, all.estimate());
        const double error = count == 0 ? static_cast<double>(all.estimate())
                                        : std::abs(static_cast<double>(all.estimate()) - count) / count;
        CHECK(error < (count <= 10 ? 0.001 : 0.025));
    }
}

TEST_CASE("sketches of parts make the sketch of the whole", "[builtin]") {
    for (const int count : {7, 900, 1100, 5000, 50'000}) {
        HyperLogLog whole;
        std::vector<HyperLogLog> parts(4);
        for (int i = 0; i < count; ++i) {
            whole.add(std::to_string(i));
            parts[static_cast<std::size_t>(i % 4)].add(std::to_string(i));
        }
        HyperLogLog together;
        for (const HyperLogLog& part : parts) together.merge(part.to_text());
        CHECK(together.to_text() == whole.to_text());
    }
    HyperLogLog sketch;
    for (const char* text : {"", "x", "sAAA", "d", "dAAAA", "s////"}) CHECK_THROWS_AS(sketch.merge(text), Error);
}

TEST_CASE("histograms of one length add up, an element that is absent counts as nothing", "[builtin]") {
    const Aggregate sum = histogram_of({"[1, 0, 2, 17, 1.5, -1, -1]", "[0, 5, 2, 3, -1, 4, -1]", "[1,2]"});
    CHECK(sum.result() == "[1,2] [1,5,4,20,1.5,4,-1]");
    Aggregate one(BuiltinOperation::histogram);
    for (const char* text : {"[1, -2]", "[\"1\"]", "[[1]]", "{\"a\": \"b\"}", "{\"a\": -7}"})
        CHECK_FALSE(one.add_histogram(text));
    CHECK(one.result().empty());
}

TEST_CASE("histograms with named buckets add up by name within one kind", "[builtin]") {
    const Aggregate sum = histogram_of({
        R"({"range": [1, 10], "bucket_count": 5, "histogram_type": 0, "values": {"0": 3, "1": 2}, "sum": 2})",
        R"({"bucket_count":5,"histogram_type":0,"range":[1,10],"sum":9,"values":{"1":1,"8":1}})",
        R"({"range": [1, 20], "bucket_count": 5, "histogram_type": 0, "values": {}, "sum": 1})",
        R"({"plain": 1})"});
    CHECK(sum.result() ==
          R"({"plain":1} {"bucket_count":5,"histogram_type":0,"range":[1,10],"sum":11,"values":{"0":3,"1":3,"8":1}} )"
          R"({"bucket_count":5,"histogram_type":0,"range":[1,20],"sum":1})");
}

TEST_CASE("parts of a histogram make the whole", "[builtin]") {
    const std::vector<std::string> texts{"[1, 0.25, -1]", "[3, 1e-9, -1]", R"({"a\tb": 1, "values": {"x\\\"y": 2}})",
                                         "[7,-1,0]"};
    const Aggregate whole = histogram_of(texts);
    Aggregate together = Aggregate::of_part(histogram_of({texts[3], texts[2]}).part());
    together.merge(histogram_of({texts[1]}).part());
    together.merge(histogram_of({texts[0]}).part());
    CHECK(together.part() == whole.part());
    CHECK(together.result() == whole.result());
    CHECK(whole.part().find('\n') == std::string::npos);
}

TEST_CASE("the most frequent values come first, and equals in the order of bytes", "[builtin]") {
    Aggregate first(BuiltinOperation::top_k, 3);
    for (const char* text : {"b", "a\tb\n\\", "b", "c", "a\tb\n\\", "d"}) first.add_text(text);
    Aggregate second(BuiltinOperation::top_k, 3);
    for (const char* text : {"d", "d", "e"}) second.add_text(text);
    Aggregate together = Aggregate::of_part(second.part());
    together.merge(first.part());
    CHECK(together.result() == R"([["d",3],["a\tb\n\\",2],["b",2]])");
    CHECK(together.part().find('\n') == std::string::npos);
}

TEST_CASE("parts of another operation are refused", "[builtin]") {
    Aggregate count(BuiltinOperation::count);
    count.add_one();
    CHECK(count.part() == "count 1");
    CHECK_THROWS_WITH(count.merge("sum 1"), Catch::Contains("one key has a count and a sum"));
    CHECK_THROWS_AS(count.merge("count x"), Error);
    CHECK_THROWS_AS(Aggregate::of_part("12"), Error);
    CHECK_THROWS_AS(Aggregate::of_part("histogram 3\t1\t2\t"), Error);
    CHECK_THROWS_AS(Aggregate::of_part("histogram 1\t1"), Error);
    CHECK_THROWS_AS(Aggregate::of_part("top-k 3 a\t"), Error);
}

TEST_CASE("means, least and greatest values come together from parts", "[builtin]") {
    const auto of = [](BuiltinOperation operation, const std::vector<std::string>& texts) {
        Aggregate made(operation);
        for (const std::string& text : texts) made.add(read_number(text).value());
        return made;
    };
    const auto joined = [&](BuiltinOperation operation) {
        Aggregate made = of(operation, {"1", "2.5"});
        made.merge(of(operation, {"-4", "1e3"}).part());
        return made.result();
    };
    CHECK(joined(BuiltinOperation::mean) == "249.875");
    CHECK(joined(BuiltinOperation::min) == "-4");
    CHECK(joined(BuiltinOperation::max) == "1000");
    CHECK(joined(BuiltinOperation::sum) == "999.5");
    CHECK(of(BuiltinOperation::mean, {"1", "2.5"}).plain_part() == "2 3.5");
}
