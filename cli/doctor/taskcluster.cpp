#include "cli/doctor/taskcluster.hpp"

#include "cli/scopes_needed.hpp"
#include "stages/s3/dates.hpp"
#include "stages/taskcluster/scopes.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {
namespace {

constexpr auto kSkewToTell = std::chrono::seconds(60);
constexpr auto kSkewRefused = std::chrono::minutes(15);
constexpr auto kSoon = std::chrono::hours(1);
constexpr std::size_t kMostReplyBytes = 64 << 10;

struct Ping {
    int status = 0;
    std::string body;
    std::optional<WallTime> time;
};

Task<Ping> ping(HttpClient& http, std::string root, std::stop_token stop) {
    HttpRequest request;
    request.url = root + "/api/queue/v1/ping";
    request.max_body_bytes = kMostReplyBytes;
    HttpResponse response = co_await http.send(std::move(request), stop);
    Ping answer;
    answer.status = response.status;
    if (const auto date = find_header(response.headers, "Date")) answer.time = parse_http_date(*date);
    answer.body = co_await read_all(*response.body, kMostReplyBytes);
    co_return answer;
}

bool is_alive(const Ping& answer) {
    const nlohmann::json body = nlohmann::json::parse(answer.body, nullptr, false);
    return answer.status == 200 && body.is_object() && body.value("alive", nlohmann::json()) == true;
}

// Nobody asks: what is wrong with the credentials in variables is another check's.
Environment without_credentials(const Environment& environment) {
    return [environment](std::string_view name) -> std::optional<std::string> {
        if (name.starts_with("TASKCLUSTER_") && name != "TASKCLUSTER_ROOT_URL") return std::nullopt;
        return environment(name);
    };
}

std::string skew_text(std::chrono::seconds skew) {
    return fmt::format("this machine is {} {} the server",
                       duration_text(static_cast<double>(std::chrono::abs(skew).count())),
                       skew.count() < 0 ? "behind" : "ahead of");
}

}  // namespace

RootAnswer check_root_url(const Environment& environment) {
    RootAnswer answer;
    answer.finding = checked(
        "root URL", ClusterStep::taskcluster,
        "set TASKCLUSTER_ROOT_URL to the address of your deployment, and look whether this machine reaches it", [&] {
            Cluster cluster(without_credentials(environment));
            const std::string root = cluster.root_url();
            const Ping pong =
                cluster.wait(ClusterStep::taskcluster, ping(cluster.session().http(), root, cluster.token()));
            answer.server_time = pong.time;
            answer.answers = is_alive(pong);
            if (answer.answers) return ok(root + ", its queue answers");
            const bool may_heal = pong.status >= 500 || pong.status == 429;
            return wrong(may_heal ? kExitNetwork : kExitTaskcluster,
                         fmt::format("{} answers with HTTP {}, not as Taskcluster's queue does", root, pong.status),
                         may_heal ? "try again later; ask whoever runs your Taskcluster"
                                  : "set TASKCLUSTER_ROOT_URL to the address of your deployment");
        });
    return answer;
}

Finding clock_finding(WallTime ours, std::optional<WallTime> theirs) {
    return checked("clock", std::nullopt, "", [&] {
        if (!theirs) return skipped("the server says no time");
        const auto skew = std::chrono::duration_cast<std::chrono::seconds>(ours - *theirs);
        const std::string advice = "set this machine's clock: timedatectl set-ntp true";
        if (std::chrono::abs(skew) >= kSkewRefused)
            return wrong(kExitTaskcluster, skew_text(skew) + "; signatures are refused", advice);
        if (std::chrono::abs(skew) >= kSkewToTell) return warning(skew_text(skew), advice);
        return ok("as the server's");
    });
}

std::optional<Finding> certificate_finding(const std::string& certificate, WallTime now) {
    if (certificate.empty()) return std::nullopt;
    const nlohmann::json fields = nlohmann::json::parse(certificate, nullptr, false);
    if (!fields.is_object() || !fields.contains("expiry") || !fields["expiry"].is_number_unsigned())
        return wrong(kExitTaskcluster, "the certificate of the temporary credentials cannot be read",
                     std::string(kSignInAdvice));
    const WallTime expires{std::chrono::milliseconds(fields["expiry"].get<std::int64_t>())};
    if (expires <= now)
        return wrong(kExitTaskcluster, "they ran out at " + to_iso_date(expires), std::string(kSignInAdvice));
    const std::string text = "they run out at " + to_iso_date(expires);
    return expires - now < kSoon ? warning(text, std::string(kSignInAdvice)) : ok(text);
}

Finding check_credentials(Cluster& cluster) {
    return checked("credentials", ClusterStep::taskcluster, kSignInAdvice, [&] {
        const TaskclusterAccess& access = cluster.client().access();
        if (!access.credentials)
            return wrong(kExitTaskcluster,
                         "there are none: neither TASKCLUSTER_CLIENT_ID nor a file of the taskcluster tool",
                         std::string(kSignInAdvice));
        const std::string who = fmt::format("{}, from {}", access.credentials->client_id, access.source);
        const auto life = certificate_finding(access.credentials->certificate, std::chrono::system_clock::now());
        if (life && life->state == Finding::State::wrong) return *life;
        cluster.wait(ClusterStep::taskcluster, current_scopes(cluster.client(), cluster.token()));
        if (!life) return ok(who);
        return Finding{{}, life->state, fmt::format("{}; {}", who, life->text), life->advice, 0};
    });
}

Finding check_scopes(Cluster* cluster, const ChosenSettings& settings) {
    return checked("scopes", ClusterStep::taskcluster, "try again; ask whoever runs your Taskcluster", [&] {
        const NeededScopes needed = needed_scopes(settings, {});
        if (!cluster) return skipped("nobody to ask");
        const auto missing =
            cluster->wait(ClusterStep::taskcluster, missing_scopes(cluster->client(), needed.all, cluster->token()));
        const auto& credentials = cluster->client().access().credentials;
        if (!missing.empty()) throw scopes_are_missing(missing, credentials ? credentials->client_id : "nobody");
        const std::string text = fmt::format("all {} that a submission needs", needed.all.size());
        return needed.note.empty() ? ok(text) : ok(fmt::format("{}; {}", text, needed.note));
    });
}

}  // namespace af
