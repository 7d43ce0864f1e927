#include "stages/flow/session.hpp"

#include "stages/child_environment.hpp"
#include "stages/flow/widths.hpp"

#include <csignal>
#include <cstdlib>

namespace af {
namespace {

template <class T>
T value_or_throw(Result<T> result) {
    if (!result) throw std::move(result.error());
    return std::move(*result);
}

Error stopped_by(int number) {
    const bool term = number == SIGTERM;
    const std::string name = term ? "SIGTERM" : number == SIGHUP ? "SIGHUP" : "SIGINT";
    return Error(term ? ErrorKind::terminated : ErrorKind::interrupted, "stopped by " + name);
}

}  // namespace

std::optional<std::string> process_environment(std::string_view name) {
    const char* value = std::getenv(std::string(name).c_str());
    if (!value) return std::nullopt;
    return std::string(value);
}

std::filesystem::path scratch_parent(const Environment& environment) {
    return variable(environment, "TMPDIR").value_or("/var/tmp");
}

Session::Session(const StoreOptions& options, const Environment& environment, Control& control, unsigned cpu_threads)
    : stored_blocks_(kStoredBlockBytes), brake_(clock_), runtime_(cpu_threads) {
    runtime_.on_signal([&control](int number) { control.stop(stopped_by(number)); });
    CurlHttpOptions http_options;
    http_options.ca_file = variable(environment, "SSL_CERT_FILE").value_or("");
    http_options.proxy_from_environment = true;
    http_ = std::make_unique<CurlHttp>(runtime_.net().executor, stored_blocks_, http_options);

    const AwsProfile profile = value_or_throw(read_profile(environment, options.profile));
    if (options.credentials) credentials_ = options.credentials(*this);
    if (!credentials_) {
        CredentialOptions credential_options;
        credential_options.anonymous = options.no_sign_request || is_on(environment, "AF_S3_NO_SIGN_REQUEST");
        CredentialContext context{environment, profile, *http_, clock_, seeded_random()};
        credentials_ = make_credentials(std::move(credential_options), std::move(context));
    }

    S3Options s3;
    s3.endpoint = value_or_throw(resolve_endpoint(environment, options.endpoint_url,
                                                  options.path_style ? Addressing::path : Addressing::automatic));
    if (s3.endpoint.custom) endpoint_ = s3.endpoint.custom->origin() + s3.endpoint.custom->path;
    region_ = options.region.empty() ? aws_region(environment, profile) : options.region;
    s3.region = region_;
    s3.requester_pays = options.requester_pays || is_on(environment, "AF_S3_REQUESTER_PAYS");
    Retrier retrier{clock_, seeded_random(), object_policy(), &brake_};
    s3_ = std::make_unique<S3Store>(*http_, *credentials_, std::move(retrier), std::move(s3));
    local_ = std::make_unique<LocalStore>(runtime_.cpu(), stored_blocks_);
    routed_ = std::make_unique<RoutedStore>(*s3_, *local_);
    counting_ = std::make_unique<CountingStore>(*routed_, bytes_read_);
}

Session::~Session() { runtime_.on_signal({}); }

Services Session::services(Control& control, std::filesystem::path scratch) {
    return services(control, std::move(scratch), store());
}

Services Session::services(Control& control, std::filesystem::path scratch, ObjectStore& from) {
    const std::filesystem::path helpers = scratch / "helpers";
    return {runtime_, clock_, control, from, brake_, stored_blocks_, std::move(scratch), helpers,
            child_environment(own_environment()), {}, {}, {}};
}

}  // namespace af
