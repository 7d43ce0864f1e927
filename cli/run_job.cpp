// "af run", step by step: read the job, find the input, start the user's code, map, reduce, commit, account.
#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/explain.hpp"
#include "cli/inputs.hpp"
#include "cli/job_overrides.hpp"
#include "cli/run_options.hpp"
#include "cli/result_files.hpp"
#include "cli/run_report.hpp"
#include "container/helpers/write_helpers.hpp"
#include "engine/file.hpp"
#include "stages/dead_letters.hpp"
#include "stages/flow/job_pairs.hpp"
#include "stages/flow/plan.hpp"
#include "stages/flow/reduce_side.hpp"
#include "stages/flow/session.hpp"
#include "stages/flow/start_code.hpp"
#include "stages/flow/trace_file.hpp"
#include "stages/flow/tuning_file.hpp"
#include "stages/job/job_digest.hpp"
#include "stages/job/load_job.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <optional>

namespace af {
namespace {

std::filesystem::path beside(const RunOptions& options, const std::string& given, const char* suffix) {
    if (!given.empty()) return given;
    return options.output == "-" ? std::filesystem::path() : std::filesystem::path(options.output + suffix);
}

std::size_t parts_of(const Job& job) { return job.reduce ? job.reducers : 1; }

class JobRun {
public:
    JobRun(const RunOptions& options, Console& console)
        : options_(options),
          console_(console),
          control_([this](const Report& report) { report_.tick(report, *ledger_, *session_); }),
          report_(console) {}

    int run() {
        check_folder_of(options_.output);
        Job job = load_job(options_.job);
        apply_overrides(job, options_);
        check_distinct(job);
        std::optional<Filter> filter = load_filter(options_.input.filter, console_);
        session_.emplace(options_.input.store, process_environment, control_, options_.cpu_threads);
        InputList found = find_inputs(options_.input, std::move(filter), *session_, control_, console_);
        const std::vector<ObjectPtr> objects = largest_first(std::move(found.objects));
        const bool remote = std::any_of(objects.begin(), objects.end(),
                                        [](const ObjectPtr& o) { return o->name.starts_with("s3://"); });
        const Widths widths = choose_widths(tuned(job, session_->runtime().cpu_threads()), job,
                                            session_->runtime().cpu_threads(), remote, shape_of(objects));
        if (options_.explain) {
            const auto told = options_.json ? plan_json : plan_text;
            write_stdout(told(job, widths, objects), control_.token());
            return 0;
        }
        return run(job, widths, objects);
    }

private:
    // The widths asked for, filled in from what was measured for this job.
    WidthOptions tuned(const Job& job, unsigned processors) {
        WidthOptions widths = options_.widths;
        if (options_.no_tuning) return widths;
        const bool asked = !options_.widths_file.empty();
        const std::filesystem::path file =
            asked ? std::filesystem::path(options_.widths_file) : job.folder / kTuningFile;
        const std::optional<Tuning> tuning = read_tuning(file);
        if (!tuning && asked) {
            throw Error(ErrorKind::usage, "there is no such file of widths")
                .about(file.string())
                .hint("af-bench tune writes one");
        }
        if (!tuning) return widths;
        if (apply_tuning(widths, *tuning, processors)) {
            console_.say(fmt::format("widths from {}: {}", file.string(), describe(*tuning)));
        } else {
            console_.say(fmt::format("{} was measured with {}, this run has {}: not used", file.string(),
                                     plural(tuning->processors, "processor"), processors));
        }
        return widths;
    }

    // Two of them at one path would overwrite each other.
    void check_distinct(const Job& job) const {
        std::vector<std::filesystem::path> paths{bad_records_path(), manifest_path(), options_.trace};
        if (options_.output != "-") {
            for (auto& path : result_paths(options_.output, parts_of(job))) paths.push_back(std::move(path));
        }
        for (auto& path : paths) path = path.empty() ? path : std::filesystem::absolute(path).lexically_normal();
        std::sort(paths.begin(), paths.end());
        const auto twice = std::adjacent_find(paths.begin(), paths.end());
        if (twice == paths.end() || twice->empty()) return;
        throw Error(ErrorKind::usage, "two outputs have one name")
            .about(twice->string())
            .hint("give -o, --manifest, --bad-records and --trace names of their own");
    }

    int run(const Job& job, const Widths& widths, const std::vector<ObjectPtr>& objects) {
        const ScratchFolder scratch(scratch_parent(process_environment));
        DeadLetters dead_letters(bad_records_path(), scratch.path());
        const auto on_bad = [&dead_letters](const ObjectRef& object, const BadRecord& bad) {
            dead_letters.add(object, bad);
        };
        ledger_.emplace(objects, bad_policy(job), on_bad);
        result_parts_ = parts_of(job);
        std::optional<ResultFiles> results(std::in_place, result_paths(options_.output, parts_of(job)), scratch.path());
        std::optional<AtomicFile> manifest;
        if (const auto path = manifest_path(); !path.empty()) manifest.emplace(path);

        std::optional<TraceFile> trace;
        if (!options_.trace.empty()) control_.trace_to(trace.emplace(options_.trace));

        RunFacts facts;
        facts.job_digest = job_digest(job);
        try {
            map_and_reduce(job, widths, objects, scratch.path(), *results, facts);
            facts.outputs = results->prepare();
            commit_bad_records(dead_letters, facts);
            if (manifest) {
                manifest->append(report_.manifest(facts, *ledger_));
                manifest->prepare();
            }
            control_.throw_if_stopped();
            results->commit(control_.token());
            if (manifest) manifest->commit();
        } catch (const Error& error) {
            facts.failed = control_.cause_of(error);
            facts.outputs.clear();
            results->withdraw();
            results.reset();  // gives its space back to the manifest
            manifest.reset();
            account_for_failure(facts, dead_letters);
        }
        if (trace) commit_trace(*trace);
        report_.finish(facts, *ledger_, session_->runtime().cpu_threads());
        if (facts.failed) throw *facts.failed;
        return ledger_->totals().objects_lost > 0 ? kExitPartial : 0;
    }

