#include "stages/taskcluster/artifact_store.hpp"

#include "stages/object_reader.hpp"
#include "stages/read_object.hpp"
#include "stages/s3/hash.hpp"
#include "tests/support/fake_http.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/sample_objects.hpp"
#include "tests/support/stepped_clock.hpp"

#include <fmt/format.h>
#include <catch2/catch.hpp>

using namespace af;
using test::FakeHttp;
using test::run_task;

namespace {

using Reply = FakeHttp::Reply;

constexpr const char* kName = "artifact:V87ZV9cmQE69d_wNxf5fdQ/1/af/part 0.txt.zst";
constexpr const char* kContentUrl =
    "http://taskcluster/api/queue/v1/task/V87ZV9cmQE69d_wNxf5fdQ/runs/1/artifact-content/af%2Fpart%200.txt.zst";
constexpr const char* kBucket = "https://bucket.s3.amazonaws.com/x";

Reply s3(std::string url) { return {.body = R"({"storageType":"s3","url":")" + url + "\"}"}; }
Reply object_service_name() {
    return {.body = R"({"storageType":"object","name":"t/V/1/af/part 0.txt.zst",)"
                    R"("credentials":{"clientId":"artifact-download/V/1/af",)"
                    R"("accessToken":"secret","certificate":"{\"version\":1}"}})"};
}
Reply get_url(std::string hashes, std::string expires = "2023-11-14T23:15:20.262Z") {
    return {.body = R"({"method":"getUrl","url":"https://bucket.example.com/o?X-Amz-Signature=1","expires":")" +
                    expires + R"(","hashes":{)" + hashes + "}}"};
}
std::string sha256_of(std::string_view text) { return R"("sha256":")" + hex(as_text(sha256(text))) + "\""; }
Reply data(std::string body, HttpHeaders more = {}) {
    HttpHeaders headers{{"ETag", "\"e\""}, {"Content-Length", std::to_string(body.size())}};
    headers.insert(headers.end(), more.begin(), more.end());
    return {.body = std::move(body), .headers = std::move(headers)};
}
Reply part(std::string body, std::string range, HttpHeaders more = {}) {
    Reply reply = data(std::move(body), std::move(more));
    reply.status = 206;
    reply.headers.emplace_back("Content-Range", std::move(range));
    return reply;
}
Reply redirect(std::string location) { return {.status = 307, .headers = {{"Location", std::move(location)}}}; }

struct Bench {
    explicit Bench(std::vector<Reply> script, std::string root_url = "https://tc.example.com")
        : http(std::move(script)),
          client(http, Retrier{clock, [] { return 0.5; }, service_policy()},
                 {"http://taskcluster", std::move(root_url), std::nullopt, "test"}) {}

    std::string read(std::uint64_t size = kUnknownSize) {
        return run_task(read_object(store, sample_object(kName, size), data_retrier, 1 << 20, {}));
    }
    OpenObject open(std::uint64_t offset = 0, std::string if_match = "") {
        return run_task(store.open(kName, offset, std::move(if_match), {}));
    }
    Error error() {
        try {
            read();
        } catch (const Error& error) {
            return error;
        }
        return Error(ErrorKind::bug, "it was read");
    }
    std::string sent(std::size_t request, std::string_view header) const {
        return std::string(find_header(http.asked.at(request).headers, header).value_or(""));
    }
    std::size_t requests() const { return http.asked.size(); }

    FakeHttp http;
    test::SteppedClock clock{test::SteppedClock::jumps};  // begins at 2023-11-14T23:13:20Z
    BlockPool blocks{64 << 10};
    TaskclusterClient client;
    Retrier data_retrier{clock, [] { return 0.5; }, object_policy()};
    ArtifactStore store{client, http, data_retrier, blocks};
};

bool has(std::string_view text, std::string_view piece) { return text.find(piece) != text.npos; }

}  // namespace

