#include "stages/s3/credentials.hpp"

#include "engine/wait_list.hpp"
#include "stages/s3/credential_endpoints.hpp"
#include "stages/s3/credential_process.hpp"

#include <fmt/format.h>
#include <mutex>

namespace af {
namespace {

constexpr auto kRenewBefore = std::chrono::minutes(5);
constexpr auto kRenewAgain = std::chrono::seconds(30);  // after a load that failed
constexpr auto kProcessPatience = std::chrono::seconds(60);

Error nothing_found() {
    return Error(ErrorKind::refused, "no AWS credentials found")
        .hint(
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), or AWS_PROFILE, or pass "
            "--no-sign-request for a public bucket.");
}

std::string setting(const AwsProfile& profile, const char* name) {
    auto found = profile.settings.find(name);
    return found == profile.settings.end() ? "" : found->second;
}

std::optional<AwsCredentials> from_environment(const Environment& environment) {
    auto id = variable(environment, "AWS_ACCESS_KEY_ID");
    auto secret = variable(environment, "AWS_SECRET_ACCESS_KEY");
    if (!id && !secret) return std::nullopt;
    if (!id || !secret)
        throw Error(ErrorKind::config,
                    fmt::format("{} is set, but {} is not", id ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
                                id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID"))
            .hint("Set both, or neither.");
    AwsKeys keys{*id, *secret, variable(environment, "AWS_SESSION_TOKEN").value_or("")};
    return AwsCredentials{std::move(keys), std::nullopt, "environment"};
}

std::optional<AwsCredentials> from_profile_keys(const AwsProfile& profile) {
    AwsKeys keys{setting(profile, "aws_access_key_id"), setting(profile, "aws_secret_access_key"),
                 setting(profile, "aws_session_token")};
    if (keys.access_key_id.empty() && keys.secret_access_key.empty()) return std::nullopt;
    if (keys.access_key_id.empty() || keys.secret_access_key.empty())
        throw Error(ErrorKind::config,
                    fmt::format("AWS profile \"{}\" has only one of aws_access_key_id and aws_secret_access_key",
                                escaped(profile.name)));
    return AwsCredentials{std::move(keys), std::nullopt, "profile " + profile.name};
}

Task<std::optional<AwsCredentials>> from_profile_process(const AwsProfile& profile, std::stop_token stop) {
    std::string line = setting(profile, "credential_process");
    if (line.empty()) co_return std::nullopt;
    Result<std::vector<std::string>> command = split_command_line(line);
    if (!command) throw std::move(command.error()).during(fmt::format("AWS profile \"{}\"", escaped(profile.name)));
    std::string output = co_await run_credential_process(*command, kProcessPatience, stop);
    Result<AwsCredentials> credentials =
        parse_credentials_json(output, "credential_process of profile " + profile.name);
    if (!credentials) throw std::move(credentials.error());
    co_return std::move(*credentials);
}

std::optional<WebIdentity> web_identity_of(const Environment& environment) {
    auto file = variable(environment, "AWS_WEB_IDENTITY_TOKEN_FILE");
    if (!file) return std::nullopt;
    auto role = variable(environment, "AWS_ROLE_ARN");
    if (!role)
        throw Error(ErrorKind::config, "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not")
            .hint("Set both, or neither.");
    return WebIdentity{*file, *role, variable(environment, "AWS_ROLE_SESSION_NAME").value_or("")};
}

std::optional<WebIdentity> web_identity_of(const AwsProfile& profile) {
    WebIdentity identity{setting(profile, "web_identity_token_file"), setting(profile, "role_arn"),
                         setting(profile, "role_session_name")};
    if (identity.token_file.empty() || identity.role_arn.empty()) return std::nullopt;
    return identity;
}

// A profile the user asked for by name, but of a kind that is not spoken here.
Error unknown_profile_kind(const AwsProfile& profile) {
    return Error(ErrorKind::config,
                 fmt::format("AWS profile \"{}\" has neither keys nor a credential_process", escaped(profile.name)))
        .hint(fmt::format(
            "For SSO and assumed roles run: eval \"$(aws configure export-credentials --profile {} --format env)\"",
            escaped(profile.name)));
}

}  // namespace

FixedCredentials::FixedCredentials(AwsCredentials credentials) : credentials_(std::move(credentials)) {}
Task<AwsCredentials> FixedCredentials::current(std::stop_token) { co_return credentials_; }
Task<AwsCredentials> FixedCredentials::renewed(AwsKeys, std::stop_token) {
    throw Error(ErrorKind::expired, "the credentials that were given have expired");
    co_return credentials_;
}

Task<AwsCredentials> load_credentials(const CredentialContext& context, std::stop_token stop) {
    if (auto found = from_environment(context.environment)) co_return std::move(*found);
    if (auto identity = web_identity_of(context.environment)) {
        AwsCredentials assumed = co_await assume_role_with_web_identity(context, *identity, stop);
        co_return assumed;
    }
    if (auto found = from_profile_keys(context.profile)) co_return std::move(*found);
    std::optional<AwsCredentials> printed = co_await from_profile_process(context.profile, stop);
    if (printed) co_return std::move(*printed);
    if (auto identity = web_identity_of(context.profile)) {
        AwsCredentials assumed = co_await assume_role_with_web_identity(context, *identity, stop);
        co_return assumed;
    }
    if (context.profile.chosen) throw unknown_profile_kind(context.profile);
    std::optional<AwsCredentials> container = co_await container_credentials(context, stop);
    if (container) co_return std::move(*container);
    std::optional<AwsCredentials> instance = co_await instance_credentials(context, stop);
    if (instance) co_return std::move(*instance);
    throw nothing_found();
}

struct CachedCredentials::State {
    std::optional<AwsCredentials> held;
    WallTime renew_at = WallTime::max();
    std::optional<Error> failed;  // why there are none; told to everybody until fail_until
    WallTime fail_until = WallTime::min();
    bool loading = false;
    std::mutex mutex;  // for the wait list; everything else is touched on the network executor only
    WaitList waiting;
};

CachedCredentials::CachedCredentials(Load load, Clock& clock)
    : load_(std::move(load)), clock_(clock), state_(std::make_unique<State>()) {}
CachedCredentials::~CachedCredentials() = default;

// Returns when one load has ended, this caller's or another's. Throws what this caller's own load threw.
Task<void> CachedCredentials::load_once(std::stop_token stop) {
    if (state_->loading) {
        auto over = [state = state_.get()] { return !state->loading; };
        co_await sleep_unless(state_->mutex, state_->waiting, over);
        co_return;
    }
    struct Loading {
        State& state;
        explicit Loading(State& s) : state(s) { state.loading = true; }
        ~Loading() {
            std::lock_guard lock(state.mutex);
            state.loading = false;
            state.waiting.wake_all();
        }
    } loading(*state_);
    if (state_->failed && clock_.wall() < state_->fail_until) throw *state_->failed;
    AwsCredentials fresh;
    try {
        fresh = co_await load_(stop);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::cancelled) {
            state_->failed = error;
            state_->fail_until = clock_.wall() + kRenewAgain;
        }
        throw;
    }
    state_->failed.reset();
    state_->renew_at = fresh.expires ? *fresh.expires - kRenewBefore : WallTime::max();
    // Keys that are handed out with less than 5 minutes to live are not asked for again at every request.
    if (fresh.expires && state_->renew_at <= clock_.wall()) state_->renew_at = clock_.wall() + kRenewAgain;
    state_->held = std::move(fresh);
}

Task<AwsCredentials> CachedCredentials::current(std::stop_token stop) {
    while (!state_->held || clock_.wall() >= state_->renew_at) {
        bool usable = state_->held && (!state_->held->expires || clock_.wall() < *state_->held->expires);
        if (usable && state_->loading) break;  // good for the moment: no need to wait for the newer ones
        try {
            co_await load_once(stop);
        } catch (const Error& error) {
            if (!usable || error.kind() == ErrorKind::cancelled) throw;
            state_->renew_at = clock_.wall() + kRenewAgain;
        }
    }
    co_return *state_->held;
}

Task<AwsCredentials> CachedCredentials::renewed(AwsKeys rejected, std::stop_token stop) {
    while (state_->held && state_->held->keys == rejected && state_->loading) co_await load_once(stop);
    if (!state_->held || state_->held->keys == rejected) co_await load_once(stop);
    if (!state_->held || state_->held->keys == rejected)
        throw Error(ErrorKind::expired, "the credentials have expired and their source has no newer ones")
            .hint("Get new temporary credentials and run again.");
    co_return *state_->held;
}

std::unique_ptr<CredentialSource> make_credentials(CredentialOptions options, CredentialContext context) {
    if (options.anonymous) return std::make_unique<FixedCredentials>();
    if (options.keys)
        return std::make_unique<FixedCredentials>(AwsCredentials{std::move(*options.keys), std::nullopt, "given keys"});
    Clock& clock = context.clock;
    auto shared = std::make_shared<const CredentialContext>(std::move(context));
    auto load = [shared](std::stop_token stop) { return load_credentials(*shared, std::move(stop)); };
    return std::make_unique<CachedCredentials>(load, clock);
}

}  // namespace af
