#include "cli/help_format.hpp"

#include <catch2/catch.hpp>

namespace af {

TEST_CASE("the first sentence of a help text ends at a mark that white space follows", "[help]") {
    CHECK(first_sentence("Runs a job: fetch, map.\nMore.") == "Runs a job");
    CHECK(first_sentence("Writes NAME.pem.\n\nexample: x") == "Writes NAME.pem");
    CHECK(first_sentence("two\nlines") == "two lines");
    CHECK(first_sentence("no mark\n\nexample") == "no mark");
    CHECK(first_sentence("") == "");
}

TEST_CASE("help lists a subcommand in one line", "[help]") {
    CLI::App app("About.", "af");
    CLI::App* run = app.add_subcommand("run", "Runs a job: all of it.\n\nexample: af run");
    CHECK(HelpFormat().make_subcommand(run) == "  run           Runs a job\n");
}

}  // namespace af
