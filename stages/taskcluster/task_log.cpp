#include "stages/taskcluster/task_log.hpp"

#include "stages/object_reader.hpp"
#include "stages/taskcluster/artifact_name.hpp"
#include "stages/taskcluster/artifact_target.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace af {
namespace {

using namespace std::chrono_literals;

constexpr const char* kLog = "public/logs/live.log";
constexpr Duration kLookAgain = 2s;

ObjectPtr log_of(const LogPlace& place) {
    auto object = std::make_shared<ObjectRef>();
    object->name = to_text({place.task_id, place.run_id, kLog});
    return object;
}

}  // namespace

// Passes on what lies behind the bytes that were passed on before; begin() for each source.
class TaskLog::Skipping {
public:
    explicit Skipping(TakeLog take) : take_(std::move(take)) {}
    void begin() { at_ = 0; }
    void operator()(std::string_view bytes) {
        const std::uint64_t known = std::min<std::uint64_t>(bytes.size(), passed_ - std::min(passed_, at_));
        at_ += bytes.size();
        bytes.remove_prefix(known);
        if (bytes.empty()) return;
        passed_ += bytes.size();
        take_(bytes);
    }

private:
    TakeLog take_;
    std::uint64_t passed_ = 0;
    std::uint64_t at_ = 0;  // of the source
};

Task<void> TaskLog::read_stored(ObjectPtr object, Skipping& take, std::stop_token stop) {
    take.begin();
    ObjectReader reader(artifacts_, std::move(object), with_, std::move(stop));
    co_await reader.open();
    for (;;) {
        std::optional<Block> block = co_await reader.next();
        if (!block) co_return;
        take(block->view());
    }
}

Task<void> TaskLog::read_live(const std::string& url, Skipping& take, std::stop_token stop) {
    Result<void> allowed = check_artifact_url(url, root_url_);
    if (!allowed) throw std::move(allowed.error());
    take.begin();
    HttpRequest request;
    request.url = url;
    request.stall_timeout = 24h;  // a task may be silent for long
    HttpResponse response = co_await http_.send(std::move(request), stop);
    if (response.status != 200)
        throw Error(ErrorKind::unavailable, fmt::format("the worker's log server says HTTP {}", response.status));
    for (;;) {
        std::optional<Block> block = co_await response.body->next();
        if (!block) co_return;
        take(block->view());
    }
}

Task<void> TaskLog::read(LogPlace place, TakeLog take, std::stop_token stop) {
    Skipping skipping(std::move(take));
    const ObjectPtr object = log_of(place);
    try {
        co_await read_stored(object, skipping, std::move(stop));
    } catch (Error& error) {
        throw std::move(error).about(object->name);
    }
}

Task<bool> TaskLog::has_ended(const LogPlace& place, std::stop_token stop) {
    const TaskStatus status = co_await queue_.status(place.task_id, std::move(stop));
    for (const TaskRun& run : status.runs)
        if (run.run_id == place.run_id) co_return run.state != "pending" && run.state != "running";
    co_return status.resolved();
}

Task<void> TaskLog::read_so_far(const LogPlace& place, Skipping& take, std::stop_token stop) {
    ArtifactContent content = co_await queue_.artifact(place.task_id, place.run_id, kLog, stop);
    if (content.storage_type == "reference") {
        co_await read_live(content.url, take, stop);
    } else {
        ObjectPtr object = log_of(place);
        co_await read_stored(std::move(object), take, stop);
    }
}

Task<void> TaskLog::follow(LogPlace place, TakeLog take, std::stop_token stop) {
    Skipping skipping(std::move(take));
    for (;;) {
        const bool ended = co_await has_ended(place, stop);
        std::optional<Error> why;
        try {
            co_await read_so_far(place, skipping, stop);
        } catch (const Error& error) {
            why = error;
        }
        if (why && !why->may_heal() && why->kind() != ErrorKind::not_found) throw std::move(*why).about(place.task_id);
        if (ended && why) throw std::move(*why).about(place.task_id);
        if (ended) co_return;
        const bool slept = co_await with_.clock.sleep(kLookAgain, stop);
        if (!slept) throw Error(ErrorKind::cancelled, "stopped");
    }
}

}  // namespace af
