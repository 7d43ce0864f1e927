// ObjectStore over the artifacts of tasks, so that the stages which read objects read them too.
//
// Names    artifact:<taskId>/<runId>/<name>. A run is always named: the latest may have produced nothing yet.
// Storage  s3 and object only. reference (a URL that the task chose) is refused; error, and an artifact that is not
//          there, are not_found, with the worker's reason. Links are resolved by the queue.
// Secrets  data is asked for without Authorization. https only, no link-local or loopback host (but for a deployment
//          that is itself there); redirects are followed here, each hop checked, and never for the object service's
//          getUrl.
// Decoded  Content-Encoding gzip is how a worker stored the file, not what the file is: decoded on the way.
// Again    as `data` says, a new URL being asked for when the signed one has expired. The queue's own errors are
//          retried by the client, not here again.
// Verified by ObjectReader: OpenObject::checksums has the hashes of the object service, or what expect() says.
// Errors   not_found, refused (also REDIRECT_REFUSED), corrupt, unavailable, usage (a name that is none).
// Threads  the network executor; all that the constructor is handed outlives the store.
// Source   rows R3, F5, F12, F13, F20, F35 and F36 of the fault matrix.
#pragma once

#include "engine/retry.hpp"
#include "stages/object_store.hpp"
#include "stages/taskcluster/artifact_name.hpp"
#include "stages/taskcluster/artifact_target.hpp"
#include "stages/taskcluster/queue.hpp"

#include <map>

namespace af {

// What is known of an artifact before it is read, e.g. from a mapper's manifest.
struct ExpectedBytes {
    std::uint64_t size = kUnknownSize;  // decoded
    std::string sha256{};               // 64 hex digits; empty: not known
};

class ArtifactStore final : public ObjectStore {
public:
    ArtifactStore(TaskclusterClient& client, HttpClient& http, Retrier data, BlockPool& blocks);

    // From now on reads of `name` must give these bytes. Throws Error(corrupt) when sha256 is no such thing.
    void expect(const std::string& name, ExpectedBytes bytes);

    // The artifacts of one run whose names begin as told; sizes are not set. Only without a delimiter.
    Task<ListPage> list(std::string prefix, std::string delimiter, std::string token, std::stop_token stop) override;
    // An encoded artifact cannot be read from the middle: it is sent from its start (OpenObject::offset 0).
    Task<OpenObject> open(std::string name, ByteRange range, std::string if_match, std::stop_token stop) override;

private:
    struct Download;
    Task<ArtifactTarget> locate(const ArtifactName& name, std::stop_token stop);
    Task<Result<ArtifactTarget>> target_of(const ArtifactName& name, std::stop_token stop);
    Task<HttpResponse> get(const Download& download, int attempt, std::stop_token stop);
    Task<Attempt<HttpResponse>> get_once(Download& download, int attempt, std::stop_token stop);
    Task<Setback> setback_after(Download& download, HttpResponse& response);
    OpenObject opened(const Download& download, HttpResponse response) const;
    bool has_expired(const ArtifactTarget& target, const HttpHeaders& headers) const;

    TaskclusterClient& client_;
    Queue queue_;
    HttpClient& http_;
    Retrier data_;
    BlockPool& blocks_;
    std::map<std::string, ExpectedBytes> expected_;
};

}  // namespace af
