#include "container/run_reducer.hpp"

#include "container/job_source.hpp"
#include "container/mapper_parts.hpp"
#include "container/requirements.hpp"
#include "container/task_log.hpp"
#include "container/task_mail.hpp"
#include "stages/flow/reduce_side.hpp"
#include "stages/job/job_digest.hpp"

#include <fmt/format.h>

namespace af {
namespace {

constexpr const char* kResult = "result.txt";

class ReduceRun {
public:
    enum class Role { reduce, merge };

    ReduceRun(const TaskSettings& settings, const Environment& environment, Role role)
        : settings_(settings),
          environment_(environment),
          role_(role),
          on_(settings, environment, false),
          output_("af", on_.scratch()),
          report_(settings, role == Role::reduce ? "reduce" : "merge", on_.session().runtime().cpu_threads()) {}

    void run() {
        try {
            work();
            commit(output_, report_, on_.control());
        } catch (const Error& error) {
            const Error cause = on_.control().cause_of(error);
            account_for_failure(output_, report_, cause);
            mail();
            throw cause;
        }
        report_.tell();
        mail();
    }

private:
    void work() {
        const Job job = load_task_job(on_, settings_);
        const unsigned partitions = job.reduce ? job.reducers : 1;
        if (settings_.partition >= partitions)
            throw Error(ErrorKind::usage,
                        fmt::format("REDUCER_ID is {}, the job has {} partitions", settings_.partition, partitions));
        report_.facts.job_digest = job_digest(job);
        Services services = on_.services(on_.artifacts());
        make_user_folders(services);
        if (role_ == Role::reduce) install_requirements(bundle_folder(on_), services);
        std::unique_ptr<Process> reducer;
        if (role_ == Role::reduce) reducer = services.runtime.block_on(start_reduce(job, services));
        MapperParts parts(on_, settings_, job, services, report_);
        if (!job.reduce) {
            put_lines(parts);
        } else if (role_ == Role::reduce) {
            reduce(job, parts, std::move(reducer), services);
        } else {
            merge(job, parts, services);
        }
    }

    void put_lines(MapperParts& parts) {
        const auto lines = parts.lines();
        ResultFile& file = output_.add(role_ == Role::reduce ? kResult : part_file_name(0));
        lines->for_each([&](std::string_view chunk) {
            on_.control().throw_if_stopped();
            file.append(chunk);
        });
        report_.facts.outputs = output_.prepare();
    }

    void reduce(const Job& job, MapperParts& parts, std::unique_ptr<Process> reducer, const Services& services) {
        const auto runs = parts.runs(settings_.partition);
        const auto stream = runs->stream();
        const ReduceAccount account =
            run_reduce_side(job, *stream, std::move(reducer), output_.add(kResult), services);
        add_stages(account.report);
        for (const auto& [name, count] : account.counters) report_.facts.counters[name] += count;
        check_pairs(account.pairs, parts.pairs_of(settings_.partition));
        report_.facts.outputs = output_.prepare();
    }

    void merge(const Job& job, MapperParts& parts, const Services& services) {
        std::vector<std::uint64_t> pairs;
        for (unsigned i = 0; i < job.reducers; ++i) {
            const auto runs = parts.runs(i);
            const auto stream = runs->stream();
            ResultFile& file = output_.add(part_file_name(i));
            pairs.push_back(write_part(*stream, file, services, report_.facts.stages));
            check_pairs(pairs.back(), parts.pairs_of(i));
        }
        report_.facts.outputs = output_.prepare();
        for (std::size_t i = 0; i < pairs.size(); ++i) report_.facts.outputs[i].pairs = pairs[i];
    }

    static void check_pairs(std::uint64_t done, std::uint64_t made) {
        if (done != made)
            throw Error(ErrorKind::bug, fmt::format("the mappers made {} pairs, {} were taken", made, done));
    }

    void add_stages(const Report& report) {
        auto& stages = report_.facts.stages;
        stages.insert(stages.end(), report.stages.begin(), report.stages.end());
    }

    // After the commit: a mail is sent for what is there. What became of it replaces the manifest as a whole; if it
    // cannot, the one that is there is as true.
    void mail() {
        if (role_ == Role::merge) return;
        const std::string result = settings_.artifacts + "/" + kResult;
        report_.facts.mail = mail_outcome(on_, settings_, environment_, report_.facts, result);
        if (report_.facts.mail.empty()) return;
        try {
            output_.commit_manifest(report_.manifest());
        } catch (const Error& error) {
            warn(fmt::format("the manifest does not tell of the mail: {}", error.what()));
        }
    }

    const TaskSettings& settings_;
    const Environment& environment_;
    const Role role_;
    TaskServices on_;
    OutputFolder output_;
    TaskReport report_;
};

}  // namespace

void run_reducer(const TaskSettings& settings, const Environment& environment) {
    ReduceRun run(settings, environment, ReduceRun::Role::reduce);
    run.run();
}

void run_merger(const TaskSettings& settings, const Environment& environment) {
    ReduceRun run(settings, environment, ReduceRun::Role::merge);
    run.run();
}

}  // namespace af
