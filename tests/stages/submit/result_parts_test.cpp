#include "stages/submit/result_parts.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace af;

namespace {

nlohmann::json manifest() {
    return nlohmann::json::parse(R"({"version":2,"status":"complete","job_sha256":"ab",
        "input":{"objects_asked":3,"objects_read":3,"objects_lost":0},
        "output":[{"name":"result.txt","bytes":11,"lines":2,"sha256":"cd"}],
        "objects":[{"name":"a"},{"name":"b"}],"stages":[]})");
}

ErrorKind refusal(const nlohmann::json& json) {
    try {
        parse_result_manifest(json.dump());
    } catch (const Error& error) {
        return error.kind();
    }
    return ErrorKind::bug;
}

}  // namespace

TEST_CASE("The manifest of a reducer says what its result is, and stays as it is", "[submit][result]") {
    const std::string text = manifest().dump(2);
    const ResultPart part = parse_result_manifest(text);
    CHECK(part.manifest == text);
    CHECK(part.file.name == "result.txt");
    CHECK(part.file.bytes == 11);
    CHECK(part.file.lines == 2);
    CHECK(part.file.sha256 == "cd");
    CHECK(part.objects_asked == 3);
    CHECK(part.objects_lost == 0);
}

TEST_CASE("What is no manifest of a result is refused", "[submit][result]") {
    for (const char* change : {R"({"version":"2"})", R"({"status":"failed"})", R"({"output":[]})", R"({"input":null})",
                               R"({"output":[{"name":"../x","bytes":1,"lines":1,"sha256":""}]})",
                               R"({"output":[{"name":"x","bytes":-1,"lines":1,"sha256":""}]})"}) {
        nlohmann::json json = manifest();
        json.update(nlohmann::json::parse(change));
        INFO(change);
        CHECK(refusal(json) == ErrorKind::corrupt);
    }
    nlohmann::json older = manifest();
    older["version"] = 1;
    CHECK(refusal(older) == ErrorKind::config);
    CHECK_THROWS_AS(parse_result_manifest("<html>"), Error);
    CHECK_THROWS_AS(parse_result_manifest(std::string(10'000, '[')), Error);
}
