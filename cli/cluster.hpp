// A Taskcluster as a command talks to it: threads, HTTP client, credentials of the user, the queue.
//
// Errors   wait() throws Failed with the status of its step, and what stopped the command before anything that is only
//          its consequence.
// Threads  the one that built it; wait() also any other but the network's, and one at a time may run a pipeline.
#pragma once

#include "cli/failure.hpp"
#include "stages/flow/session.hpp"
#include "stages/taskcluster/client.hpp"
#include "stages/taskcluster/queue.hpp"

#include <functional>
#include <optional>
#include <string>

namespace af {

class Cluster {
public:
    // For commands that do not touch S3: what is wrong with AWS settings does not matter to them.
    explicit Cluster(const Environment& environment);
    // For those that do.
    Cluster(const Environment& environment, const StoreOptions& store);

    Control& control() noexcept { return control_; }
    // Called about five times a second while a pipeline runs, by the thread that runs it.
    void on_tick(std::function<void()> tick) { tick_ = std::move(tick); }
    Session& session() noexcept { return *session_; }
    TaskclusterClient& client() noexcept { return *client_; }
    Queue& queue() noexcept { return *queue_; }
    const std::string& root_url() const noexcept { return client_->access().root_url; }
    // Whether calls are signed, by us or by the task's proxy.
    bool has_credentials() const noexcept {
        return client_->access().credentials || client_->access().api_root != root_url();
    }
    std::stop_token token() const { return control_.token(); }

    template <class T>
    T wait(ClusterStep step, Task<T> task) {
        return in_step(step, [&] {
            try {
                return session_->runtime().block_on(std::move(task));
            } catch (const Error& error) {
                throw control_.cause_of(error);
            }
        });
    }

private:
    std::function<void()> tick_;
    Control control_{[this](const Report&) {
        if (tick_) tick_();
    }};
    std::optional<Session> session_;
    std::optional<TaskclusterClient> client_;
    std::optional<Queue> queue_;
};

// The environment without what the AWS chain reads, so that a broken profile cannot stop what reads no S3.
Environment without_aws(const Environment& environment);
// For a Session that reads no S3.
StoreOptions no_store();

// Links for people.
std::string group_link(const std::string& root_url, const std::string& group_id);
std::string task_link(const std::string& root_url, const std::string& task_id);
std::string log_link(const std::string& root_url, const std::string& task_id, int run_id);

}  // namespace af