TEST_CASE("Artifact names are parsed and written", "[taskcluster][artifact]") {
    const ArtifactName name = parse_artifact_name(kName).value();
    CHECK(name == ArtifactName{"V87ZV9cmQE69d_wNxf5fdQ", 1, "af/part 0.txt.zst"});
    CHECK(to_text(name) == kName);
    for (const char* wrong :
         {"", "s3://b/k", "artifact:", "artifact:V87ZV9cmQE69d_wNxf5fdQ", "artifact:V87ZV9cmQE69d_wNxf5fdQ/1",
          "artifact:x/1/a", "artifact:V87ZV9cmQE69d_wNxf5fdQ/-1/a", "artifact:V87ZV9cmQE69d_wNxf5fdQ/1001/a",
          "artifact:V87ZV9cmQE69d_wNxf5fdQ//a", "artifact:V87ZV9cmQE69d_wNxf5fdQ/0/a\nb",
          "artifact:V87ZV9cmQE69d_wNxf5fdQ/0/\xc3\xa9"}) {
        INFO(wrong);
        CHECK_FALSE(parse_artifact_name(wrong));
    }
}

TEST_CASE("An s3 artifact is read from where the queue says, without Authorization", "[taskcluster][artifact]") {
    Bench bench({s3("https://bucket.s3.amazonaws.com/x?X-Amz-Signature=1"), data("hello")}, "https://tc.example.com");
    CHECK(bench.read(5) == "hello");
    REQUIRE(bench.requests() == 2);
    CHECK(bench.http.asked[0].url == kContentUrl);
    CHECK(bench.http.asked[1].url == "https://bucket.s3.amazonaws.com/x?X-Amz-Signature=1");
    CHECK(bench.http.asked[1].headers.empty());
}

TEST_CASE("An object artifact is read with the hash the object service gives", "[taskcluster][artifact]") {
    Bench bench({object_service_name(), get_url(sha256_of("hello")), data("hello")});
    CHECK(bench.read() == "hello");
    REQUIRE(bench.requests() == 3);
    const HttpRequest& start = bench.http.asked[1];
    CHECK(start.method == "PUT");
    CHECK(start.url == "https://tc.example.com/api/object/v1/start-download/t%2FV%2F1%2Faf%2Fpart%200.txt.zst");
    CHECK(start.body == R"({"acceptDownloadMethods":{"getUrl":true,"simple":true}})");
    CHECK(bench.sent(1, "authorization").starts_with("Hawk id=\"artifact-download/V/1/af\""));
    CHECK(has(bench.sent(1, "authorization"), "ext=\""));
    CHECK(bench.sent(2, "authorization").empty());
}

TEST_CASE("Bytes with another hash are read once more, then refused", "[taskcluster][artifact]") {
    Bench healed({object_service_name(), get_url(sha256_of("hello")), data("hellO"), object_service_name(),
                  get_url(sha256_of("hello")), data("hello")});
    CHECK(healed.read() == "hello");
    Bench wrong({});
    wrong.http.answer = [&](const HttpRequest& request) {
        if (request.url == kContentUrl) return object_service_name();
        if (request.method == "PUT") return get_url(sha256_of("hello"));
        return data("hellO");
    };
    CHECK(wrong.error().kind() == ErrorKind::corrupt);
    CHECK(wrong.requests() == 6);
}

TEST_CASE("A SHA-512 will do, no hash will not", "[taskcluster][artifact]") {
    const std::string sha512_of_hello =
        "9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c"
        "3adef46f73bcdec043";
    Bench right({object_service_name(), get_url(R"("sha512":")" + sha512_of_hello + "\""), data("hello")});
    CHECK(right.read() == "hello");
    Bench wrong({object_service_name(), get_url(R"("sha512":")" + sha512_of_hello + "\""), data("hellO"),
                 object_service_name(), get_url(R"("sha512":")" + sha512_of_hello + "\""), data("hellO")});
    CHECK(wrong.error().kind() == ErrorKind::corrupt);
    for (const char* hashes : {"", R"("md5":"x")", R"("sha256":"abc")"}) {
        INFO(hashes);
        Bench none({object_service_name(), get_url(hashes), object_service_name(), get_url(hashes)});
        CHECK(none.error().kind() == ErrorKind::corrupt);
    }
}

