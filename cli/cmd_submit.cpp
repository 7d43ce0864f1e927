// cli/cmd_submit.cpp - "af submit" and "af plan": a job as a graph of tasks on a cluster.
#include "cli/command.hpp"
#include "cli/known_group.hpp"
#include "cli/make_plan.hpp"
#include "cli/monitor/page.hpp"
#include "cli/submit.hpp"
#include "cli/submit_options.hpp"
#include "cli/watch_group.hpp"
#include "engine/atomic_file.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <nlohmann/json.hpp>
#include <exception>
#include <memory>
#include <thread>

namespace af {
namespace {

constexpr std::size_t kMostPlanBytes = std::size_t{1} << 30;
constexpr std::chrono::seconds kGroupAppears{600};  // its first task may have to wait for a network

constexpr const char* kSubmitHelp =
    "Submits a job to Taskcluster: asks the index which files match, packs them into mapper tasks, adds the reducers,\n"
    "posts the graph. Prints the id of the task group.\n"
    "\n"
    "examples:\n"
    "  af submit Filter.json registry/analysis '{\"OWNER\": \"me@example.org\"}'\n"
    "  af submit Filter.json registry/analysis --job os-count --index s3://telemetry/ --task-queue proj-af/ci\n"
    "  af submit Filter.json registry/analysis --dry-run    the graph as JSON; nothing is posted\n"
    "  af submit --plan job.plan --watch                    exactly what `af plan` wrote\n"
    "  af submit --resume GROUP                             go on with a submission that was cut short\n"
    "\n"
    "exit status: 0 posted | 2 usage | 6 Taskcluster refused | 7 the index | 8 STS or the key | 9 nothing matched |\n"
    "  10 conflict | 11 network; with --watch also those of af watch; the table is in README.md";

constexpr const char* kPlanHelp =
    "Writes what `af submit` would do as a file: objects with sizes and ETags, loads, image, job, settings, digest.\n"
    "\n"
    "example: af plan Filter.json registry/analysis --job os-count -o job.plan; af submit --plan job.plan\n"
    "exit status: 0 written | 2 usage | 7 the index | 8 the key | 9 nothing matched | 11 network";

ConsoleOptions console_options_of(const SubmitOptions& options) {
    const Verbosity verbosity = options.quiet     ? Verbosity::quiet
                                : options.verbose ? Verbosity::verbose
                                                  : Verbosity::normal;
    return console_options(verbosity, options.json, options.no_colour);
}

ChosenSettings settings_of(const SubmitOptions& options) {
    return {Settings::load(process_environment, std::filesystem::current_path()), options.settings};
}

void say_plan(const Plan& plan, Console& console) {
    std::uint64_t largest = 0;
    for (const Load& load : plan.loads) largest = std::max(largest, load.bytes);
    console.say(fmt::format("{}, {}, in {} of at most {}; {}", plural(plan.objects(), "object"),
                            size_text(plan.bytes()), plural(plan.loads.size(), "mapper"), size_text(largest),
                            plan.job.map_only ? "no reduce" : plural(plan.job.reducers, "reducer")));
}

Plan plan_to_submit(const SubmitOptions& options, const ChosenSettings& settings, Session& session, Control& control,
                    Console& console) {
    if (options.plan.empty()) return make_plan(options, settings, session, control, console);
    return parse_plan(read_text(options.plan, kMostPlanBytes), options.plan);
}

int dry_run(const SubmitOptions& options, const ChosenSettings& settings, Console& console) {
    Control control;
    Session session(options.input.store, process_environment, control, 1);
    const Plan plan = plan_to_submit(options, settings, session, control, console);
    say_plan(plan, console);
    print_graph(plan, std::chrono::floor<std::chrono::milliseconds>(session.clock().wall()), control.token());
    return 0;
}

void say_where(const Prepared& submission, Cluster& cluster, Console& console) {
    const std::string& group_id = submission.facts.group_id;
    const std::string published =
        monitor_link(submission.plan.notice.monitor_url, cluster.root_url(), group_id);
    console.say(fmt::format("group    {}\npage     {}\nwatch    af watch {}\nresult   af result {} -o result.txt\n"
                            "cancel   af cancel {}",
                            group_link(cluster.root_url(), group_id),
                            published.empty() ? "af monitor " + group_id : published, group_id, group_id, group_id));
}

void print_group(const std::string& group_id, const SubmitOptions& options, Cluster& cluster) {
    if (!options.json) {
        write_stdout(group_id + "\n");
        return;
    }
    const nlohmann::ordered_json object{{"group_id", group_id},
                                        {"root_url", cluster.root_url()},
                                        {"group_link", group_link(cluster.root_url(), group_id)}};
    write_stdout(object.dump() + "\n");
}

Prepared prepared(const SubmitOptions& options, const ChosenSettings& settings, Cluster& cluster, History& history,
                  Console& console) {
    if (!options.resume.empty())
        return resumed_submission(known_group(options.resume, console), cluster, history, console);
    Plan plan = plan_to_submit(options, settings, cluster.session(), cluster.control(), console);
    say_plan(plan, console);
    return prepare_submission(std::move(plan), settings.text("key"), process_environment, cluster, history, console);
}

// Posts on a thread of its own while this one watches what is there already. A post that fails ends the watch; a watch
// that fails is told once everything is posted.
int post_and_watch(const Prepared& submission, Cluster& cluster, Console& console) {
    std::exception_ptr failure;
    std::jthread posting([&] {
        try {
            post_submission(submission, cluster, console, false);
        } catch (const Error& error) {
            failure = std::current_exception();
            cluster.control().stop(error);
        } catch (const std::exception& error) {
            failure = std::current_exception();
            cluster.control().stop(Error(ErrorKind::bug, error.what()));
        }
    });
    int status = 0;
    std::exception_ptr watching;
    try {
        const WatchOptions watch{.group_id = submission.facts.group_id, .wait_for_group = kGroupAppears};
        status = watch_group(cluster, console, watch);
    } catch (const std::exception&) {
        watching = std::current_exception();
    }
    posting.join();
    if (failure) std::rethrow_exception(failure);
    if (watching) std::rethrow_exception(watching);
    return status;
}

// With a plan, or a submission that the history has, nothing is planned any more: an option that would do nothing is
// refused. A plan is still sealed for --key.
void refuse_planning(const CLI::App& command, const SubmitOptions& options) {
    if (options.plan.empty() && options.resume.empty()) return;
    const char* whole = options.plan.empty() ? "--resume goes on with what was submitted" : "--plan says all of it";
    for (const CLI::Option* option : command.get_options()) {
        const std::string name = option->get_name();
        const bool plans = option->get_positional() || option->get_group() == "Job" ||
                           option->get_group() == "Settings" || name == "--everything" || name == "--input-root";
        if (option->count() == 0 || !plans || (name == "--key" && !options.plan.empty())) continue;
        throw Error(ErrorKind::usage, fmt::format("{}; leave out {}", whole, name));
    }
}

int submit(const SubmitOptions& options) {
    Console console(console_options_of(options));
    const ChosenSettings settings = settings_of(options);
    if (options.dry_run) return dry_run(options, settings, console);
    Cluster cluster(process_environment, options.input.store);
    History history(history_file(process_environment));
    const Prepared submission = prepared(options, settings, cluster, history, console);
    const std::string& group_id = submission.facts.group_id;
    if (!options.watch) post_submission(submission, cluster, console, true);
    say_where(submission, cluster, console);
    print_group(group_id, options, cluster);
    return options.watch ? post_and_watch(submission, cluster, console) : 0;
}

int write_plan(const SubmitOptions& options) {
    Console console(console_options_of(options));
    const ChosenSettings settings = settings_of(options);
    std::optional<AtomicFile> file;
    if (options.output != "-") file.emplace(options.output);
    Control control;
    Session session(options.input.store, process_environment, control, 1);
    const Plan plan = make_plan(options, settings, session, control, console);
    say_plan(plan, console);
    const std::string text = plan_json(plan);
    if (file) {
        file->append(text);
        file->commit();
    } else {
        write_stdout(text, control.token());
    }
    return 0;
}

}  // namespace

void add_plan(CLI::App& app, Action& chosen) {
    auto options = std::make_shared<SubmitOptions>();
    options->output = "-";
    CLI::App* plan = app.add_subcommand("plan", kPlanHelp);
    add_plan_options(*plan, *options);
    plan->add_option("-o,--output", options->output, "where the plan goes (- for stdout)")->type_name("FILE");
    add_console_options(*plan, *options);
    plan->callback([&chosen, options] { chosen = [options] { return write_plan(*options); }; });
}

void add_submit(CLI::App& app, Action& chosen) {
    auto options = std::make_shared<SubmitOptions>();
    CLI::App* submit_command = app.add_subcommand("submit", kSubmitHelp);
    add_plan_options(*submit_command, *options);
    auto* plan = submit_command->add_option("--plan", options->plan, "submit what `af plan` wrote")->type_name("FILE");
    auto* resume =
        submit_command
            ->add_option("--resume", options->resume, "post what is missing of a submission that was cut short")
            ->type_name("GROUP")
            ->excludes(plan);
    submit_command->add_flag("-n,--dry-run", options->dry_run, "print the graph as JSON and post nothing")
        ->excludes(resume);
    submit_command->add_flag("-w,--watch", options->watch, "then watch it until it has ended");
    add_console_options(*submit_command, *options);
    submit_command->callback([&chosen, options, submit_command] {
        chosen = [options, submit_command] {
            refuse_planning(*submit_command, *options);
            return submit(*options);
        };
    });
}

}  // namespace af
