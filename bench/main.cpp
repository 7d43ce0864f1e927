#include "bench/command.hpp"
#include "engine/error.hpp"
#include "engine/own_process.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>

namespace {

const af::bench::Command* const kCommands[] = {&af::bench::kGenerateCommand, &af::bench::kGeneratePairsCommand,
                                               &af::bench::kFetchCommand, &af::bench::kTuneCommand, &af::bench::kCompareCommand};

}  // namespace

int main(int argc, char** argv) {
    af::keep_freed_memory();  // as af does
    CLI::App app{"af-bench: data and measurements for the Analysis Framework"};
    app.require_subcommand(1);
    for (const auto* command : kCommands) command->define(*app.add_subcommand(command->name, command->purpose));
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : af::exit_code(af::ErrorKind::usage);
    } catch (const af::Error& error) {
        std::fprintf(stderr, "%s\n", af::error_line("af-bench", error, af::exit_code(error.kind())).c_str());
        return af::exit_code(error.kind());
    }
}
