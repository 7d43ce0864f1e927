// Whose keys a request is signed with: the AWS chain, cached and renewed.
//
// Order    given keys; AWS_ACCESS_KEY_ID; web identity (AWS_WEB_IDENTITY_TOKEN_FILE); the profile's keys,
//          credential_process or web identity; container endpoint (AWS_CONTAINER_CREDENTIALS_*); EC2 instance metadata
//          (version 2 only).
// Errors   refused: nothing was found, or an endpoint that may not be asked; config: something was found but is broken
//          (the message names the variable or file, never its value); expired: no newer keys are to be had.
// Threads  the network executor.
#pragma once

#include "engine/clock.hpp"
#include "engine/http.hpp"
#include "engine/retry.hpp"
#include "stages/environment.hpp"
#include "stages/s3/aws_keys.hpp"
#include "stages/s3/profile.hpp"

#include <functional>
#include <memory>
#include <stop_token>

namespace af {

class CredentialSource {
public:
    virtual ~CredentialSource() = default;
    // Empty keys: requests go unsigned.
    virtual Task<AwsCredentials> current(std::stop_token stop) = 0;
    // Other credentials than `rejected`, which the service called expired. Throws Error(expired) when there are none.
    virtual Task<AwsCredentials> renewed(AwsKeys rejected, std::stop_token stop) = 0;
};

// Always the same keys; default: none, i.e. unsigned requests (--no-sign-request).
class FixedCredentials final : public CredentialSource {
public:
    explicit FixedCredentials(AwsCredentials credentials = {.keys = {}, .expires = {}, .source = "none"});
    Task<AwsCredentials> current(std::stop_token stop) override;
    Task<AwsCredentials> renewed(AwsKeys rejected, std::stop_token stop) override;

private:
    AwsCredentials credentials_;
};

// What the chain looks at. `http` and `clock` outlive it.
struct CredentialContext {
    Environment environment;
    AwsProfile profile;
    HttpClient& http;
    Clock& clock;
    Random random;
};

// The chain once, in order, uncached.
Task<AwsCredentials> load_credentials(const CredentialContext& context, std::stop_token stop);

// Loads once for all that ask at the same time, and again 5 minutes before the expiry; keys that are still valid are
// kept when that fails. A failure is remembered for 30 s, so that a thousand objects do not probe a dead endpoint a
// thousand times.
class CachedCredentials final : public CredentialSource {
public:
    using Load = std::function<Task<AwsCredentials>(std::stop_token)>;
    CachedCredentials(Load load, Clock& clock);
    ~CachedCredentials() override;
    Task<AwsCredentials> current(std::stop_token stop) override;
    Task<AwsCredentials> renewed(AwsKeys rejected, std::stop_token stop) override;

private:
    struct State;
    Task<void> load_once(std::stop_token stop);

    Load load_;
    Clock& clock_;
    std::unique_ptr<State> state_;
};

struct CredentialOptions {
    bool anonymous = false;         // --no-sign-request
    std::optional<AwsKeys> keys{};  // given to the program, e.g. in its envelope
};
std::unique_ptr<CredentialSource> make_credentials(CredentialOptions options, CredentialContext context);

}  // namespace af
