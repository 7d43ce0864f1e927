#include "stages/s3/profile.hpp"

#include "stages/s3/credential_process.hpp"
#include "stages/s3/dates.hpp"
#include "tests/stages/s3/test_files.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/test_environment.hpp"

#include <catch2/catch.hpp>

using namespace af;
using test::environment_of;
using Words = std::vector<std::string>;

TEST_CASE("an AWS file is read with its comments, quotes and nested settings", "[s3][profile]") {
    auto sections = parse_ini(
        "# comment\r\n[default]\r\nRegion = eu-west-1 # near\r\n; another\n[profile \"my dev\"]\naws_access_key_id=AK\n"
        "s3 =\n  addressing_style = path\nnonsense\nkey = a=b#c\n[ profile x ]\nregion=r\n[broken\nregion=lost\n");
    CHECK(sections["default"]["region"] == "eu-west-1");
    CHECK(sections["profile my dev"]["aws_access_key_id"] == "AK");
    CHECK(sections["profile my dev"]["key"] == "a=b#c");
    CHECK(sections["profile my dev"].count("addressing_style") == 0);
    CHECK(sections["profile x"]["region"] == "r");
    CHECK(sections.size() == 3);
}

TEST_CASE("a profile is the union of both files, the credentials file first", "[s3][profile]") {
    test::Files files(
        test::Texts{{"config", "[profile dev]\nregion=eu-west-1\naws_access_key_id=OLD\n[default]\nregion=d\n"},
                    {"credentials", "[dev]\naws_access_key_id=NEW\naws_secret_access_key=S\n"}});
    std::map<std::string, std::string> variables{{"AWS_CONFIG_FILE", files.path("config")},
                                                 {"AWS_SHARED_CREDENTIALS_FILE", files.path("credentials")},
                                                 {"AWS_PROFILE", "dev"}};
    AwsProfile dev = read_profile(environment_of(variables)).value();
    CHECK(dev.chosen);
    CHECK(dev.settings["aws_access_key_id"] == "NEW");
    CHECK(dev.settings["region"] == "eu-west-1");
    CHECK(read_profile(environment_of(variables), "default").value().settings["region"] == "d");
    variables["AWS_PROFILE"] = "absent";
    auto absent = read_profile(environment_of(variables));
    REQUIRE_FALSE(absent);
    CHECK(absent.error().kind() == ErrorKind::config);
}

TEST_CASE("files below HOME are the default and may be missing", "[s3][profile]") {
    test::Files files(test::Texts{{".aws/config", "[default]\nregion=eu-north-1\n"}});
    AwsProfile profile = read_profile(environment_of({{"HOME", files.path("")}})).value();
    CHECK(profile.settings["region"] == "eu-north-1");
    CHECK_FALSE(profile.chosen);
    AwsProfile none = read_profile(environment_of({})).value();
    CHECK(none.name == "default");
    CHECK_FALSE(none.found);
}

TEST_CASE("the region is the variable's, else the profile's, else us-east-1", "[s3][profile]") {
    AwsProfile profile{"default", false, true, {{"region", "from-profile"}}};
    CHECK(aws_region(environment_of({{"AWS_REGION", "a"}, {"AWS_DEFAULT_REGION", "b"}}), profile) == "a");
    CHECK(aws_region(environment_of({{"AWS_REGION", ""}, {"AWS_DEFAULT_REGION", "b"}}), profile) == "b");
    CHECK(aws_region(environment_of({}), profile) == "from-profile");
    CHECK(aws_region(environment_of({}), {}) == "us-east-1");
}

TEST_CASE("a command line is split as a shell quotes, and nothing in it is special", "[s3][profile]") {
    CHECK(split_command_line("  a  'b c' \"d \\\" $e\" f\\ g '' x'y'\"z\" ").value() ==
          Words{"a", "b c", "d \" $e", "f g", "", "xyz"});
    CHECK(split_command_line("a;b $(c) `d` *").value() == Words{"a;b", "$(c)", "`d`", "*"});
    CHECK(split_command_line(R"("\a" '\')").value() == Words{"\\a", "\\"});
    CHECK(split_command_line("").value().empty());
    CHECK_FALSE(split_command_line("a 'b"));
}

