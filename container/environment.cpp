#include "container/environment.hpp"

#include "stages/taskcluster/ids.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

namespace af {
namespace {

constexpr std::array<std::string_view, 9> kSecrets{
    "CREDENTIALS",           "AF_SMTP_URL",       "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "TASKCLUSTER_CLIENT_ID", "TASKCLUSTER_ACCESS_TOKEN", "TASKCLUSTER_CERTIFICATE"};
constexpr std::uint64_t kMostPartitions = 1024;
constexpr std::uint64_t kMostWidth = 1024;
constexpr UserId kNobody{65534, 65534};

Error wrong(std::string_view name, std::string_view value, std::string_view wanted) {
    return Error(ErrorKind::usage, fmt::format("{} is \"{}\", it must be {}", name, escaped(value), wanted));
}

std::optional<std::uint64_t> parse_whole(std::string_view text) {
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return value;
}

std::uint64_t number(const Environment& environment, std::string_view name, std::uint64_t otherwise,
                     std::uint64_t most = UINT64_MAX) {
    const auto text = variable(environment, name);
    if (!text) return otherwise;
    const auto value = parse_whole(*text);
    if (!value || *value > most)
        throw wrong(name, *text, most == UINT64_MAX ? "a whole number" : fmt::format("a whole number up to {}", most));
    return *value;
}

std::string task_id(const Environment& environment, std::string_view name) {
    std::string id = variable(environment, name).value_or("");
    if (!id.empty() && !is_task_id(id)) throw wrong(name, id, "an id of Taskcluster");
    return id;
}

std::vector<std::string> task_ids(const Environment& environment, std::string_view name) {
    std::vector<std::string> ids;
    const std::string text = variable(environment, name).value_or("");
    constexpr std::string_view kBetween = " ,\t\n";
    for (std::size_t at = text.find_first_not_of(kBetween); at != text.npos;
         at = text.find_first_not_of(kBetween, at)) {
        const std::size_t end = std::min(text.find_first_of(kBetween, at), text.size());
        ids.push_back(text.substr(at, end - at));
        if (!is_task_id(ids.back())) throw wrong(name, ids.back(), "a list of task ids");
        at = end;
    }
    std::vector<std::string> sorted = ids;
    std::sort(sorted.begin(), sorted.end());
    if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end())
        throw Error(ErrorKind::usage, fmt::format("{} has {} twice", name, *twice));
    return ids;
}

std::string artifact_prefix(const Environment& environment) {
    std::string prefix = variable(environment, "AF_ARTIFACTS").value_or("af");
    while (prefix.ends_with('/')) prefix.pop_back();
    const bool leads_out = prefix.starts_with('/') || prefix.find("..") != prefix.npos;
    if (prefix.empty() || leads_out || !is_alphanumeric(prefix, "-._/"))
        throw wrong("AF_ARTIFACTS", prefix, "a name such as af or public/af");
    return prefix;
}

std::optional<UserId> user(const Environment& environment, bool is_root) {
    const auto text = variable(environment, "AF_RUN_AS");
    if (text == "none" || (!text && !is_root)) return std::nullopt;
    if (!text) return kNobody;
    const std::size_t colon = text->find(':');
    const auto uid = parse_whole(std::string_view(*text).substr(0, colon));
    const auto gid = colon == text->npos ? uid : parse_whole(std::string_view(*text).substr(colon + 1));
    if (!uid || !gid || *uid == 0 || *gid == 0 || *uid >= UINT32_MAX || *gid >= UINT32_MAX)
        throw wrong("AF_RUN_AS", *text, "UID, UID:GID or none, and not root");
    if (!is_root) throw Error(ErrorKind::usage, "AF_RUN_AS: only root may run code as somebody else");
    return UserId{static_cast<uid_t>(*uid), static_cast<gid_t>(*gid)};
}

WidthOptions widths(const Environment& environment) {
    WidthOptions widths;
    widths.mappers = static_cast<unsigned>(number(environment, "AF_WORKERS", 0, kMostWidth));
    widths.decoders = static_cast<unsigned>(number(environment, "AF_DECODERS", 0, kMostWidth));
    widths.fetch = static_cast<unsigned>(number(environment, "AF_FETCH_WIDTH", 0, kMostWidth));
    widths.sort_bytes = number(environment, "AF_SORT_MEMORY", widths.sort_bytes);
    return widths;
}

}  // namespace

std::span<const std::string_view> secret_variables() { return kSecrets; }

Environment task_environment(const SecretEnvironment& secrets) {
    return [&secrets](std::string_view name) -> std::optional<std::string> {
        if (const auto secret = secrets.find(name)) return std::string(*secret);
        const char* value = std::getenv(std::string(name).c_str());
        if (!value) return std::nullopt;
        return std::string(value);
    };
}

TaskSettings read_settings(const Environment& environment, bool is_root) {
    const auto text = [&](std::string_view name) { return variable(environment, name).value_or(""); };
    TaskSettings settings;
    settings.task.task_id = task_id(environment, "TASK_ID");
    settings.task.run_id = static_cast<int>(number(environment, "RUN_ID", 0, 1000));
    settings.task.task_group_id = task_id(environment, "TASK_GROUP_ID");
    settings.root_url = text("TASKCLUSTER_ROOT_URL");
    settings.has_services = !settings.root_url.empty() || !text("TASKCLUSTER_PROXY_URL").empty();
    settings.job = variable(environment, "AF_JOB").value_or(".");
    settings.bundle = text("AF_JOB_BUNDLE");
    settings.bundle_sha256 = text("AF_JOB_BUNDLE_SHA256");
    if (!settings.bundle.empty() && settings.bundle_sha256.empty())
        throw Error(ErrorKind::usage, "AF_JOB_BUNDLE is set, but AF_JOB_BUNDLE_SHA256 is not");
    settings.input = text("AF_INPUT");
    settings.has_envelope = !text("CREDENTIALS").empty();
    settings.key_file = text("AF_KEY_FILE");
    settings.key_secret = text("AF_KEY_SECRET");
    settings.s3_read = text("AF_S3_READ");
    settings.input_tasks = task_ids(environment, "INPUT_TASK_IDS");
    settings.partition = static_cast<unsigned>(number(environment, "REDUCER_ID", 0, kMostPartitions - 1));
    settings.reducers = static_cast<unsigned>(number(environment, "AF_REDUCERS", 0, kMostPartitions));
    settings.artifacts = artifact_prefix(environment);
    settings.allow_missing = number(environment, "AF_ALLOW_MISSING", 0);
    settings.run_as = user(environment, is_root);
    settings.widths = widths(environment);
    settings.owner = text("OWNER");
    settings.mail_from = text("AF_MAIL_FROM");
    settings.smtp_ca_file = text("AF_SMTP_CA_FILE");
    settings.smtp_secret = text("AF_SMTP_SECRET");
    return settings;
}

}  // namespace af
