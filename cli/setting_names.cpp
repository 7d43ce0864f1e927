#include "cli/setting_names.hpp"

#include "cli/duration.hpp"
#include "cli/image_reference.hpp"
#include "stages/job/yaml_reader.hpp"
#include "stages/near.hpp"
#include "stages/s3/url.hpp"
#include "stages/submit/graph_limits.hpp"
#include "stages/taskcluster/notify.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>

namespace af {
namespace {

using Kind = SettingKind;

constexpr SettingName kSettings[] = {
    {"code_url", "AF_CODE_URL", "https://example.org/analysis-framework", Kind::url,
     "where the code of the job can be read; each task links to it"},
    {"credentials", "AF_CREDENTIALS", "auth", Kind::credentials,
     "how tasks get keys for S3: auth (Taskcluster's auth service), sealed (an STS token), worker (their own)"},
    {"deadline", "AF_DEADLINE", "24h", Kind::duration, "how long after its creation a task may run, at most 5d"},
    {"expires", "AF_EXPIRES", "28d", Kind::duration, "how long results are kept"},
    {"image", "AF_IMAGE", "", Kind::image, "the container image of tasks"},
    {"index", "AF_INDEX", "", Kind::source, "where lists of objects come from: https://, s3://, a manifest, a folder"},
    {"index_namespace", "AF_INDEX_NAMESPACE", "", Kind::text,
     "index.<this> of Taskcluster's index service points at the latest result"},
    {"input_root", "AF_INPUT_ROOT", "", Kind::source, "what the names of an index are below: s3://telemetry/"},
    {"key", "AF_KEY", "", Kind::path, "the public key that credentials are sealed for; see af keygen"},
    {"key_secret", "AF_KEY_SECRET", "", Kind::text, "the secret of Taskcluster that holds its private key"},
    {"load_files", "AF_LOAD_FILES", "2000", Kind::count, "objects a mapper gets at most"},
    {"load_size", "AF_LOAD_SIZE", "1GB", Kind::size, "bytes a mapper should get, as stored"},
    {"matrix_room", "AF_MATRIX_ROOM", "", Kind::text, "the Matrix room that hears how a job ended"},
    {"max_run_time", "AF_MAX_RUN_TIME", "2h", Kind::duration, "how long a task may take"},
    {"monitor_url", "AF_MONITOR_URL", "", Kind::url, "where a published monitor page lies"},
    {"owner", "AF_OWNER", "", Kind::email, "who gets mail when a job has ended"},
    {"priority", "AF_PRIORITY", "lowest", Kind::priority, "of tasks, lowest to highest"},
    {"project_id", "AF_PROJECT_ID", "none", Kind::text, "of tasks"},
    {"retries", "AF_RETRIES", "5", Kind::count, "how often a task is run again after a worker was lost, at most 49"},
    {"scheduler_id", "AF_SCHEDULER_ID", "analysis-framework", Kind::text, "of tasks"},
    {"slack_channel", "AF_SLACK_CHANNEL", "", Kind::text, "the id of the Slack channel that hears how a job ended"},
    {"task_queue", "AF_TASK_QUEUE", "", Kind::task_queue, "where tasks run: PROVISIONER/WORKER-TYPE"},
};

constexpr std::string_view kCredentials[] = {"auth", "sealed", "worker"};
constexpr std::size_t kMostTextBytes = 500;

bool is_word(Kind kind, std::string_view value) {
    const auto words = setting_words(kind);
    return std::find(words.begin(), words.end(), value) != words.end();
}

bool is_count(std::string_view value) {
    return !value.empty() && value.size() <= 9 && only_of(value, "0123456789", "");
}

bool is_plain(std::string_view value) {
    return value.size() <= kMostTextBytes && std::none_of(value.begin(), value.end(), [](char c) {
               return static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
           });
}

// Without user information: a password is no setting.
bool is_web_address(std::string_view value) { return parse_url(value).has_value(); }

bool is_place(std::string_view value) {
    if (value.starts_with("http://") || value.starts_with("https://")) return is_web_address(value);
    return printable(value) == value && value.find('\n') == value.npos;
}

std::string wanted(Kind kind) {
    switch (kind) {
        case Kind::text: return fmt::format("at most {} bytes without spaces", kMostTextBytes);
        case Kind::path:
        case Kind::source: return "a path or an address, without a password or control characters";
        case Kind::url: return "an address that begins with https:// or http://";
        case Kind::email: return "an e-mail address";
        case Kind::image: return "an image reference such as registry.example/analysis:3";
        case Kind::task_queue: return "PROVISIONER/WORKER-TYPE, such as proj-telemetry/ci";
        case Kind::count: return "a whole number";
        case Kind::size: return "a size such as 500MB or 2GiB";
        case Kind::duration: return "a duration such as 90s, 15m, 24h or 5d";
        case Kind::priority:
        case Kind::credentials: break;
    }
    return fmt::format("one of {}", fmt::join(setting_words(kind), ", "));
}

bool fits(Kind kind, std::string_view value) {
    switch (kind) {
        case Kind::text: return is_plain(value);
        case Kind::path:
        case Kind::source: return is_place(value);
        case Kind::url: return is_web_address(value);
        case Kind::email: return is_email_address(value);
        case Kind::image: return is_image_reference(value);
        case Kind::task_queue: return is_task_queue(value);
        case Kind::count: return is_count(value);
        case Kind::size: return parse_bytes(value).value_or(0) > 0;
        case Kind::duration: return parse_duration(value).value_or(std::chrono::seconds(0)).count() > 0;
        case Kind::priority:
        case Kind::credentials: return is_word(kind, value);
    }
    return false;
}

}  // namespace

std::span<const SettingName> setting_names() { return kSettings; }

const SettingName* find_setting_name(std::string_view name) {
    const auto found = std::find_if(std::begin(kSettings), std::end(kSettings),
                                    [name](const SettingName& setting) { return setting.name == name; });
    return found == std::end(kSettings) ? nullptr : found;
}

const SettingName& setting_name_of(std::string_view name) {
    if (const SettingName* found = find_setting_name(name)) return *found;
    std::vector<std::string> names;
    for (const SettingName& setting : kSettings) names.emplace_back(setting.name);
    throw Error(ErrorKind::usage, fmt::format("there is no setting \"{}\"{}", escaped(name), did_you_mean(name, names)))
        .about(name)
        .hint("af config show lists them");
}

std::optional<std::string> why_not(const SettingName& setting, std::string_view value) {
    if (value.empty() && setting.built_in.empty()) return std::nullopt;
    if (!value.empty() && fits(setting.kind, value)) return std::nullopt;
    if (setting.kind == Kind::image)
        return fmt::format("{}: {}", setting.name, parse_image_reference(value).error().what());
    return fmt::format("{} must be {}", setting.name, wanted(setting.kind));
}

std::span<const std::string_view> setting_words(SettingKind kind) {
    if (kind == Kind::priority) return kPriorities;
    if (kind == Kind::credentials) return kCredentials;
    return {};
}

}  // namespace af