TEST_CASE("credential_process is run without a shell, and nothing of it is left", "[s3][profile]") {
    auto output_of = [](Words command, Duration patience) {
        return test::run_task(run_credential_process(std::move(command), patience, {}));
    };
    const auto long_enough = std::chrono::seconds(20);
    const auto moment = std::chrono::milliseconds(50);
    CHECK(output_of({"/bin/echo", "a;b", "$(c)"}, long_enough) == "a;b $(c)\n");
    CHECK(output_of({"cat"}, long_enough).empty());
    CHECK_THROWS_WITH(output_of({"/nonexistent/x"}, long_enough), Catch::Contains("/nonexistent/x"));
    CHECK_THROWS_WITH(output_of({"false"}, long_enough), Catch::Contains("status 1"));
    CHECK_THROWS_WITH(output_of({"sh", "-c", "echo token expired >&2; exit 3"}, long_enough),
                      Catch::Contains("token expired"));
    CHECK_THROWS_WITH(output_of({"sh", "-c", "kill -9 $$"}, long_enough), Catch::Contains("signal 9"));
    CHECK_THROWS_WITH(output_of({"cat", "/dev/zero"}, long_enough), Catch::Contains("64 KiB"));
    CHECK_THROWS_WITH(output_of({"sleep", "1000"}, moment), Catch::Contains("did nothing"));
    CHECK_THROWS_WITH(output_of({"sh", "-c", "exec >&-; sleep 1000"}, moment), Catch::Contains("did nothing"));
}

TEST_CASE("credentials in JSON are read, and no part of a bad reply gets into the message", "[s3][profile]") {
    AwsCredentials good = parse_credentials_json(R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","Token":"T",
        "Expiration":"2015-10-21T07:28:00Z"})", "test").value();
    CHECK(good.keys == AwsKeys{"A", "S", "T"});
    CHECK(good.expires == parse_iso_date("2015-10-21T07:28:00Z"));
    for (const char* bad : {"", "[]", "{}", R"({"AccessKeyId":"A","SecretAccessKey":"canary)",
                            R"({"AccessKeyId":1,"SecretAccessKey":"canary"})",
                            R"({"AccessKeyId":"A","SecretAccessKey":"canary","Expiration":"soon"})"}) {
        INFO(bad);
        auto credentials = parse_credentials_json(bad, "test");
        REQUIRE_FALSE(credentials);
        CHECK(std::string(credentials.error().what()).find("canary") == std::string::npos);
    }
}

TEST_CASE("dates are read in the notations of AWS", "[s3][dates]") {
    WallTime at{std::chrono::seconds(1445412480)};
    CHECK(parse_http_date("Wed, 21 Oct 2015 07:28:00 GMT") == at);
    for (const char* text :
         {"2015-10-21T07:28:00Z", "2015-10-21T07:28:00.000Z", "2015-10-21T09:28:00+02:00", "2015-10-21T05:58:00-01:30"})
        CHECK(parse_iso_date(text) == at);
    CHECK(parse_iso_date("2015-10-21T09:28:00.25+02:00") == at + std::chrono::milliseconds(250));
    CHECK(parse_iso_date("2015-10-21T07:28:00.0001234567891Z") == at + std::chrono::nanoseconds(123'456));
    CHECK(to_iso_date(at) == "2015-10-21T07:28:00Z");
    for (const char* text :
         {"", "2015-10-21", "2015-10-21T07:28:00", "2015-10-21T07:28:00.Z", "2015-10-21T07:28:00+2", "x"}) {
        CHECK_FALSE(parse_iso_date(text));
        CHECK_FALSE(parse_http_date(text));
    }
}
