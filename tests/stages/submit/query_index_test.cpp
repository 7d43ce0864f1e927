#include "stages/submit/query_index.hpp"

#include "stages/filter/parse_filter.hpp"
#include "tests/support/fake_http.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/stepped_clock.hpp"

#include <fmt/format.h>
#include <catch2/catch.hpp>
#include <chrono>
#include <optional>

using namespace af;
using test::FakeHttp;
using Reply = FakeHttp::Reply;

namespace {

const std::string kFilter =
    R"({"dimensions":[{"allowed_values":["saved-session"],"field_name":"reason"},{"allowed_values":"*",)"
    R"("field_name":"appName"},)"
    R"({"allowed_values":"*","field_name":"appUpdateChannel"},{"allowed_values":"*","field_name":"appVersion"},)"
    R"({"allowed_values":"*","field_name":"appBuildID"},{"allowed_values":"*","field_name":"submission_date"}],)"
    R"("version":1})";

std::string name(unsigned number) {
    return fmt::format("saved_session/Firefox/nightly/22.0a1/20130314030914.20131119.v2.log.{:08x}.lzma", number);
}
std::string row(std::string_view name, std::string_view size) {
    return fmt::format(R"({{"file_name":"{}","size":{}}})", name, size);
}
std::string row(unsigned number, unsigned size) { return row(name(number), std::to_string(size)); }

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

struct Bench {
    explicit Bench(std::vector<Reply> script = {}) : http(std::move(script)) {
        query.url = "https://index.example/files?token=hidden";
        query.filter_json = kFilter;
        query.root = "s3://telemetry/";
    }
    InputList ask() {
        Retrier retrier{clock, [] { return 0.5; }};
        const std::chrono::year_month_day today(std::chrono::year(2026), std::chrono::month(1), std::chrono::day(1));
        Filter filter = parse_filter(kFilter, "test", today);
        return test::run_task(query_index(http, retrier, query, filter, {}));
    }
    Error error() {
        try {
            ask();
        } catch (const Error& thrown) {
            return thrown;
        }
        return Error(ErrorKind::bug, "the index was believed");
    }

    FakeHttp http;
    test::SteppedClock clock{test::SteppedClock::jumps};
    IndexQuery query;
};

Error error_of(std::string body) {
    Bench bench({{.body = std::move(body)}});
    return bench.error();
}

}  // namespace

TEST_CASE("the index is asked with the filter, and its rows become sorted and numbered objects", "[submit][index]") {
    Bench bench({{.body = fmt::format("[{},\n {},{}]", row(2, 20), row(1, 10), row(3, 0)),
                  .headers = {{"Content-Type", "text/plain"}}}});
    const InputList list = bench.ask();
    REQUIRE(list.objects.size() == 3);
    CHECK(list.objects[0].name == "s3://telemetry/" + name(1));
    CHECK(list.objects[0].size == 10);
    CHECK(list.objects[2].size == 0);
    CHECK(list.objects[2].ordinal == 2);
    CHECK(list.seen == 3);
    CHECK(list.duplicates == 0);
    CHECK(list.tally.kept() == 3);

    const HttpRequest& asked = bench.http.asked.at(0);
    CHECK(asked.method == "POST");
    CHECK(asked.url == "https://index.example/files?token=hidden");
    CHECK(find_header(asked.headers, "content-type") == "application/json");
    CHECK(asked.body == "{\"filter\":" + kFilter + "}");
}

