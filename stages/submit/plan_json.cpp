// A plan as text. The objects, of which there may be a million, are a line each: neither writing nor reading ever holds
// all of them as JSON values, which would take half a gigabyte.
#include "stages/filter/strict_json.hpp"
#include "stages/s3/hash.hpp"
#include "stages/seal/base64.hpp"
#include "stages/submit/plan.hpp"
#include "stages/taskcluster/json_fields.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {
namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;
constexpr std::size_t kMostHeadBytes = 4 << 20;
constexpr std::size_t kMostLineBytes = 16 << 10;
constexpr std::string_view kLoads = "\"loads\":[\n";
constexpr std::string_view kDigest = "],\n\"digest\":\"";

std::string text_of(const Json& value) {
    try {
        return value.dump();
    } catch (const Json::type_error&) {
        throw Error(ErrorKind::usage, "a name or setting is not in UTF-8, so no task can be told of it");
    }
}

Json json_of(const PlannedJob& job) {
    return {{"name", job.name},         {"digest", job.digest},
            {"bundle", base64(job.bundle)}, {"bundle_sha256", job.bundle_sha256},
            {"reducers", job.reducers}, {"map_only", job.map_only}};
}

Json json_of(const PlannedNotice& notice) {
    return {{"owner", notice.owner},
            {"slack_channel", notice.slack_channel},
            {"matrix_room", notice.matrix_room},
            {"monitor_url", notice.monitor_url}};
}

Json json_of(const TaskSettingsOfPlan& tasks) {
    return {{"task_queue", tasks.task_queue},
            {"scheduler_id", tasks.scheduler_id},
            {"project_id", tasks.project_id},
            {"priority", tasks.priority},
            {"code_link", tasks.code_link},
            {"deadline", tasks.deadline.count()},
            {"expires", tasks.expires.count()},
            {"max_run_time", tasks.max_run_time.count()},
            {"retries", tasks.retries},
            {"artifacts", tasks.artifacts},
            {"environment", tasks.environment},
            {"merge_fan_in", tasks.merge_fan_in},
            {"reduce_what_succeeded", tasks.reduce_what_succeeded},
            {"keys", word_of(tasks.keys)},
            {"read_prefix", tasks.read_prefix},
            {"key_secret", tasks.key_secret},
            {"kid", tasks.kid},
            {"allow_missing", tasks.allow_missing},
            {"index_namespace", tasks.index_namespace}};
}

Json json_of(const ObjectRef& object) {
    Json row{{"name", object.name}};
    if (object.size != kUnknownSize) row["size"] = object.size;
    if (!object.etag.empty()) row["etag"] = object.etag;
    return row;
}

// All of it but the digest.
std::string body_of(const Plan& plan) {
    std::string text = fmt::format("{{\"af_plan\":{},\n\"bytes\":{},\n\"filter\":{},\n", kVersion, plan.bytes(),
                                   plan.filter.empty() ? "null" : plan.filter);
    text += "\"image\":" + text_of(plan.image) + ",\n";
    text += "\"job\":" + text_of(json_of(plan.job)) + ",\n";
    text += "\"notice\":" + text_of(json_of(plan.notice)) + ",\n";
    text += fmt::format("\"objects\":{},\n", plan.objects());
    text += "\"source\":" + text_of(plan.source) + ",\n";
    text += "\"tasks\":" + text_of(json_of(plan.tasks)) + ",\n";
    text += kLoads;
    for (std::size_t load = 0; load < plan.loads.size(); ++load) {
        text += load == 0 ? "[" : ",[";
        const std::vector<ObjectRef>& objects = plan.loads[load].objects;
        for (std::size_t i = 0; i < objects.size(); ++i) {
            if (i > 0) text += ',';
            text += text_of(json_of(objects[i]));
            text += '\n';
        }
        text += "]\n";
    }
    return text;
}

std::string digest_of(std::string_view body) { return hex(as_text(sha256(body))); }

Error broken(std::string_view name, std::string_view what) {
    return Error(ErrorKind::config, fmt::format("{}: {}", name, what))
        .about(name)
        .hint("a plan is used as `af plan` wrote it; to change something, make a new one");
}

// Two texts that the digest has shown to be ours, and what they hold.
class Reader {
public:
    explicit Reader(std::string_view name) : name_(name) {}

    Plan head(std::string_view text) const {
        if (text.size() > kMostHeadBytes) throw broken(name_, "is too large before its list of objects");
        std::string whole(text);
        whole += "\"end\":0}";
        const Json json = parse_strict_json(whole, name_, {.max_bytes = kMostHeadBytes + 16, .max_depth = 64});
        if (!json.contains("af_plan") || json["af_plan"] != kVersion)
            throw broken(name_, fmt::format("is no plan of version {}", kVersion));
        const JsonFields fields(json, name_);
        Plan plan;
        plan.image = fields.text("image");
        plan.source = fields.optional_text("source");
        if (!json["filter"].is_null()) plan.filter = text_of(json["filter"]);
        plan.job = job(JsonFields(fields.object("job"), name_));
        plan.notice = notice(JsonFields(fields.object("notice"), name_));
        plan.tasks = tasks(fields.object("tasks"));
        return plan;
    }

