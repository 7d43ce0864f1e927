#include "stages/taskcluster/access.hpp"

#include "stages/job/yaml_reader.hpp"
#include "stages/job/yaml_tree.hpp"
#include "stages/s3/profile.hpp"
#include "stages/s3/url.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {
namespace {

constexpr std::size_t kMaxFileBytes = 64 << 10;
constexpr std::string_view kSignIn = "Run: eval \"$(taskcluster signin)\"";

struct FileSettings {
    std::string path{};
    std::string root_url{};
    std::string client_id{};
    std::string access_token{};
    std::string certificate{};
    std::optional<std::vector<std::string>> authorized_scopes{};
};

std::string settings_path(const Environment& environment) {
    if (auto folder = variable(environment, "XDG_CONFIG_HOME")) return *folder + "/taskcluster.yml";
    const std::string home = variable(environment, "HOME").value_or("");
    return home.empty() ? "" : home + "/.config/taskcluster.yml";
}

// The file belongs to another program: what else it holds is none of our business.
FileSettings read_settings(const Environment& environment) {
    FileSettings settings{.path = settings_path(environment)};
    if (settings.path.empty()) return settings;
    const std::optional<std::string> text = read_small_file(settings.path, kMaxFileBytes);
    if (!text) return settings;
    const YamlNode tree = parse_yaml(*text, settings.path);
    const YamlNode* config = tree.find("config");
    if (!config) return settings;
    YamlReader reader(*config, settings.path, "config");
    settings.root_url = reader.text("rootUrl").value_or("");
    settings.client_id = reader.text("clientId").value_or("");
    settings.access_token = reader.text("accessToken").value_or("");
    settings.certificate = reader.text("certificate").value_or("");
    settings.authorized_scopes = reader.texts("authorizedScopes");
    return settings;
}

void check_both(const std::string& id, const std::string& token, std::string_view id_name,
                std::string_view token_name) {
    if (id.empty() == token.empty()) return;
    throw Error(ErrorKind::config, fmt::format("{} is set, but {} is not", id.empty() ? token_name : id_name,
                                               id.empty() ? id_name : token_name))
        .hint(fmt::format("Set both, or neither. {}", kSignIn));
}

std::optional<std::vector<std::string>> scopes_of(const Environment& environment) {
    const auto text = variable(environment, "TASKCLUSTER_AUTHORIZED_SCOPES");
    if (!text) return std::nullopt;
    const nlohmann::json list = nlohmann::json::parse(*text, nullptr, false);
    bool strings = list.is_array();
    for (const auto& scope : list) strings = strings && scope.is_string();
    if (!strings) throw Error(ErrorKind::config, "TASKCLUSTER_AUTHORIZED_SCOPES is not a JSON list of strings");
    return list.get<std::vector<std::string>>();
}

std::string root_of(const std::string& text, std::string_view origin) {
    const Result<Url> url = parse_url(text);
    if (!url) throw Error(ErrorKind::config, url.error().what()).during(origin);
    if (!url->query.empty()) throw Error(ErrorKind::config, "a root URL has no query").during(origin);
    std::string root = url->origin() + url->path;
    while (root.ends_with('/')) root.pop_back();
    return root;
}

void choose_credentials(TaskclusterAccess& access, const Environment& environment, FileSettings file) {
    const std::string id = variable(environment, "TASKCLUSTER_CLIENT_ID").value_or("");
    const std::string token = variable(environment, "TASKCLUSTER_ACCESS_TOKEN").value_or("");
    check_both(id, token, "TASKCLUSTER_CLIENT_ID", "TASKCLUSTER_ACCESS_TOKEN");
    if (!id.empty()) {
        access.credentials = TaskclusterCredentials{
            id, token, variable(environment, "TASKCLUSTER_CERTIFICATE").value_or(""), scopes_of(environment)};
        access.source = "TASKCLUSTER_CLIENT_ID";
        return;
    }
    check_both(file.client_id, file.access_token, file.path + ": config.clientId", file.path + ": config.accessToken");
    if (file.client_id.empty()) {
        access.source = "nobody";
        return;
    }
    access.credentials = TaskclusterCredentials{std::move(file.client_id), std::move(file.access_token),
                                                std::move(file.certificate), std::move(file.authorized_scopes)};
    access.source = file.path;
}

}  // namespace

TaskclusterAccess find_taskcluster_access(const Environment& environment) {
    TaskclusterAccess access;
    if (auto root = variable(environment, "TASKCLUSTER_ROOT_URL"))
        access.root_url = root_of(*root, "TASKCLUSTER_ROOT_URL");
    if (auto proxy = variable(environment, "TASKCLUSTER_PROXY_URL")) {
        access.api_root = root_of(*proxy, "TASKCLUSTER_PROXY_URL");
        access.source = "the task's proxy";
        return access;
    }
    FileSettings file = read_settings(environment);
    if (access.root_url.empty() && !file.root_url.empty()) access.root_url = root_of(file.root_url, file.path);
    if (access.root_url.empty())
        throw Error(ErrorKind::config, "TASKCLUSTER_ROOT_URL is not set")
            .hint(fmt::format("Set it to the address of your deployment, e.g. https://taskcluster.example.com. {}",
                              kSignIn));
    access.api_root = access.root_url;
    choose_credentials(access, environment, std::move(file));
    return access;
}

}  // namespace af
