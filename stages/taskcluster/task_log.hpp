// The log of a task's run: as it is stored once the run has ended, or as it grows.
//
// Live     while a run lasts its log is a reference to the worker's log server, a stream without a length. It is read
//          for people only, without credentials, from https or from where the deployment itself is.
// Whole    a stream that breaks is begun again and what was seen is skipped; the stored log then gives what is missing.
// Errors   not_found: there is no log (yet, or any more); refused; unavailable; corrupt. About the artifact.
// Threads  the network executor; what it is handed outlives it.
// Source   features.md 3, "Artifacts"; row F35 of the fault matrix.
#pragma once

#include "engine/retry.hpp"
#include "stages/taskcluster/artifact_store.hpp"

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

namespace af {

struct LogPlace {
    std::string task_id;
    int run_id = 0;
};

// The bytes of a log, in order.
using TakeLog = std::function<void(std::string_view)>;

class TaskLog {
public:
    TaskLog(Queue& queue, ArtifactStore& artifacts, HttpClient& http, Retrier with, std::string root_url)
        : queue_(queue), artifacts_(artifacts), http_(http), with_(std::move(with)), root_url_(std::move(root_url)) {}

    // Of a run that has ended.
    Task<void> read(LogPlace place, TakeLog take, std::stop_token stop);
    // From its start until the run has ended, also one that has not begun yet.
    Task<void> follow(LogPlace place, TakeLog take, std::stop_token stop);

private:
    class Skipping;
    Task<void> read_stored(ObjectPtr object, Skipping& take, std::stop_token stop);
    Task<void> read_live(const std::string& url, Skipping& take, std::stop_token stop);
    Task<void> read_so_far(const LogPlace& place, Skipping& take, std::stop_token stop);
    Task<bool> has_ended(const LogPlace& place, std::stop_token stop);

    Queue& queue_;
    ArtifactStore& artifacts_;
    HttpClient& http_;
    Retrier with_;
    const std::string root_url_;
};

}  // namespace af
