// af-task: what runs inside a task. One command a task: map, merge or reduce.
#include "container/environment.hpp"
#include "container/native/native_feeder.hpp"
#include "container/process_one.hpp"
#include "container/run_mapper.hpp"
#include "container/run_reducer.hpp"
#include "container/task_log.hpp"
#include "engine/error.hpp"
#include "engine/own_process.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr const char* kHelp =
    R"(af-task: one task of a map/reduce job, in its working folder.

usage: af-task map KEY...             s3://bucket/key, or keys below AF_INPUT
       af-task map --manifest SOURCE  the keys in a file, https://..., s3://... or artifact:<taskId>/<runId>/<name>
       af-task merge                  the parts of some mappers as the parts of one
       af-task reduce                 the parts of all mappers into the result

Writes af/part-00000.txt.zst ... or af/result.txt, and af/manifest.json last.
What it is told by its environment: container/environment.hpp.
exit status: 0 committed | 64 usage | 65 bad data | 66 missing input | 69 refused | 70 a bug | 71 system |
  73 disk full | 74 disk broken | 75 network | 76 credentials expired | 78 job or envelope | 80-84 the job's code |
  143 terminated
)";

af::Error usage(const std::string& message) {
    return af::Error(af::ErrorKind::usage, message).hint("see af-task --help");
}

af::MapArguments map_arguments(const std::vector<std::string>& words) {
    af::MapArguments arguments;
    bool options = true;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        constexpr std::string_view kManifest = "--manifest";
        if (options && word == "--") {
            options = false;
        } else if (options && word == kManifest) {
            if (++i == words.size()) throw usage("--manifest needs a file, a URL or an artifact");
            arguments.manifest = words[i];
        } else if (options && word.starts_with("--manifest=")) {
            arguments.manifest = word.substr(kManifest.size() + 1);
        } else if (options && word.starts_with('-')) {
            throw usage(fmt::format("map knows no option {}", af::escaped(word)));
        } else {
            arguments.keys.push_back(word);
        }
    }
    return arguments;
}

void run(const af::Environment& environment, const std::string& command, const std::vector<std::string>& rest) {
    const af::TaskSettings settings = af::read_settings(environment, ::geteuid() == 0);
    if (command == "map") {
        af::run_mapper(settings, environment, map_arguments(rest));
        return;
    }
    if (!rest.empty()) throw usage(command + " takes no arguments");
    if (command == "reduce") {
        af::run_reducer(settings, environment);
    } else {
        af::run_merger(settings, environment);
    }
}

// Until the threads are there that stop a job in order, nothing has been started that would need it; and a process 1
// without a handler would not be stopped at all.
void leave_at_once(int number) { ::_exit(128 + number); }

int report(const af::Error& error) {
    const int status = af::exit_code(error.kind());
    af::say_error(af::error_line("af", error, status));
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    if (const auto status = af::run_native_feeder(argc, argv)) return *status;
    // First of all, before anything reads the environment and before there are threads.
    af::SecretEnvironment secrets(af::secret_variables());
    std::signal(SIGTERM, leave_at_once);
    std::signal(SIGINT, leave_at_once);
    af::keep_freed_memory();
    af::raise_open_files();
    ::umask(022);  // what is written is published, or read by the user's code
    const std::vector<std::string> words(argv + 1, argv + argc);
    const std::string command = words.empty() ? "" : words.front();
    if (command == "--help" || command == "-h" || command == "help") {
        std::fputs(kHelp, stdout);
        return 0;
    }
    if (command == "--version") {
        std::puts("af-task " AF_VERSION);
        return 0;
    }
    try {
        af::harden_process();
        if (command != "map" && command != "reduce" && command != "merge")
            throw usage(command.empty() ? "a command is missing" : "no command \"" + af::escaped(command) + "\"");
        if (const auto status = af::stay_as_process_one([&secrets] { secrets.forget(); })) return *status;
        const af::Environment environment = af::task_environment(secrets);
        run(environment, command, {words.begin() + 1, words.end()});
        return 0;
    } catch (const af::Error& error) {
        return report(error);
    } catch (const std::bad_alloc&) {
        return report(af::Error(af::ErrorKind::os, "out of memory"));
    } catch (const std::exception& error) {
        af::say_error(fmt::format("af: ERROR UNKNOWN exit=1 last=\"{}\" hint=\"this is a bug\"",
                                  af::escaped(error.what())));
        return 1;
    }
}