TEST_CASE("A simple download may be redirected", "[taskcluster][artifact]") {
    Bench bench({object_service_name(),
                 {.body = R"({"method":"simple","url":"https://cdn.example.com/a"})"},
                 redirect("https://other.example.com/b"),
                 data("hello")});
    CHECK(bench.read() == "hello");
    CHECK(bench.http.asked[3].url == "https://other.example.com/b");
}

TEST_CASE("A reference is refused without being looked at", "[taskcluster][artifact]") {
    Bench bench({{.body = R"({"storageType":"reference","url":"https://evil.example.com/"})"}});
    CHECK(bench.error().kind() == ErrorKind::refused);
    CHECK(bench.requests() == 1);
    Bench later({{.body = R"({"storageType":"azure","url":"https://evil.example.com/"})"}});
    CHECK(later.error().kind() == ErrorKind::refused);
    CHECK(later.requests() == 1);
}

TEST_CASE("An error artifact and one that is not there are missing, with the reason", "[taskcluster][artifact]") {
    Bench error({{.body = R"({"storageType":"error","reason":"file-missing-on-worker","message":"no such file"})"}});
    const Error failed = error.error();
    CHECK(failed.kind() == ErrorKind::not_found);
    CHECK(failed.item() == kName);
    CHECK(has(failed.what(), "file-missing-on-worker: no such file"));
    Bench none({{.status = 404, .body = R"({"code":"ResourceNotFound","message":"Artifact not found"})"}});
    const Error missing = none.error();
    CHECK(missing.kind() == ErrorKind::not_found);
    CHECK(missing.item() == kName);
    CHECK(has(missing.what(), "Artifact not found"));
    Bench gone({s3(kBucket), {.status = 404, .body = "<Error><Code>NoSuchKey</Code></Error>"}});
    CHECK(gone.error().kind() == ErrorKind::not_found);
    CHECK(gone.requests() == 2);
}

TEST_CASE("Redirects are followed where it is safe", "[taskcluster][artifact]") {
    Bench fine({s3(kBucket), redirect("https://cdn.example.com/y"), redirect("/z"), data("hello")});
    CHECK(fine.read() == "hello");
    CHECK(fine.http.asked[3].url == "https://cdn.example.com/z");
    CHECK(fine.http.asked[3].headers.empty());
    for (const char* target :
         {"http://cdn.example.com/y", "https://169.254.169.254/latest/meta-data/", "http://169.254.169.254/",
          "https://[fe80::1]/", "https://127.0.0.1/", "http://localhost:8080/", "file:///etc/passwd", "gopher://x/",
          "//evil.example.com/y", ""}) {
        INFO(target);
        Bench bench({s3(kBucket), redirect(target)});
        CHECK(bench.error().kind() == ErrorKind::refused);
        CHECK(bench.requests() == 2);
    }
    Bench endless({s3(kBucket)});
    endless.http.answer = [](const HttpRequest&) { return redirect("https://cdn.example.com/y"); };
    CHECK(has(endless.error().what(), "REDIRECT_REFUSED"));
    CHECK(endless.requests() == 5);
    Bench never({object_service_name(), get_url(sha256_of("hello")), redirect("https://cdn.example.com/y")});
    CHECK(has(never.error().what(), "REDIRECT_REFUSED"));
}

TEST_CASE("Plain http and loopback are for deployments that are there themselves", "[taskcluster][artifact]") {
    const auto allowed = [](const char* url, const char* root) { return check_artifact_url(url, root).has_value(); };
    CHECK(allowed("http://127.0.0.1:18090/b", "http://127.0.0.1:18080"));
    CHECK(allowed("http://localhost:18090/b", "http://127.0.0.1:18080"));
    CHECK(allowed("http://tc.lan/b", "http://tc.lan"));
    CHECK(allowed("https://anywhere.example.com/", ""));
    CHECK_FALSE(allowed("http://127.0.0.1:18090/b", "https://tc.example.com"));
    CHECK_FALSE(allowed("http://127.0.0.1:18090/b", ""));
    CHECK_FALSE(allowed("http://other.lan/b", "http://tc.lan"));
    CHECK_FALSE(allowed("http://other.lan/b", "http://127.0.0.1:18080"));
    CHECK_FALSE(allowed("http://169.254.169.254/", "http://127.0.0.1:18080"));
    CHECK_FALSE(allowed("http://169.254.169.254/", "http://169.254.169.254"));
}

TEST_CASE("What a worker gzipped is read as it was", "[taskcluster][artifact]") {
    const std::string text(300'000, 'x');
    Bench bench({s3(kBucket), data(af::gzip(text), {{"Content-Encoding", "gzip"}})});
    CHECK(bench.read(text.size()) == text);
    Bench hashed(
        {object_service_name(), get_url(sha256_of(text)), data(af::gzip(text), {{"Content-Encoding", "GZIP"}})});
    CHECK(hashed.read() == text);
    Bench plain({s3(kBucket), data("hello", {{"Content-Encoding", "identity"}})});
    CHECK(plain.read(5) == "hello");
    Bench unknown({s3(kBucket), data("hello", {{"Content-Encoding", "br"}}), s3(kBucket),
                   data("hello", {{"Content-Encoding", "br"}})});
    CHECK(unknown.error().kind() == ErrorKind::corrupt);
}

TEST_CASE("A gzipped artifact that is damaged, cut or too long is corrupt", "[taskcluster][artifact]") {
    const std::string stored = af::gzip(std::string(10'000, 'x') + "end");
    const auto error_with = [](const std::string& bytes, ExpectedBytes expected) {
        Bench bench({});
        bench.store.expect(kName, std::move(expected));
        bench.http.answer = [&](const HttpRequest& request) {
            return request.url == kContentUrl ? s3(kBucket) : data(bytes, {{"Content-Encoding", "gzip"}});
        };
        return bench.error();
    };
    std::string flipped = stored;
    flipped[stored.size() - 6] ^= 1;  // in the CRC
    CHECK(error_with(flipped, {}).kind() == ErrorKind::corrupt);
    CHECK(error_with(stored.substr(0, stored.size() - 9), {}).kind() == ErrorKind::corrupt);
    CHECK(error_with(stored + "x", {}).kind() == ErrorKind::corrupt);
    CHECK(error_with("", {}).kind() == ErrorKind::corrupt);
    CHECK(has(error_with(stored, {.size = 5000}).what(), "more than 5000 bytes"));
}

TEST_CASE("A body that breaks goes on where it broke, of the same version only", "[taskcluster][artifact]") {
    Reply broken = data("hel");
    broken.headers[1].second = "5";
    broken.body_breaks = Error(ErrorKind::unavailable, "reset");
    Bench bench({s3(kBucket), broken, s3(kBucket), part("lo", "bytes 3-4/5")});
    CHECK(bench.read(5) == "hello");
    CHECK(bench.sent(3, "range") == "bytes=3-");
    CHECK(bench.sent(3, "if-match") == "\"e\"");

    Bench changed({s3(kBucket), broken, s3(kBucket), {.status = 412}});
    CHECK_THROWS_AS(run_task(read_object(changed.store, sample_object(kName), changed.data_retrier, 100, {})), Error);
}

TEST_CASE("An encoded body that breaks is sent again from its start", "[taskcluster][artifact]") {
    const std::string text = "hello, hello";
    const std::string stored = af::gzip(text);
    for (const Reply& answer_to_range :
         {part(stored.substr(3), fmt::format("bytes 3-{}/{}", stored.size() - 1, stored.size()),
               {{"Content-Encoding", "gzip"}}),
          Reply{.status = 416}}) {
        Bench bench({s3(kBucket), answer_to_range, data(stored, {{"Content-Encoding", "gzip"}})});
        OpenObject object = bench.open(3, "\"e\"");
        CHECK(object.offset == 0);
        CHECK(object.size == kUnknownSize);
        CHECK(object.etag == "\"e\"");
        CHECK(run_task(read_all(*object.body, 100)) == text);
        CHECK(bench.sent(1, "range") == "bytes=3-");
        CHECK(bench.sent(2, "range").empty());
        CHECK(bench.requests() == 3);
    }
}

TEST_CASE("A weak etag is not sent as a condition", "[taskcluster][artifact]") {
    Bench bench({s3(kBucket), part("lo", "bytes 3-4/5")});
    bench.open(3, "W/\"e\"");
    CHECK(bench.sent(1, "if-match").empty());
}

TEST_CASE("Stores that fail are asked again with the same URL", "[taskcluster][artifact]") {
    Bench bench({s3(kBucket),
                 {.status = 503, .body = "<Error><Code>SlowDown</Code></Error>", .headers = {{"Retry-After", "7"}}},
                 {.status = 500},
                 {.error = Error(ErrorKind::unavailable, "reset")},
                 data("hello")});
    CHECK(bench.read() == "hello");
    CHECK(bench.requests() == 5);
    CHECK(bench.clock.sleeps()[0] == std::chrono::seconds(7));
    CHECK(bench.http.asked[4].fresh_connection);

    Bench down({s3(kBucket)});
    down.http.answer = [](const HttpRequest&) { return Reply{.status = 500}; };
    const Error error = down.error();
    CHECK(error.kind() == ErrorKind::unavailable);
    CHECK(error.attempts() == 6);
    CHECK(down.requests() == 7);
}

TEST_CASE("A signed URL that has expired is asked for anew, one that has not is refused", "[taskcluster][artifact]") {
    const std::string first =
        "https://bucket.s3.amazonaws.com/x?X-Amz-Date=20231114T225319Z&X-Amz-Expires=1200";  // one second ago
    const std::string second =
        "https://bucket.s3.amazonaws.com/x?X-Amz-Date=20231114T231320Z&X-Amz-Expires=1200";  // good for 20 minutes
    const Reply denied{.status = 403,
                       .body = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"};
    Bench bench({s3(first), denied, s3(second), data("hello")});
    CHECK(bench.read() == "hello");
    CHECK(bench.http.asked[3].url == second);

    Bench refused({s3(second), denied});
    CHECK(refused.error().kind() == ErrorKind::refused);
    CHECK(refused.requests() == 2);

    Reply dated = denied;  // by the store's clock it has expired
    dated.headers = {{"Date", "Tue, 14 Nov 2023 23:33:21 GMT"}};
    Bench slow_clock({s3(second), dated, s3(second), data("hello")});
    CHECK(slow_clock.read() == "hello");

    Bench object({object_service_name(), get_url(sha256_of("hello"), "2023-11-14T23:13:19.000Z"), denied,
                  object_service_name(), get_url(sha256_of("hello")), data("hello")});
    CHECK(object.read() == "hello");

    Bench always({});
    always.http.answer = [&](const HttpRequest& request) { return request.url == kContentUrl ? s3(first) : denied; };
    CHECK(always.error().kind() == ErrorKind::unavailable);
    CHECK(always.requests() == 12);
}

TEST_CASE("The queue is not asked again for what its client has given up", "[taskcluster][artifact]") {
    Bench bench({});
    bench.http.answer = [](const HttpRequest&) { return Reply{.status = 503}; };
    const Error error = bench.error();
    CHECK(error.kind() == ErrorKind::unavailable);
    CHECK(bench.requests() == 6);
}

TEST_CASE("What a manifest says of an artifact must hold", "[taskcluster][artifact]") {
    const std::string right = hex(as_text(sha256("hello")));
    Bench holds({s3(kBucket), data("hello")});
    holds.store.expect(kName, {.size = 5, .sha256 = right});
    CHECK(holds.read() == "hello");

    Bench shorter({s3(kBucket), data("hell"), s3(kBucket), data("hell")});
    shorter.store.expect(kName, {.size = 5, .sha256 = right});
    CHECK(has(shorter.error().what(), "it has 4 bytes, its manifest says 5"));

    Bench flipped({s3(kBucket), data("hellO"), s3(kBucket), data("hellO")});
    flipped.store.expect(kName, {.size = 5, .sha256 = right});
    CHECK(flipped.error().kind() == ErrorKind::corrupt);

    Bench gzipped({});
    gzipped.http.answer = [](const HttpRequest& request) {
        return request.url == kContentUrl ? s3(kBucket) : data(af::gzip("hell"), {{"Content-Encoding", "gzip"}});
    };
    gzipped.store.expect(kName, {.size = 5, .sha256 = right});
    CHECK(gzipped.error().kind() == ErrorKind::corrupt);

    Bench contradicted({object_service_name(), get_url(sha256_of("other")), data("hello"), object_service_name(),
                        get_url(sha256_of("other")), data("hello")});
    contradicted.store.expect(kName, {.size = 5, .sha256 = right});
    CHECK(has(contradicted.error().what(), "another SHA-256"));

    CHECK_THROWS_AS(holds.store.expect(kName, {.size = 5, .sha256 = "xyz"}), Error);
}

TEST_CASE("The artifacts of a run are listed as objects", "[taskcluster][artifact]") {
    Bench bench({{.body = R"({"artifacts":[{"storageType":"s3","name":"af/a","expires":"x"},{"storageType":"s3",)"
                          R"("name":"public/logs/live.log","expires":"x"}],"continuationToken":"T"})"}});
    const ListPage page = run_task(bench.store.list("artifact:V87ZV9cmQE69d_wNxf5fdQ/0/af/", "", "", {}));
    REQUIRE(page.objects.size() == 1);
    CHECK(page.objects[0].name == "artifact:V87ZV9cmQE69d_wNxf5fdQ/0/af/a");
    CHECK(page.next_token == "T");
    CHECK_THROWS_AS(run_task(bench.store.list("artifact:V87ZV9cmQE69d_wNxf5fdQ/0/", "/", "", {})), Error);
}
