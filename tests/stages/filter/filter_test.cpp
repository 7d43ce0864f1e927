#include "stages/filter/explain.hpp"
#include "stages/filter/layout.hpp"
#include "stages/filter/parse_filter.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace af;

namespace {

constexpr std::chrono::year_month_day kToday{std::chrono::year(2013), std::chrono::March, std::chrono::day(2)};

// A filter with these allowed_values (JSON) at one level and "*" elsewhere.
std::string with(std::size_t level, std::string_view allowed) {
    std::string dimensions;
    for (std::size_t i = 0; i < kLevels; ++i) {
        dimensions += fmt::format(R"({}{{"field_name": "{}", "allowed_values": {}}})", i ? ", " : "", kLevelNames[i],
                                  i == level ? allowed : "\"*\"");
    }
    return fmt::format(R"({{"version": 1, "dimensions": [{}]}})", dimensions);
}

Filter parsed(std::size_t level, std::string_view allowed) {
    return parse_filter(with(level, allowed), "f.json", kToday);
}

bool allows(std::size_t level, std::string_view allowed, std::string_view value) {
    return parsed(level, allowed).matches_level(level, value);
}

std::string refusal(std::string_view json) {
    try {
        parse_filter(json, "f.json", kToday);
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::config);
        return error.what();
    }
    return "accepted";
}

std::string warning(std::size_t level, std::string_view allowed) {
    const Filter filter = parsed(level, allowed);
    if (filter.warnings().size() != 1) return fmt::format("{} warnings", filter.warnings().size());
    return filter.warnings()[0].path + " " + filter.warnings()[0].text;
}

constexpr std::string_view kName = "saved_session/Firefox/nightly/22.0a1/20130314030914.20131119.v2.log.0123.lzma";

}  // namespace

TEST_CASE("a filter allows everything, a list, a range or one string, as in 2014", "[filter]") {
    CHECK(allows(0, R"("*")", "x"));
    CHECK(allows(0, R"(["idle-daily", "saved-session"])", "saved_session"));
    CHECK_FALSE(allows(0, R"(["idle-daily"])", "saved_session"));
    CHECK(allows(0, R"("saved_session")", "saved_session"));
    CHECK_FALSE(allows(0, R"("saved-session")", "saved_session"));
    CHECK(allows(5, R"({"min": "20130601", "max": "20130607"})", "20130607"));
    CHECK(allows(5, R"({"min": "20130601", "max": "20130607"})", "20130601"));
    CHECK_FALSE(allows(5, R"({"min": "20130601", "max": "20130607"})", "20130608"));
    CHECK(allows(5, "{}", "anything"));
}

TEST_CASE("bounds are compared as text", "[filter]") {
    CHECK_FALSE(allows(4, R"({"max": "20130607"})", "20130607030201"));
    CHECK(allows(4, R"({"min": "20140228"})", "20140228000001"));
    CHECK(allows(3, R"({"min": "27.0"})", "9.0"));
    CHECK(allows(3, R"({"min": "27.0"})", "OTHER"));
    CHECK_FALSE(allows(3, R"({"max": "27.0"})", "UNKNOWN"));
    CHECK(allows(3, R"({"max": "27.0"})", ""));
}

TEST_CASE("the additions: through, not, glob, regex and days", "[filter]") {
    CHECK(allows(4, R"({"through": "20130607"})", "20130607030201"));
    CHECK_FALSE(allows(4, R"({"through": "20130607"})", "20130608"));
    CHECK_FALSE(allows(2, R"({"not": ["nightly", "aurora"]})", "nightly"));
    CHECK(allows(2, R"({"not": ["nightly", "aurora"]})", "beta"));
    CHECK(allows(3, R"({"glob": "2?.*a1", "not": "24.0a1"})", "22.0a1"));
    CHECK_FALSE(allows(3, R"({"glob": "2?.*a1", "not": "24.0a1"})", "24.0a1"));
    CHECK_FALSE(allows(3, R"({"glob": "2?.*a1"})", "22xa1"));
    CHECK(allows(3, R"({"regex": "2[2-4]\\.0(a1)?"})", "23.0"));
    CHECK_FALSE(allows(3, R"({"regex": "2[2-4]\\.0"})", "23.0a1"));
    CHECK(allows(5, R"({"days": 3})", "20130302"));
    CHECK(allows(5, R"({"days": 3})", "20130228"));
    CHECK_FALSE(allows(5, R"({"days": 3})", "20130227"));
    CHECK_FALSE(allows(5, R"({"days": 3})", "20130303"));
    CHECK(allows(4, R"({"days": 1})", "20130302235959"));
}