TEST_CASE("a long reply is read whole, in pieces that end anywhere", "[submit][index]") {
    std::string body = "[";
    for (unsigned i = 0; i < 20'000; ++i) body += (i > 0 ? "," : "") + row(i, i);
    body += "]";
    Bench bench({{.body = body}});
    const InputList list = bench.ask();
    REQUIRE(list.objects.size() == 20'000);
    for (std::size_t i = 0; i < list.objects.size(); i += 997) CHECK(list.objects[i].size == i);
}

TEST_CASE("files that the index names twice are read once and counted", "[submit][index]") {
    Bench bench({{.body = fmt::format("[{0},{1},{0},{0}]", row(1, 10), row(2, 20))}});
    const InputList list = bench.ask();
    CHECK(list.objects.size() == 2);
    CHECK(list.duplicates == 2);
    CHECK(list.seen == 4);
    const Error conflict = error_of(fmt::format("[{},{}]", row(1, 10), row(1, 11)));
    CHECK(conflict.kind() == ErrorKind::corrupt);
    CHECK(has(conflict.what(), "is named twice, with 10 and with 11 bytes"));
}

TEST_CASE("rows that cannot be are refused with their number", "[submit][index]") {
    const auto second = [](std::string_view bad) { return error_of(fmt::format("[{},{}]", row(1, 10), bad)); };
    for (const char* size :
         {"-1", "1.5", "1e3", "9223372036854775808", "18446744073709551616", "null", "\"7\"", "true", "[1]", "01"}) {
        INFO(size);
        const Error error = second(row(name(2), size));
        CHECK(error.kind() == ErrorKind::corrupt);
        CHECK(has(error.what(), "row 2"));
    }
    Bench largest({{.body = "[" + row(name(1), "9223372036854775807") + "]"}});
    CHECK(largest.ask().objects[0].size == INT64_MAX);
    for (const std::string& bad :
         {std::string("{}"), std::string(R"({"size":1})"), std::string(R"({"file_name":7,"size":1})"),
          R"({"file_name":")" + name(2) + "\"}", row(name(2) + "\xFF", "1"), std::string("{\"a\":}"),
          R"({"file_name":")" + name(2) + R"(","file_name":"x","size":1})"}) {
        INFO(bad);
        const Error error = second(bad);
        CHECK(error.kind() == ErrorKind::corrupt);
        CHECK(has(error.what(), "row 2"));
    }
}

TEST_CASE("names that lead elsewhere are refused", "[submit][index]") {
    for (const std::string& bad :
         {std::string("/") + name(1), "../" + name(1), "a/../" + name(1), name(1) + "/..",
          "https://evil.example/" + name(1), "s3://other/" + name(1), "file:///" + name(1), std::string("a\\u0000b"),
          std::string("a\\nb"), std::string(), std::string(4'097, 'a')}) {
        INFO(bad.substr(0, 60));
        const Error error = error_of("[" + row(bad, "1") + "]");
        CHECK(error.kind() == ErrorKind::corrupt);
        CHECK(has(error.what(), "row 1"));
    }
}

TEST_CASE("without a root the names are whole, and still no URLs of other kinds", "[submit][index]") {
    Bench bench({{.body = fmt::format("[{}]", row("s3://elsewhere/x/" + name(1), "5"))}});
    bench.query.root.clear();
    CHECK(bench.ask().objects[0].name == "s3://elsewhere/x/" + name(1));
    for (const char* bad : {"https://evil.example/", "s3:///", "s3://b%61d/"}) {
        Bench refused({{.body = fmt::format("[{}]", row(bad + name(1), "5"))}});
        refused.query.root.clear();
        CHECK(refused.error().kind() == ErrorKind::corrupt);
    }
}

TEST_CASE("a row that the filter does not match is refused, for the index answers another question",
          "[submit][index]") {
    const Error error =
        error_of(fmt::format("[{},{}]", row(1, 10), row("idle_daily/Firefox/nightly/22.0a1/1.2.v2.log.x.lzma", "1")));
    CHECK(error.kind() == ErrorKind::corrupt);
    CHECK(has(error.what(), "row 2: the filter does not match it"));
    CHECK(has(error_of("[" + row("readme.txt", "1") + "]").what(), "the filter does not match it"));
}

TEST_CASE("more files than are allowed end the query, but duplicates are none", "[submit][index]") {
    const auto rows = [](unsigned count, unsigned differ) {
        std::string body = "[";
        for (unsigned i = 0; i < count; ++i) body += (i > 0 ? "," : "") + row(i % differ, i % differ);
        return body + "]";
    };
    Bench many({{.body = rows(11, 11)}});
    many.query.max_objects = 10;
    const Error error = many.error();
    CHECK(error.kind() == ErrorKind::config);
    CHECK(has(error.what(), "the filter matches more than 10 files"));
    CHECK(has(error.advice(), "Narrow the filter"));
    Bench flood({{.body = rows(3'000, 3'000) + "never read to here"}});
    flood.query.max_objects = 10;
    CHECK(flood.error().kind() == ErrorKind::config);
    Bench same({{.body = rows(5'000, 10)}});
    same.query.max_objects = 10;
    const InputList list = same.ask();
    CHECK(list.objects.size() == 10);
    CHECK(list.duplicates == 4'990);
}

TEST_CASE("an index without a match is an error unless that may be", "[submit][index]") {
    CHECK(error_of("[]").kind() == ErrorKind::no_match);
    Bench bench({{.body = " [ ] "}});
    bench.query.may_be_empty = true;
    CHECK(bench.ask().objects.empty());
}

TEST_CASE("a reply that is no answer of an index is told from a broken one", "[submit][index]") {
    Bench html({{.body = "<html>", .headers = {{"Content-Type", "text/html; charset=utf-8"}}}});
    CHECK(has(html.error().what(), "HTML where JSON was asked for"));
    CHECK(has(error_of("<html>").what(), "HTML or XML"));
    CHECK(has(error_of("{\"error\":\"x\"}").what(), "no JSON list"));
    for (const char* bad : {"nope", "[1]", "[{}", "[{\"file_name\":\"x\",}]", "[}"})
        CHECK(error_of(bad).kind() != ErrorKind::no_match);
    const Error error = error_of("[1]");
    CHECK(error.item() == "https://index.example/files");
    CHECK(has(error.what(), "index: row 1"));
}

TEST_CASE("statuses of the index say what to do and are not asked again when that cannot help", "[submit][index]") {
    const auto kind_of = [](int status) {
        Bench bench({{.status = status, .body = "why", .headers = {{"Location", "https://evil.example/"}}}});
        const Error error = bench.error();
        CHECK(bench.http.asked.size() == 1);
        CHECK_FALSE(has(error.what(), "hidden"));
        CHECK_FALSE(error.advice().empty());
        return error.kind();
    };
    CHECK(kind_of(400) == ErrorKind::refused);
    CHECK(kind_of(401) == ErrorKind::refused);
    CHECK(kind_of(404) == ErrorKind::not_found);
    CHECK(kind_of(302) == ErrorKind::refused);
    CHECK(kind_of(308) == ErrorKind::refused);
}

TEST_CASE("a reply that breaks is asked for again as a whole, with nothing kept of it", "[submit][index]") {
    const std::string good = fmt::format("[{},{}]", row(1, 10), row(2, 20));
    const Reply cut{.body = "[" + row(7, 70) + "," + row(1, 11), .body_breaks = Error(ErrorKind::unavailable, "reset")};
    Bench bench({cut, {.status = 429, .headers = {{"Retry-After", "7"}}}, {.body = good}});
    const InputList list = bench.ask();
    REQUIRE(list.objects.size() == 2);
    CHECK(list.objects[0].size == 10);
    CHECK(list.seen == 2);
    CHECK(list.duplicates == 0);
    CHECK(bench.http.asked[2].fresh_connection);
    CHECK(bench.clock.sleeps() == std::vector<Duration>{std::chrono::milliseconds(500), std::chrono::seconds(7)});

    Bench dead({cut, cut, cut});
    const Error error = dead.error();
    CHECK(error.kind() == ErrorKind::unavailable);
    CHECK(error.attempts() == 3);
}

TEST_CASE("a reply that ends early without an error is asked for again too", "[submit][index]") {
    const std::string good = "[" + row(1, 10) + "]";
    for (std::size_t end : {std::size_t(0), std::size_t(1), good.size() / 2, good.size() - 1}) {
        Bench healed({{.body = good.substr(0, end)}, {.body = good}});
        CHECK(healed.ask().objects.size() == 1);
        Bench dead(std::vector<Reply>(3, Reply{.body = good.substr(0, end)}));
        const Error error = dead.error();
        CHECK(error.kind() == ErrorKind::corrupt);
        CHECK(has(error.what(), "ends early"));
    }
}

TEST_CASE("the index is asked over https, or on this machine", "[submit][index]") {
    const auto kind_of = [](std::string url) {
        Bench bench({{.body = "[" + row(1, 1) + "]"}});
        bench.query.url = std::move(url);
        return bench.error().kind();
    };
    CHECK(kind_of("http://index.example/") == ErrorKind::refused);
    CHECK(kind_of("http://169.254.169.254/") == ErrorKind::refused);
    CHECK(kind_of("https://169.254.169.254/") == ErrorKind::refused);
    CHECK(kind_of("https://user:secret@index.example/") == ErrorKind::refused);
    CHECK(kind_of("ftp://index.example/") == ErrorKind::refused);
    CHECK(kind_of("http://127.0.0.1:8080/files") == ErrorKind::bug);
    CHECK(kind_of("http://localhost/files") == ErrorKind::bug);
    CHECK(is_index_url("https://x"));
    CHECK(is_index_url("HTTP://x"));
    CHECK_FALSE(is_index_url("s3://x"));
    CHECK_FALSE(is_index_url("https"));
}
