#include "cli/completion.hpp"

#include "cli/completion_cases.hpp"
#include "cli/setting_names.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <catch2/catch.hpp>

using namespace af;

namespace {

struct Parser {
    CLI::App app{"About it. More.", "af"};
    std::string job, mode, setting;
    unsigned workers = 0;
    bool quiet = false;
    std::vector<std::string> inputs;

    Parser() {
        CLI::App* run = app.add_subcommand("run", "Runs it.\nAt length.");
        run->add_option("-j,--job", job, "the job")->type_name("PATH");
        run->add_option("--mode", mode, "how")->check(CLI::IsMember({"fast", "slow"}));
        run->add_option("--workers", workers, "how many");
        run->add_flag("-q,--quiet", quiet, "say it's nothing");
        run->add_option("INPUT", inputs, "what");
        CLI::App* get = app.add_subcommand("config")->add_subcommand("get", "One: of them.");
        get->add_option("NAME", setting)->type_name("SETTING");
    }
};

const CompletedOption& option(const CompletedCommand& command, std::string_view name) {
    for (const CompletedOption& candidate : command.options) {
        if (candidate.names.front() == name) return candidate;
    }
    throw std::runtime_error("no option " + std::string(name));
}

}  // namespace

TEST_CASE("what a shell can offer is what the parser takes", "[completion]") {
    Parser parser;
    const CompletedCommand root = completed_command(parser.app);
    REQUIRE(root.commands.size() == 2);
    const CompletedCommand& run = root.commands[1];
    CHECK(run.path == "af run");
    CHECK(run.about == "Runs it");
    CHECK(option(run, "--job").names == std::vector<std::string>{"--job", "-j"});
    CHECK(option(run, "--job").value.files);
    CHECK(option(run, "--mode").value.words == std::vector<std::string>{"fast", "slow"});
    CHECK_FALSE(option(run, "--mode").value.files);
    CHECK(option(run, "--workers").takes_value);
    CHECK_FALSE(option(run, "--workers").value.files);
    CHECK_FALSE(option(run, "--quiet").takes_value);
    REQUIRE(run.arguments.size() == 1);
    CHECK(run.arguments[0].repeats);
    CHECK(run.arguments[0].value.files);
    const CompletedCommand& get = root.commands[0].commands[0];
    CHECK(get.path == "af config get");
    CHECK(get.arguments[0].value.words.size() == setting_names().size());
    CHECK_FALSE(get.arguments[0].repeats);
}

TEST_CASE("texts reach the scripts in quotes", "[completion]") {
    Parser parser;
    const CompletedCommand root = completed_command(parser.app);
    CHECK(shell_quoted("it's") == "'it'\\''s'");
    CHECK_THAT(zsh_completion(root), Catch::Contains("'--quiet:say it'\\''s nothing'"));
    CHECK_THAT(fish_completion(root), Catch::Contains("'say it\\'s nothing'"));
}

TEST_CASE("patterns tell where on the command line somebody is", "[completion]") {
    Parser parser;
    const CompletedCommand root = completed_command(parser.app);
    CHECK(command_patterns(root) == "'af config'|'af config get'|'af run'");
    CHECK(option_patterns(root) == "'af run --job'|'af run -j'|'af run --mode'|'af run --workers'");
    CHECK(argument_pattern(root.commands[1], 0) == "'af run:'*");
    CHECK(argument_pattern(root.commands[0].commands[0], 0) == "'af config get:0'");
}