    // What is left to tell of a failed run; that this fails too, on a full disk, must not hide the first cause.
    void account_for_failure(RunFacts& facts, DeadLetters& dead_letters) {
        try {
            commit_bad_records(dead_letters, facts);
            warn_of_earlier_results();
            const auto path = manifest_path();
            if (path.empty()) return;
            AtomicFile manifest(path);
            manifest.append(report_.manifest(facts, *ledger_));
            manifest.commit();
        } catch (const Error& error) {
            console_.warn(fmt::format("the account of this run is incomplete: {}", error.what()));
        }
    }

    // When there are none, a file of an earlier run goes from the place that is ours; not from one that was named.
    void commit_bad_records(DeadLetters& dead_letters, RunFacts& facts) {
        std::error_code ignored;
        if (const auto kept = dead_letters.commit()) {
            facts.bad_records_file = kept->string();
        } else if (options_.bad_records.empty() && !bad_records_path().empty()) {
            std::filesystem::remove(bad_records_path(), ignored);
        }
    }

    // A reader could take them for what this run made.
    void warn_of_earlier_results() {
        if (options_.output == "-") return;
        std::error_code ignored;
        for (const auto& path : result_paths(options_.output, result_parts_)) {
            if (std::filesystem::exists(path, ignored))
                console_.warn(
                    fmt::format("{} is of an earlier run: this one leaves no result", escaped(path.string())));
        }
    }

    // After a failure too: that is when one wants to see what went on. A trace that cannot be written fails no job.
    void commit_trace(TraceFile& trace) {
        try {
            trace.commit();
        } catch (const Error& error) {
            console_.warn(fmt::format("no trace of this run: {}", error.what()));
        }
    }

    std::filesystem::path bad_records_path() const { return beside(options_, options_.bad_records, ".bad.jsonl"); }
    std::filesystem::path manifest_path() const { return beside(options_, options_.manifest, ".manifest.json"); }

    void map_and_reduce(const Job& job, const Widths& widths, const std::vector<ObjectPtr>& objects,
                        const std::filesystem::path& scratch, ResultFiles& results, RunFacts& facts) {
        Services services = session_->services(control_, scratch);
        write_helpers(services.helpers);
        services.warn = [this](const std::string& text) { console_.warn(text); };
        services.user_line = [this](const std::string& line) { console_.detail(line); };
        auto [mappers, reducer] = start_code(job, widths, {.lazy = !options_.no_lazy, .reduce = true}, services);

        std::optional<JobPairs> pairs;
        std::optional<LineStore> lines;
        MapTarget target;
        if (job.reduce) {
            target = pairs.emplace(job, widths, scratch).target();
        } else {
            target = &lines.emplace(scratch, objects.size());
        }
        report_.begin(objects, session_->runtime().cpu_threads());
        MapSide side{job, widths, mappers, objects, *ledger_, target, options_.allow_missing};
        MapReport mapped = run_map_side(std::move(side), services);
        facts.stages = std::move(mapped.stages);
        facts.widths = mapped.widths;
        if (auto error = ledger_->verdict(options_.allow_missing)) throw *error;
        if (lines) {
            lines->for_each([&](std::string_view chunk) {
                control_.throw_if_stopped();
                results.part(0).append(chunk);
            });
            return;
        }
        pairs->order(services, facts.stages);
        std::uint64_t reduced = 0;
        for (unsigned i = 0; i < job.reducers; ++i) {
            auto partition = pairs->partition(i);
            if (i > 0) reducer = services.runtime.block_on(start_reduce(job, services));
            const ReduceAccount account =
                run_reduce_side(job, *partition, std::move(reducer), results.part(i), services);
            facts.stages.insert(facts.stages.end(), account.report.stages.begin(), account.report.stages.end());
            for (const auto& [name, count] : account.counters) facts.reduce_counters[name] += count;
            reduced += account.pairs;
        }
        if (reduced != pairs->pairs()) {
            throw Error(ErrorKind::bug, fmt::format("{} pairs were collected and {} reduced", pairs->pairs(), reduced));
        }
    }

    const RunOptions& options_;
    Console& console_;
    Control control_;
    RunReport report_;
    std::size_t result_parts_ = 1;
    std::optional<Session> session_;
    std::optional<Ledger> ledger_;
};

}  // namespace

int run_job(const RunOptions& options) {
    const Verbosity verbosity = options.quiet     ? Verbosity::quiet
                                : options.verbose ? Verbosity::verbose
                                                  : Verbosity::normal;
    Console console(console_options(verbosity, options.json, options.no_colour));
    JobRun job(options, console);
    return job.run();
}

}  // namespace af