    // One line of the list: "[{...}", ",{...}", ",[{...}" or "]".
    void line(std::string_view text, std::vector<Load>& loads) const {
        if (text == "]") return;
        if (text.starts_with(',')) text.remove_prefix(1);
        if (text.starts_with('[')) {
            text.remove_prefix(1);
            loads.emplace_back();
        }
        if (loads.empty() || text.size() > kMostLineBytes) throw broken(name_, "its list of objects is none");
        const Json json = parse_strict_json(text, name_, {.max_bytes = kMostLineBytes, .max_depth = 4});
        const JsonFields fields(json, name_);
        ObjectRef object;
        object.name = fields.text("name");
        object.size = fields.optional_number("size", kUnknownSize);
        object.etag = fields.optional_text("etag");
        if (object.size != kUnknownSize) loads.back().bytes += object.size;
        loads.back().objects.push_back(std::move(object));
    }

private:
    PlannedJob job(const JsonFields& fields) const {
        PlannedJob job;
        job.name = fields.text("name");
        job.digest = fields.optional_text("digest");
        auto bundle = strict_base64(fields.optional_text("bundle"));
        if (!bundle) throw broken(name_, "the bundle is not in base64");
        job.bundle = std::move(*bundle);
        job.bundle_sha256 = fields.optional_text("bundle_sha256");
        job.reducers = static_cast<unsigned>(fields.number("reducers"));
        job.map_only = fields.flag("map_only");
        return job;
    }

    PlannedNotice notice(const JsonFields& fields) const {
        return {fields.optional_text("owner"), fields.optional_text("slack_channel"),
                fields.optional_text("matrix_room"), fields.optional_text("monitor_url")};
    }

    TaskSettingsOfPlan tasks(const Json& json) const {
        const JsonFields fields(json, name_);
        TaskSettingsOfPlan tasks;
        tasks.task_queue = fields.text("task_queue");
        tasks.scheduler_id = fields.text("scheduler_id");
        tasks.project_id = fields.text("project_id");
        tasks.priority = fields.text("priority");
        tasks.code_link = fields.text("code_link");
        tasks.deadline = std::chrono::seconds(fields.number("deadline"));
        tasks.expires = std::chrono::seconds(fields.number("expires"));
        tasks.max_run_time = std::chrono::seconds(fields.number("max_run_time"));
        tasks.retries = static_cast<unsigned>(fields.number("retries"));
        tasks.artifacts = fields.text("artifacts");
        for (const auto& [name, value] : fields.object("environment").items()) {
            if (!value.is_string()) throw broken(name_, "environment." + name + " is no text");
            tasks.environment[name] = value.get<std::string>();
        }
        tasks.merge_fan_in = static_cast<unsigned>(fields.number("merge_fan_in"));
        tasks.reduce_what_succeeded = fields.flag("reduce_what_succeeded");
        const auto keys = task_keys_of(fields.text("keys"));
        if (!keys) throw broken(name_, "tasks.keys is not auth, sealed or worker");
        tasks.keys = *keys;
        tasks.read_prefix = fields.optional_text("read_prefix");
        tasks.key_secret = fields.optional_text("key_secret");
        tasks.kid = fields.optional_text("kid");
        tasks.allow_missing = fields.number("allow_missing");
        tasks.index_namespace = fields.optional_text("index_namespace");
        return tasks;
    }

    std::string_view name_;
};

}  // namespace

std::string plan_json(const Plan& plan) {
    std::string text = body_of(plan);
    const std::string digest = digest_of(text);
    text += fmt::format("{}{}\"}}\n", kDigest, digest);
    return text;
}

std::string plan_digest(const Plan& plan) { return digest_of(body_of(plan)); }

Plan parse_plan(std::string_view text, std::string_view name) {
    const std::size_t list = text.find(kLoads);
    const std::size_t end = text.rfind(kDigest);
    if (!text.starts_with("{\"af_plan\":") || list == text.npos || end == text.npos || end < list)
        throw broken(name, "is no plan");
    const std::string_view body = text.substr(0, end);
    if (text.substr(end) != fmt::format("{}{}\"}}\n", kDigest, digest_of(body)))
        throw broken(name, "was changed after it was made: its digest is not that of its content");
    const Reader reader(name);
    try {
        Plan plan = reader.head(body.substr(0, list));
        std::string_view rows = body.substr(list + kLoads.size());
        while (!rows.empty()) {
            const std::size_t line = rows.find('\n');
            if (line == rows.npos) throw broken(name, "its list of objects is cut");
            reader.line(rows.substr(0, line), plan.loads);
            rows.remove_prefix(line + 1);
        }
        return plan;
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::corrupt) throw;
        throw broken(name, error.what());
    }
}

}  // namespace af
