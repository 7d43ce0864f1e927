// The calls to the queue that the framework makes.
//
// Errors   those of TaskclusterClient, about the task, group or artifact; usage: an id that is none (before any call).
// Threads  the network executor; `client` outlives the queue.
// Source   queue API, version 1; rows F30-F35 and F40 of the fault matrix.
#pragma once

#include "stages/taskcluster/client.hpp"
#include "stages/taskcluster/task_status.hpp"

#include <optional>

namespace af {

struct CreateOutcome {
    enum class Kind {
        created,   // now or by an attempt before
        same,      // 409, yet the queue holds what we sent
        conflict,  // 409: something else has this id, or the group does not take the task
    };
    Kind kind = Kind::created;
    TaskStatus status{};     // created
    std::string conflict{};  // the queue's words
};

struct TaskGroupPage {
    std::vector<TaskInGroup> tasks;
    std::string next_token;  // empty: the last page
    bool sealed = false;
};

inline constexpr unsigned kMostTasksOfPage = 1'000;
inline constexpr std::size_t kMostPageBytes = std::size_t{32} << 20;  // of list_states()

struct CancelledGroup {
    std::uint64_t cancelled = 0;
    std::uint64_t size = 0;
};

struct ArtifactInfo {
    std::string name;
    std::string storage_type;
    std::string content_type;
    std::optional<std::uint64_t> content_length;  // as the worker said it
    std::string expires;
};

struct ArtifactPage {
    std::vector<ArtifactInfo> artifacts;
    std::string next_token;
};

// How an artifact is got; links are resolved by the queue.
struct ArtifactContent {
    std::string storage_type;              // s3, object, reference, error
    std::string url{};                     // s3, reference
    std::string object_name{};             // object
    TaskclusterCredentials credentials{};  // object: for the object service, good for an hour
    std::string reason{};                  // error
    std::string message{};                 // error
};

class Queue {
public:
    explicit Queue(TaskclusterClient& client) : client_(client) {}

    Task<TaskDefinition> task(std::string task_id, std::stop_token stop);
    Task<TaskStatus> status(std::string task_id, std::stop_token stop);

    // `definition` is sent byte by byte as it is, with every attempt: its dates are fixed. After 409 the queue's
    // definition is compared with what we sent (F30). A reply of 400 has used up the id.
    Task<CreateOutcome> create_task(std::string task_id, std::string definition, std::stop_token stop);

    // At most `most` tasks, without what tasks carry: payload, scopes, routes. Error(corrupt) above kMostPageBytes.
    Task<TaskGroupPage> list_states(std::string group_id, std::string token, unsigned most, std::stop_token stop);
    Task<void> seal_task_group(std::string group_id, std::stop_token stop);
    Task<CancelledGroup> cancel_task_group(std::string group_id, std::stop_token stop);  // refused before it is sealed
    Task<TaskStatus> rerun_task(std::string task_id, std::stop_token stop);

    Task<ArtifactPage> list_artifacts(std::string task_id, int run_id, std::string token, std::stop_token stop);
    Task<ArtifactContent> artifact(std::string task_id, int run_id, std::string name, std::stop_token stop);

private:
    Task<TaskStatus> status_of(ServiceCall call, std::string task_id, std::stop_token stop);
    Task<CreateOutcome> after_conflict(std::string task_id, std::string definition, ServiceFailure failure,
                                       std::stop_token stop);

    TaskclusterClient& client_;
};

// True when everything in `sent` is in `held`: dates as instants, numbers by value; `held` may have defaults besides.
bool same_definition(const nlohmann::json& sent, const nlohmann::json& held);

// The call for an artifact's bytes themselves, e.g. for TaskclusterClient::signed_url(). `run_id` < 0: the latest run.
ServiceCall artifact_call(std::string task_id, int run_id, std::string name);

}  // namespace af