TEST_CASE("globs match as Python's fnmatch does", "[filter]") {
    CHECK(glob_to_regex("a[!b-d]*.x") == "a[^b-d].*\\.x");
    CHECK(allows(3, R"({"glob": "[]a]x"})", "]x"));
    CHECK(allows(3, R"({"glob": "[abc"})", "[abc"));
    CHECK(allows(3, R"({"glob": "a[-b]"})", "a-"));
}

TEST_CASE("a filter that can only be a mistake is refused with its place", "[filter]") {
    CHECK(refusal("{") ==
          "f.json: not valid JSON: parse error at line 1, column 2: syntax error while parsing object key - unexpected "
          "end of input; expected string literal");
    CHECK(refusal("[]") == "f.json: not a JSON object");
    CHECK(refusal(R"({"dimensions": []})") == "f.json: version is missing");
    CHECK(refusal(R"({"version": 2, "dimensions": []})") ==
          "f.json: version 2 is not known; this program reads version 1");
    CHECK(refusal(R"({"version": 1.0, "dimensions": []})") ==
          "f.json: version 1.0 is not known; this program reads version 1");
    CHECK(refusal(R"({"version": 1, "version": 1})") == "f.json: the key \"version\" appears twice in one object");
    CHECK(refusal(R"({"version": 1})") == "f.json: dimensions is missing");
    CHECK(refusal(with(0, "null")) ==
          "f.json: dimensions[0].allowed_values is null, it must be \"*\", text, a list or an object");
    CHECK(refusal(with(1, "[\"a\", 7]")) ==
          "f.json: dimensions[1].allowed_values[1] is 7, it must be text: values are compared as text");
    CHECK(refusal(with(5, R"({"min": 20130601})")) ==
          "f.json: dimensions[5].allowed_values.min is 20130601, it must be text: values are compared as text");
    CHECK(refusal(with(5, R"({"max": "2", "through": "2"})")) ==
          "f.json: dimensions[5].allowed_values has both max and through");
    CHECK(refusal(with(5, R"({"days": 0})")) ==
          "f.json: dimensions[5].allowed_values.days is 0, it must be a number from 1 to 36500");
    CHECK(refusal(with(2, R"({"days": 7})")) ==
          "f.json: dimensions[2].allowed_values.days appUpdateChannel holds no date");
    CHECK(refusal(with(2, R"({"regex": "a("})")) ==
          "f.json: dimensions[2].allowed_values.regex \"a(\" is not a valid pattern: missing ): a(");
    CHECK(refusal(with(0, std::string(80, '[') + std::string(80, ']'))) == "f.json: nested deeper than 64 levels");
    CHECK(refusal(std::string((1 << 20) + 1, ' ')) == "f.json: 1048577 bytes, more than the 1048576 allowed");
}

TEST_CASE("dimensions that are missing, too many or in another order are refused", "[filter]") {
    std::string five = with(0, "\"*\"");
    five.erase(five.rfind(", {"));
    five += "]}";
    CHECK(refusal(five) ==
          "f.json: dimensions has 5 dimensions, it must have six: reason, appName, appUpdateChannel, appVersion, "
          "appBuildID, submission_date");
    std::string seven = with(0, "\"*\"");
    seven.insert(seven.size() - 2, R"(, {"field_name": "x", "allowed_values": "*"})");
    CHECK(refusal(seven).starts_with("f.json: dimensions has 7 dimensions, it must have six"));
    std::string swapped = with(0, "\"*\"");
    swapped.replace(swapped.find("appName"), 7, "appVersion");
    CHECK(refusal(swapped) == "f.json: dimensions[1].field_name is \"appVersion\", it must be \"appName\"");
}

TEST_CASE("what is valid but rarely meant is warned of", "[filter]") {
    CHECK(warning(5, R"({"min": "20130607", "max": "20130601"})") ==
          "dimensions[5].allowed_values min \"20130607\" is above max \"20130601\": nothing matches");
    CHECK(warning(3, R"({"min": "27.0", "max": "30.0a1"})") ==
          "dimensions[3].allowed_values min and max have 4 and 6 characters; they are compared as text, so \"9\" is "
          "above \"10\"");
    CHECK(warning(0, R"("saved-session")") ==
          "dimensions[0].allowed_values \"saved-session\" never matches, paths hold \"saved_session\"; write "
          "[\"saved-session\"]");
    CHECK(warning(0, R"(["*"])") ==
          "dimensions[0].allowed_values[0] \"*\" inside a list is the value \"_\", not everything; write \"*\" without "
          "the list");
    CHECK(warning(0, "[]") == "dimensions[0].allowed_values an empty list allows nothing");
    CHECK(warning(4, R"({"max": "20130607"})") ==
          "dimensions[4].allowed_values.max \"20130607\" leaves out the builds that begin with it; write \"through\": "
          "\"20130607\"");
    CHECK(
        warning(5, R"({"min": "2013-06-07"})") ==
        "dimensions[5].allowed_values.min \"2013-06-07\" is compared as it stands, but paths hold no such characters");
    CHECK(warning(5, R"({"trough": "20130607"})") ==
          "dimensions[5].allowed_values.trough is not known and ignored (did you mean \"through\"?)");
}

TEST_CASE("the layout splits a name into six dimensions", "[filter]") {
    const auto dimensions = dimensions_of(kName);
    REQUIRE(dimensions);
    CHECK(*dimensions == Dimensions{"saved_session", "Firefox", "nightly", "22.0a1", "20130314030914", "20131119"});
    CHECK(dimensions_of("r/a/c/v/b.d") == Dimensions{"r", "a", "c", "v", "b", "d"});
    CHECK(layout_tail("data/" + std::string(kName)) == kName);
    CHECK(layout_tail("a/b") == "a/b");
}

TEST_CASE("a name that does not fit the layout is reported and never kept", "[filter]") {
    CHECK_FALSE(dimensions_of(""));
    CHECK_FALSE(dimensions_of("r/a/c/v/name-without-dot"));
    CHECK_FALSE(dimensions_of("r/a/c/b.d"));
    CHECK_FALSE(dimensions_of("r/a/c/v/w/b.d"));
    CHECK(dimensions_of("////.") == Dimensions{});
    FilterTally tally;
    CHECK_FALSE(tally.keeps_object(Filter(), "README.txt"));
    CHECK(tally.misfits() == 1);
    CHECK(tally.misfit_examples() == std::vector<std::string>{"README.txt"});
}

TEST_CASE("an explanation counts what each level let through and proposes near values", "[filter]") {
    const Filter filter = parsed(2, R"(["nightyl"])");
    FilterTally tally;
    CHECK_FALSE(tally.keeps_object(filter, kName));
    CHECK_FALSE(tally.keeps_object(filter, "saved_session/Firefox/beta/22.0/20130314030914.20131119.log.x.lzma"));
    const Explanation explanation = explain(filter, tally);
    CHECK(explanation.levels[1].passed == 2);
    CHECK(explanation.levels[2].reached == 2);
    CHECK(explanation.levels[2].values_allowed == 0);
    CHECK(explanation.levels[2].near == std::vector<std::string>{"nightly"});
    CHECK(explanation.levels[3].reached == 0);
    CHECK(where_all_was_lost(explanation) ==
          "appUpdateChannel allows \"nightyl\", but \"beta\", \"nightly\" was seen (did you mean \"nightly\"?)");
    CHECK(to_text(explanation).find("near: nightly") != std::string::npos);
}

TEST_CASE("an explanation without anything looked at says what each level allows", "[filter]") {
    const Explanation explanation = explain(parsed(5, R"({"min": "20130601", "max": "20130607"})"), FilterTally());
    CHECK(explanation.levels[5].allows == "from \"20130601\" to \"20130607\"");
    CHECK(explanation.levels[0].allows == "anything");
    CHECK_FALSE(where_all_was_lost(explanation));
}
