// cli/cmd_run.cpp - "af run": a whole job on this machine.
#include "cli/command.hpp"
#include "cli/run_options.hpp"
#include "stages/job/job.hpp"

#include <CLI/App.hpp>
#include <memory>

namespace af {
namespace {

constexpr const char* kHelp =
    "Runs a job over its input on this machine: fetch, decompress, map, sort, reduce, commit.\n"
    "The result goes to stdout or -o FILE, everything else to stderr.\n"
    "\n"
    "examples:\n"
    "  af run --job container/examples/os-count telemetry/\n"
    "  af run --job os-count --filter Filter.json s3://telemetry/ -o result.txt\n"
    "  af run --job os-count --explain s3://telemetry/      what would be done, in how much memory\n"
    "  find . -name '*.lzma' | af run --job os-count -\n"
    "\n"
    "exit status: 0 all of it read and committed | 2 usage | 3 done, with input missing that was allowed to be |\n"
    "  9 nothing matched | 65 bad data | 66 missing | 69 refused | 73 disk full | 75 network | 78 job file | 80-84 "
    "your code |\n"
    "  130, 143 interrupted; the table is in README.md";

void add_widths(CLI::App& run, RunOptions& options) {
    const auto size = CLI::AsSizeValue(false);
    const CLI::Range width(1u, 1024u);
    run.add_option("--workers", options.widths.mappers, "processes of the map function (one a processor)")
        ->check(width)
        ->group("Tuning");
    run.add_option("--decoders", options.widths.decoders,
                   "decoders, of as many objects or of one large .xz or .zst that has an index (one a processor)")
        ->check(width)
        ->group("Tuning");
    run.add_option("--fetch-width", options.widths.fetch, "objects fetched at a time (found while it runs)")
        ->check(width)
        ->group("Tuning");
    run.add_option("--depth", options.widths.depth, "blocks of 256 KiB buffered for each object (4)")
        ->check(width)
        ->group("Tuning");
    run.add_option("--cpu-threads", options.cpu_threads, "threads of af itself (one a processor)")
        ->check(width)
        ->group("Tuning");
    run.add_option("--sort-memory", options.widths.sort_bytes, "memory to sort in before runs go to disk (112MiB)")
        ->transform(size)
        ->group("Tuning");
    run.add_option("--map-memory", options.widths.spool_bytes, "memory for map output of unfinished objects (64MiB)")
        ->transform(size)
        ->group("Tuning");
    run.add_option("--decoder-memory", options.widths.decoder_bytes, "largest dictionary of a decoder (128MiB)")
        ->transform(size)
        ->group("Tuning");
    auto* file = run.add_option("--widths", options.widths_file,
                                "widths that af-bench tune wrote (af-tuning.yml beside the job)")
                     ->type_name("FILE")
                     ->group("Tuning");
    run.add_flag("--no-tuning", options.no_tuning, "pay no heed to an af-tuning.yml beside the job")
        ->excludes(file)
        ->group("Tuning");
    run.add_flag("--no-lazy", options.no_lazy,
                 "parse every record whole before the function (Python, JavaScript) sees it")
        ->group("Tuning");
}

}  // namespace

void add_run(CLI::App& app, Action& chosen) {
    auto options = std::make_shared<RunOptions>();
    CLI::App* run = app.add_subcommand("run", kHelp);
    add_input_options(*run, options->input)->required();
    add_filter_option(*run, options->input);
    run->add_option("-j,--job", options->job, "analysis-tools.yml, or the folder it lies in (.)")->type_name("PATH");
    run->add_option("-o,--output", options->output, "where the result goes; .zst and .gz compress it (- for stdout)")
        ->type_name("FILE");
    run->add_option("--manifest", options->manifest, "the coverage statement (FILE.manifest.json)")->type_name("FILE");
    run->add_option("--bad-records", options->bad_records, "records that were left out (FILE.bad.jsonl)")
        ->type_name("FILE");
    run->add_option("--trace", options->trace, "when each stage worked and waited, for ui.perfetto.dev")
        ->type_name("FILE");
    run->add_flag("--map-only", options->map_only, "map output in the order of the input, no reduce");
    run->add_option("--reducers", options->reducers, "partitions of the result (what the job says)")
        ->check(CLI::Range(1u, 1024u));
    run->add_option("--max-bad", options->max_bad, "bad records that are allowed: 10, or 0.1%");
    run->add_option("--on-bad", options->on_bad, "what a bad record does")->check(CLI::IsMember({"skip", "fail"}));
    run->add_option("--max-line", options->max_line, "longer lines are bad records: 1MiB (what the job says)")
        ->transform(CLI::AsSizeValue(false))
        ->check(CLI::Range(kLeastRecordBytes, kMostRecordBytes));
    run->add_option("--allow-missing", options->allow_missing, "objects that may fail without failing the job (0)");
    run->add_flag("--explain", options->explain, "print the plan and the memory bound, run nothing");
    run->add_flag("--json", options->json,
                  "events for programs on stderr, one JSON object a line; with --explain the plan");
    run->add_flag("-q,--quiet", options->quiet, "say nothing unless something is wrong");
    run->add_flag("-v,--verbose", options->verbose, "tell every stage's times, and every line the job's code prints");
    run->add_flag("--no-color", options->no_colour, "no colours");
    add_widths(*run, *options);
    run->callback([&chosen, options] { chosen = [options] { return run_job(*options); }; });
}

}  // namespace af
