#include "container/run_mapper.hpp"

#include "container/job_source.hpp"
#include "container/requirements.hpp"
#include "container/task_log.hpp"
#include "container/task_report.hpp"
#include "stages/flow/job_pairs.hpp"
#include "stages/flow/part_flow.hpp"
#include "stages/flow/plan.hpp"
#include "stages/flow/start_code.hpp"
#include "stages/flow/tuning_file.hpp"
#include "stages/job/job_digest.hpp"
#include "stages/parts/part_manifest.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <optional>

namespace af {
namespace {

constexpr std::chrono::seconds kBetweenLines{30};

BadPolicy policy_of_part(const Job& job) {
    BadPolicy policy = bad_policy(job);
    policy.is_part = true;
    return policy;
}

class MapRun {
public:
    MapRun(const TaskSettings& settings, const Environment& environment)
        : settings_(settings),
          on_(settings, environment, true),
          output_("af", on_.scratch(), !settings.artifacts.starts_with("public/")),
          report_(settings, "map", on_.session().runtime().cpu_threads()) {}

    void run(const MapArguments& arguments) {
        try {
            map(arguments);
            commit(output_, report_, on_.control());
        } catch (const Error& error) {
            const Error cause = on_.control().cause_of(error);
            take_account();
            account_for_failure(output_, report_, cause);
            throw cause;
        }
        report_.tell();
    }

private:
    void map(const MapArguments& arguments) {
        const Job job = load_task_job(on_, settings_);
        report_.facts.job_digest = job_digest(job);
        const std::vector<ObjectPtr> objects = largest_first(input_objects(arguments, on_, settings_));
        const bool remote = std::any_of(objects.begin(), objects.end(),
                                        [](const ObjectPtr& o) { return o->name.starts_with("s3://"); });
        const Widths widths = choose_widths(tuned(job), job, on_.session().runtime().cpu_threads(), remote,
                                            shape_of(objects));
        say(fmt::format("{} on {}", plural(objects.size(), "object"),
                        plural(on_.session().runtime().cpu_threads(), "processor")));
        ledger_.emplace(objects, policy_of_part(job), [this](const ObjectRef& object, const BadRecord& bad) {
            output_.add_bad(object, bad);
        });
        on_.on_tick([this](const Report&) { tell_progress(); });
        Services services = on_.services(on_.session().store());
        make_user_folders(services);
        install_requirements(bundle_folder(on_), services);
        Mappers mappers = start_code(job, widths, {.lazy = true, .reduce = false}, services).mappers;
        if (job.reduce) {
            JobPairs pairs(job, widths, services.scratch);
            map_objects({job, widths, mappers, objects, *ledger_, pairs.target(), settings_.allow_missing}, services);
            pairs.order(services, report_.facts.stages);
            write_parts(job, pairs, services);
        } else {
            LineStore lines(services.scratch, objects.size());
            map_objects({job, widths, mappers, objects, *ledger_, &lines, settings_.allow_missing}, services);
            write_lines(lines);
        }
        take_account();
    }

    // The variables, filled in from what was measured for this job.
    WidthOptions tuned(const Job& job) {
        WidthOptions widths = settings_.widths;
        const auto tuning = read_tuning(job.folder / kTuningFile);
        if (!tuning) return widths;
        const unsigned processors = on_.session().runtime().cpu_threads();
        if (apply_tuning(widths, *tuning, processors)) {
            say(fmt::format("widths from {}: {}", kTuningFile, describe(*tuning)));
        } else {
            say(fmt::format("{} was measured with {}, this machine has {}: not used", kTuningFile,
                            plural(tuning->processors, "processor"), processors));
        }
        return widths;
    }

    void map_objects(MapSide side, const Services& services) {
        MapReport mapped = run_map_side(std::move(side), services);
        report_.facts.stages = std::move(mapped.stages);
        report_.widths = mapped.widths;
        if (auto error = ledger_->verdict(settings_.allow_missing)) throw *error;
    }

    void write_parts(const Job& job, JobPairs& pairs, const Services& services) {
        std::vector<std::uint64_t> written;
        std::uint64_t sum = 0;
        for (unsigned i = 0; i < job.reducers; ++i) {
            const auto partition = pairs.partition(i);
            ResultFile& file = output_.add(part_file_name(i));
            written.push_back(write_part(*partition, file, services, report_.facts.stages));
            sum += written.back();
        }
        if (sum != pairs.pairs())
            throw Error(ErrorKind::bug, fmt::format("{} pairs were collected and {} written", pairs.pairs(), sum));
        report_.facts.outputs = output_.prepare();
        for (std::size_t i = 0; i < written.size(); ++i) report_.facts.outputs[i].pairs = written[i];
    }

    void write_lines(const LineStore& lines) {
        ResultFile& file = output_.add(part_file_name(0));
        std::uint64_t bytes = 0;
        lines.for_each([&](std::string_view chunk) {
            on_.control().throw_if_stopped();
            file.append(chunk);
            bytes += chunk.size();
        });
        if (const std::uint64_t mapped = ledger_->totals().bytes_mapped; bytes != mapped)
            throw Error(ErrorKind::bug, fmt::format("{} bytes were mapped and {} written", mapped, bytes));
        report_.facts.outputs = output_.prepare();
    }

    // Half a minute apart: a log is read by people.
    void tell_progress() {
        const auto now = std::chrono::steady_clock::now();
        if (now < next_line_) return;
        next_line_ = now + kBetweenLines;
        const Totals totals = ledger_->totals();
        say(fmt::format("{} of {} read, {} of input, {}", count_text(totals.objects_read + totals.objects_lost),
                        plural(totals.objects_asked, "object"), size_text(on_.session().bytes_read()),
                        plural(totals.records, "record")));
    }

    void take_account() {
        if (!ledger_) return;
        report_.facts.totals = ledger_->totals();
        report_.facts.objects = ledger_->accounts();
        report_.facts.counters = report_.facts.totals.counters;
    }

    const TaskSettings& settings_;
    TaskServices on_;
    OutputFolder output_;
    TaskReport report_;
    std::optional<Ledger> ledger_;
    std::chrono::steady_clock::time_point next_line_ = std::chrono::steady_clock::now() + kBetweenLines;
};

}  // namespace

void run_mapper(const TaskSettings& settings, const Environment& environment, const MapArguments& arguments) {
    MapRun run(settings, environment);
    run.run(arguments);
}

}  // namespace af
