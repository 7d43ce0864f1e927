// What everything that reads input runs on: threads, memory, the HTTP client and the stores, built once, in the right
// order.
#pragma once

#include "engine/block_pool.hpp"
#include "engine/clock.hpp"
#include "engine/curl_http.hpp"
#include "engine/file.hpp"
#include "engine/runtime.hpp"
#include "engine/storm_brake.hpp"
#include "stages/flow/control.hpp"
#include "stages/flow/services.hpp"
#include "stages/flow/stores.hpp"
#include "stages/local_store.hpp"
#include "stages/s3/credentials.hpp"
#include "stages/s3/s3_store.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace af {

class Session;

// Where S3 is and as whom it is read. What is empty or false comes from the environment (AF_S3_NO_SIGN_REQUEST=1,
// AF_S3_PATH_STYLE=1, AF_S3_REQUESTER_PAYS=1; else AWS's own variables) and the AWS profile.
struct StoreOptions {
    std::string endpoint_url;
    std::string region;
    std::string profile;
    bool no_sign_request = false;
    bool path_style = false;
    bool requester_pays = false;
    // Whose keys, when it is not the AWS chain that says: called once by the constructor of Session, when its threads
    // and its HTTP client are there. Empty, or yields nothing: the chain.
    std::function<std::unique_ptr<CredentialSource>(Session&)> credentials{};
};

// The variables of this process.
std::optional<std::string> process_environment(std::string_view name);

// Ownership everything below outlives the pipelines that use it. Destroyed by the thread that built it.
class Session {
public:
    // `cpu_threads` 0: one a usable processor. Throws Error(config, refused) when endpoint, profile or credentials
    // settings are unusable. Signals end the job through `control`.
    Session(const StoreOptions& options, const Environment& environment, Control& control, unsigned cpu_threads = 0);
    ~Session();

    Runtime& runtime() noexcept { return runtime_; }
    Clock& clock() noexcept { return clock_; }
    HttpClient& http() noexcept { return *http_; }
    StormBrake& brake() noexcept { return brake_; }
    BlockPool& stored_blocks() noexcept { return stored_blocks_; }
    CredentialSource& credentials() noexcept { return *credentials_; }  // what S3 is read with
    const std::string& region() const noexcept { return region_; }
    const std::string& endpoint() const noexcept { return endpoint_; }  // of S3, empty: AWS
    ObjectStore& s3() noexcept { return *s3_; }
    ObjectStore& local() noexcept { return *local_; }
    // Both, picked by name; what is read through it adds to bytes_read().
    ObjectStore& store() noexcept { return *counting_; }
    std::uint64_t bytes_read() const noexcept { return bytes_read_; }

    // For the pipelines of a job that read from store(), or from another one; the caller adds what is its own.
    Services services(Control& control, std::filesystem::path scratch);
    Services services(Control& control, std::filesystem::path scratch, ObjectStore& from);

private:
    BlockPool stored_blocks_;
    RealClock clock_;
    StormBrake brake_;
    Runtime runtime_;
    std::unique_ptr<CurlHttp> http_;
    std::unique_ptr<CredentialSource> credentials_;
    std::string region_;
    std::string endpoint_;
    std::unique_ptr<S3Store> s3_;
    std::unique_ptr<LocalStore> local_;
    std::unique_ptr<RoutedStore> routed_;
    std::atomic<std::uint64_t> bytes_read_{0};
    std::unique_ptr<CountingStore> counting_;
};

// Where temporary files go: $TMPDIR, else /var/tmp.
std::filesystem::path scratch_parent(const Environment& environment);

}  // namespace af
