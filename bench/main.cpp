#include "bench/command.hpp"
#include "engine/error.hpp"
#include "engine/own_process.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <system_error>
#include <vector>

namespace {

const af::bench::Command* const kCommands[] = {&af::bench::kGenerateCommand, &af::bench::kGeneratePairsCommand,
                                               &af::bench::kFetchCommand, &af::bench::kTuneCommand,
                                               &af::bench::kCompareCommand};

// One line and the status of README.md, as those of `af`.
int report(const af::Error& error) {
    const int status = error.kind() == af::ErrorKind::usage ? 2 : af::exit_code(error.kind());
    std::fprintf(stderr, "%s\n", af::error_line("af-bench", error, status).c_str());
    return status;
}

int refuse(const CLI::ParseError& error, const CLI::App& app) {
    const std::vector<CLI::App*> chosen = app.get_subcommands();
    const std::string command = chosen.empty() ? "af-bench" : "af-bench " + chosen.front()->get_name();
    return report(af::Error(af::ErrorKind::usage, error.what()).about(command).hint("see " + command + " --help"));
}

}  // namespace

int main(int argc, char** argv) {
    af::keep_freed_memory();  // as af does
    CLI::App app{"af-bench: data and measurements for the Analysis Framework"};
    app.require_subcommand(1);
    for (const auto* command : kCommands) command->define(*app.add_subcommand(command->name, command->purpose));
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return error.get_exit_code() == 0 ? app.exit(error) : refuse(error, app);  // 0: --help
    } catch (const af::Error& error) {
        return report(error);
    } catch (const std::system_error& error) {  // of std::filesystem
        return report(af::os_error(error.code().value(), error.what()));
    } catch (const std::bad_alloc&) {
        return report(af::Error(af::ErrorKind::os, "out of memory").hint("ask for less at a time"));
    }
}
