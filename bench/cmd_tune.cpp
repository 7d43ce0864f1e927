// af-bench tune: a job and its input in; a table, a sentence, a plot and a file of widths out.
#include "bench/command.hpp"
#include "bench/store_options.hpp"
#include "bench/tune/plot.hpp"
#include "bench/tune/space.hpp"
#include "bench/tune/tuning_run.hpp"
#include "engine/atomic_file.hpp"
#include "engine/runtime.hpp"
#include "stages/flow/plan.hpp"
#include "stages/job/load_job.hpp"
#include "stages/spool.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

namespace af::bench {
namespace {

constexpr double kFirstBytes = 4e6;

struct Arguments {
    std::string job = ".", filter, write, plot, json, af;
    std::vector<std::string> inputs;
    StoreOptions store;
    bool full_sweep = false;
    double seconds = 120;
    std::string workers, decoders, fetch, depth;
};

double seconds_since(std::chrono::steady_clock::time_point begun) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

std::filesystem::path built_af(const std::string& given) {
    const std::filesystem::path af = given.empty()
                                         ? std::filesystem::read_symlink("/proc/self/exe").parent_path() / "af"
                                         : std::filesystem::path(given);
    if (!std::filesystem::exists(af))
        throw Error(ErrorKind::usage, "there is no af").about(af.string()).hint("build it, or name it with --af");
    return af;
}

std::vector<Tuning> candidates_of(const Arguments& arguments, const Job& job, const std::vector<InputObject>& objects,
                                  unsigned processors) {
    const bool remote = std::any_of(objects.begin(), objects.end(),
                                    [](const InputObject& object) { return object.name.starts_with("s3://"); });
    TuneValues values = usual_values(processors, remote);
    const auto replace = [](std::vector<unsigned>& usual, const char* option, const std::string& given) {
        if (!given.empty()) usual = parse_values(option, given);
    };
    replace(values.workers, "--workers", arguments.workers);
    replace(values.decoders, "--decoders", arguments.decoders);
    replace(values.fetch, "--fetch-width", arguments.fetch);
    replace(values.depth, "--depth", arguments.depth);
    std::vector<ObjectRef> refs;
    for (const InputObject& object : objects) {
        ObjectRef& ref = refs.emplace_back();
        ref.name = object.name;
        ref.size = object.bytes;
    }
    return distinct_in_effect(combinations(values, processors), job, remote, shape_of(largest_first(std::move(refs))));
}

// What a run of the baseline takes: to start, and for all data beyond that.
struct RunCost {
    double fixed = 0, variable = 0;
};

RunCost run_cost(double less_share, double less_seconds, double share, double seconds) {
    constexpr double kLeastPart = 0.001;  // of the seconds: the data cost something
    const double more = std::max(seconds - less_seconds, kLeastPart * seconds);
    const double variable = more / (share - less_share);
    return {.fixed = std::max(0.0, seconds - share * variable), .variable = variable};
}

// Says that the time asked for does not suffice: nothing that is left out makes runs shorter than this.
void warn_of_starts(const HalvingCost& all, double each, double seconds, std::string_view what) {
    const double sum = static_cast<double>(all.runs) * each;
    if (sum <= seconds) return;
    fmt::print(stderr,
               "{} may take {:.0f} s (at most {} runs, {:.2f} s each), more than --seconds {:g}: it goes on all the "
               "same; give it more seconds, or fewer values of --workers, --decoders, --fetch-width and --depth\n",
               what, std::ceil(sum), all.runs, each, seconds);
}

constexpr double kClearlyLonger = 1.25;

// The share of the objects that lets the whole tuning take about so many seconds. Not so small that starting processes
// is what is measured, whatever that takes: it is said when the starts alone take longer. Two shares tell, of which the
// larger one's run clearly takes longer; it also brings what the race will read into this machine's memory, lest its
// first run be the only slow one.
double affordable_share(TuningRun& run, const Tuning& baseline, double least, double seconds, const HalvingCost& all) {
    if (least >= 1) {
        warn_of_starts(all, run(baseline, 1), seconds, "the runs, little as they read,");
        return 1;
    }
    const auto affordable = [&](const RunCost& cost) {
        const double left = seconds - static_cast<double>(all.runs) * cost.fixed;
        return std::clamp(left / (all.data * cost.variable), std::min(1.0, std::max(least, cost.fixed / cost.variable)),
                          1.0);
    };
    const double least_seconds = run(baseline, least);
    double share = std::max(affordable({.variable = least_seconds / least}), 8 * least);
    for (;; share *= 4) {
        share = std::min(1.0, share);
        const double share_seconds = run(baseline, share);
        if (share < 1 && share_seconds <= kClearlyLonger * least_seconds) continue;
        const RunCost cost = run_cost(least, least_seconds, share, share_seconds);
        warn_of_starts(all, cost.fixed, seconds, "the starts of the runs alone");
        return affordable(cost);
    }
}

std::string row(const Measured& one) {
    const auto word = [](unsigned value) { return value == 0 ? std::string("auto") : std::to_string(value); };
    return fmt::format("{:>8} {:>9} {:>12} {:>6} {:>9.1f} {:>10.2f} {:>9.2f}  {:.2f} - {:.2f}\n",
                       word(one.tuning.workers), word(one.tuning.decoders), word(one.tuning.fetch),
                       word(one.tuning.depth), 100 * one.share, one.seconds, one.speedup, one.least, one.most);
}

// The last two rungs: what came far.
std::string table(const std::vector<Measured>& measured) {
    std::string text = fmt::format("{:>8} {:>9} {:>12} {:>6} {:>9} {:>10} {:>9}  {}\n", "workers", "decoders",
                                   "fetch width", "depth", "% of data", "seconds", "x auto", "spread");
    for (unsigned rung = measured.back().rung; rung + 1 >= measured.back().rung && rung > 0; --rung) {
        for (const Measured& one : measured) {
            if (one.rung == rung) text += row(one);
        }
    }
    return text;
}

std::string sentence(const Measured& best, unsigned runs, double took) {
    const bool is_auto = best.tuning == Tuning{.processors = best.tuning.processors};
    if (is_auto)
        return fmt::format(
            "Nothing tried is more than 2 % faster than what af run chooses by itself ({} runs in {:.0f} s).", runs,
            took);
    return fmt::format(
        "{}: {:.2f} times as fast as what af run chooses by itself ({:.2f} - {:.2f} in {} turns; {} runs in {:.0f} s).",
        describe(best.tuning), best.speedup, best.least, best.most, best.runs, runs, took);
}

void write_whole(const std::filesystem::path& path, const std::string& text) {
    AtomicFile file(path);
    file.append(text);
    file.commit();
}

nlohmann::json json_of(const Measured& one) {
    return {{"workers", one.tuning.workers},
            {"decoders", one.tuning.decoders},
            {"fetch_width", one.tuning.fetch},
            {"depth", one.tuning.depth},
            {"rung", one.rung},
            {"share", one.share},
            {"seconds", one.seconds},
            {"speedup", one.speedup},
            {"least", one.least},
            {"most", one.most},
            {"runs", one.runs}};
}

// How many times as long as `b` a run with `a` takes: the median of turns.
double ratio_in_turns(const Tuning& a, const Tuning& b, double share, TuningRun& run) {
    if (a == b) return 1;
    std::vector<double> ratios;
    for (unsigned turn = 0; turn < kMostTurns; ++turn) {
        const double seconds = run(a, share);
        ratios.push_back(seconds / run(b, share));
    }
    return median(std::move(ratios));
}

// Every candidate once on the data of the last rung, then the best of them and what was found in turns.
nlohmann::json full_sweep(const std::vector<Tuning>& candidates, const Measured& found, double share,
                          double tuning_seconds, TuningRun& run) {
    const auto begun = std::chrono::steady_clock::now();
    std::vector<std::pair<double, Tuning>> swept;
    for (const Tuning& tuning : candidates) swept.emplace_back(run(tuning, share), tuning);
    const double took = seconds_since(begun);
    const auto& [best_seconds, best] =
        *std::min_element(swept.begin(), swept.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    const double ratio = ratio_in_turns(found.tuning, best, share, run);
    fmt::print(
        "full sweep: {} settings in {:.0f} s; its best: {}; what was found takes {:.3f} x as long, found in 1/{:.1f} "
        "of the time\n",
        candidates.size(), took, describe(best), ratio, took / tuning_seconds);
    return {{"seconds", took},
            {"best", json_of({.tuning = best, .share = share, .seconds = best_seconds})},
            {"found_over_best", ratio},
            {"time_ratio", tuning_seconds / took}};
}

void tune(const Arguments& arguments) {
    const auto begun = std::chrono::steady_clock::now();
    const Job job = load_job(arguments.job);
    const std::filesystem::path settings =
        arguments.write.empty() ? job.folder / kTuningFile : std::filesystem::path(arguments.write);
    TuneTarget target{.af = built_af(arguments.af),
                      .job = arguments.job,
                      .inputs = arguments.inputs,
                      .store_options = words_of(arguments.store),
                      .filter = arguments.filter};
    const ScratchFolder scratch(std::filesystem::temp_directory_path());
    const unsigned processors = usable_processors();
    const Tuning baseline{.processors = processors};
    const std::vector<InputObject> objects = list_objects(target, scratch.path());
    const std::vector<Tuning> candidates = candidates_of(arguments, job, objects, processors);
    TuningRun run(std::move(target), objects, scratch.path());

    const double share =
        affordable_share(run, baseline, std::min(1.0, kFirstBytes / static_cast<double>(total_bytes(objects))),
                         arguments.seconds, halving_cost(candidates));
    fmt::print(stderr, "{} settings, {} objects; the last rung reads {:.1f} % of the data\n", candidates.size(),
               objects.size(), 100 * share);
    const std::vector<Measured> measured = halve(candidates, share, std::ref(run));
    const Measured best = best_of(measured);
    const double took = seconds_since(begun);
    const std::string said = sentence(best, run.runs(), took);
    write_whole(settings, tuning_text(best.tuning));
    fmt::print("{}\n{}\nwritten to {}, which af run and af-task read\n", table(measured), said, settings.string());
    if (!arguments.plot.empty()) write_whole(arguments.plot, plot_html(measured, best.tuning, said));
    nlohmann::json sweep;
    if (arguments.full_sweep) sweep = full_sweep(candidates, best, share, took, run);
    if (arguments.json.empty()) return;
    nlohmann::json all{{"seconds", took},
                       {"processors", processors},
                       {"found", json_of(best)},
                       {"measured", nlohmann::json::array()},
                       {"full_sweep", sweep}};
    for (const Measured& one : measured) all["measured"].push_back(json_of(one));
    write_whole(arguments.json, all.dump(1) + "\n");
}

void define(CLI::App& app) {
    const auto arguments = std::make_shared<Arguments>();
    app.add_option("-j,--job", arguments->job, "analysis-tools.yml, or the folder it lies in (.)")->type_name("PATH");
    app.add_option("INPUT", arguments->inputs, "files, folders, s3:// prefixes: what the job will read")->required();
    app.add_option("--filter", arguments->filter, "Filter.json");
    add_store_options(app, arguments->store);
    app.add_option("--seconds", arguments->seconds, "about how long it may take")
        ->check(CLI::Range(1.0, 86'400.0))
        ->capture_default_str();
    app.add_option("--write", arguments->write, "where the widths go (af-tuning.yml beside the job)")
        ->type_name("FILE");
    app.add_option("--plot", arguments->plot, "an HTML page with what was measured")->type_name("FILE");
    app.add_option("--json", arguments->json, "every measurement")->type_name("FILE");
    app.add_option("--af", arguments->af, "the program to measure (the af beside this one)")->type_name("FILE");
    app.add_option("--workers", arguments->workers, "values to try, e.g. 1,2,4")->group("What is tried");
    app.add_option("--decoders", arguments->decoders, "values to try")->group("What is tried");
    app.add_option("--fetch-width", arguments->fetch, "values to try, e.g. auto,8,32")->group("What is tried");
    app.add_option("--depth", arguments->depth, "values to try")->group("What is tried");
    app.add_flag("--full-sweep", arguments->full_sweep,
                 "measure every setting as well, and say how the one found compares")
        ->group("What is tried");
    app.footer("example: af-bench tune --job os-count s3://telemetry/saved_session/ --plot tuning.html");
    app.callback([arguments] { tune(*arguments); });
}

}  // namespace

const Command kTuneCommand{"tune", "find the widths that are fastest for a job and its input", define};

}  // namespace af::bench
