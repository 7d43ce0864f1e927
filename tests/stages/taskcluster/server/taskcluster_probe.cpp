// Calls Taskcluster over the whole stack (access, Hawk, retries, libcurl), for taskcluster_server_test.py.
//
// usage: taskcluster_probe create TASK < DEFINITION     created, same, or conflict and the queue's words
//        taskcluster_probe state TASK                   "completed", "exception (canceled)", ...
//        taskcluster_probe run TASK                     the highest completed run
//        taskcluster_probe group GROUP                  how many tasks
//        taskcluster_probe seal|cancel-group GROUP, rerun TASK
//        taskcluster_probe cat artifact:TASK/RUN/NAME [SHA256]
//        taskcluster_probe list artifact:TASK/RUN/PREFIX
//        taskcluster_probe signed TASK NAME             a signed URL of the latest run's artifact
//        taskcluster_probe secret NAME, keys BUCKET PREFIX, mail ADDRESS
// Answers on stdout. Ends with the exit code of the error and its line on stderr.
#include "engine/curl_http.hpp"
#include "engine/runtime.hpp"
#include "stages/read_object.hpp"
#include "stages/taskcluster/artifact_store.hpp"
#include "stages/taskcluster/notify.hpp"
#include "stages/taskcluster/s3_credentials.hpp"
#include "stages/taskcluster/secrets.hpp"
#include "tests/support/probe_main.hpp"

#include <fmt/format.h>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>

using namespace af;

namespace {

constexpr std::size_t kMaxBytes = std::size_t{64} << 20;

std::optional<std::string> process_variable(std::string_view name) {
    const char* value = std::getenv(std::string(name).c_str());
    if (!value) return std::nullopt;
    return std::string(value);
}

struct Probe {
    TaskclusterClient& client;
    Queue& queue;
    ArtifactStore& store;
    const Retrier& data;
};

Task<std::string> create(Probe on, std::string id, std::string definition) {
    CreateOutcome outcome = co_await on.queue.create_task(std::move(id), std::move(definition), {});
    if (outcome.kind == CreateOutcome::Kind::created) co_return "created";
    if (outcome.kind == CreateOutcome::Kind::same) co_return "same";
    co_return "conflict " + outcome.conflict;
}

Task<std::string> list(Probe on, std::string prefix) {
    std::string names;
    std::string token;
    do {
        ListPage page = co_await on.store.list(prefix, "", token, {});
        for (const ObjectRef& object : page.objects) names += object.name + "\n";
        token = std::move(page.next_token);
    } while (!token.empty());
    co_return names;
}

Task<std::string> answer(Probe on, std::string what, std::string first, std::string second) {
    if (what == "state") {
        const TaskStatus status = co_await on.queue.status(first, {});
        co_return state_text(status);
    }
    if (what == "run") {
        const TaskStatus status = co_await on.queue.status(first, {});
        const Result<int> run = highest_completed_run(status);
        if (!run) throw Error(run.error());
        co_return std::to_string(*run);
    }
    if (what == "group") {
        const TaskGroupPage page = co_await on.queue.list_states(first, "", kMostTasksOfPage, {});
        co_return std::to_string(page.tasks.size());
    }
    if (what == "seal") {
        co_await on.queue.seal_task_group(first, {});
        co_return "";
    }
    if (what == "cancel-group") {
        const CancelledGroup cancelled = co_await on.queue.cancel_task_group(first, {});
        co_return fmt::format("{} of {}", cancelled.cancelled, cancelled.size);
    }
    if (what == "rerun") {
        const TaskStatus status = co_await on.queue.rerun_task(first, {});
        co_return state_text(status);
    }
    if (what == "cat") {
        if (!second.empty()) on.store.expect(first, ExpectedBytes{.sha256 = second});
        auto object = std::make_shared<ObjectRef>();
        object->name = first;
        std::string text = co_await read_object(on.store, object, on.data, kMaxBytes, {});
        co_return text;
    }
    if (what == "signed") co_return on.client.signed_url(artifact_call(first, -1, second), std::chrono::minutes(5));
    if (what == "secret") {
        std::string value = co_await read_secret(on.client, first, {});
        co_return value;
    }
    if (what == "keys") {
        S3Prefix below{first, second};
        const AwsCredentials credentials = co_await aws_s3_credentials(on.client, below, {});
        co_return credentials.keys.access_key_id;
    }
    if (what == "mail") {
        Email email{first, "subject", "content", "Result", "https://tc.example.com/"};
        co_await send_email(on.client, email, {});
        co_return "";
    }
    throw Error(ErrorKind::usage, "unknown command " + what);
}

int run(int argc, char** argv) {
    Runtime runtime(1);
    RealClock clock;
    BlockPool pool(256 << 10);
    CurlHttp http(runtime.net().executor, pool);
    const auto argument = [&](int n) { return argc > n ? std::string(argv[n]) : std::string(); };
    const Retrier data{clock, seeded_random(), object_policy()};
    TaskclusterClient client(http, Retrier{clock, seeded_random(), service_policy()},
                             find_taskcluster_access(process_variable));
    Queue queue(client);
    ArtifactStore store(client, http, data, pool);
    const Probe on{client, queue, store, data};
    std::string text;
    if (argument(1) == "create") {
        std::string definition(std::istreambuf_iterator<char>(std::cin), {});
        text = runtime.block_on(create(on, argument(2), std::move(definition)));
    } else if (argument(1) == "list") {
        text = runtime.block_on(list(on, argument(2)));
    } else {
        text = runtime.block_on(answer(on, argument(1), argument(2), argument(3)));
    }
    std::fwrite(text.data(), 1, text.size(), stdout);
    return 0;
}

}  // namespace

int main(int argc, char** argv) { return test::probe_main("taskcluster_probe", run, argc, argv); }
