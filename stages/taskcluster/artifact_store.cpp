#include "stages/taskcluster/artifact_store.hpp"

#include "engine/retry_http.hpp"
#include "stages/s3/content_range.hpp"
#include "stages/s3/dates.hpp"
#include "stages/s3/error_body.hpp"
#include "stages/s3/errors.hpp"
#include "stages/s3/url.hpp"
#include "stages/s3/xml.hpp"
#include "stages/taskcluster/gzip_body.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <nlohmann/json.hpp>

namespace af {
namespace {

constexpr int kMaxHops = 3;
constexpr std::uint64_t kMaxDecodedBytes = std::uint64_t{1} << 30;
constexpr std::uint64_t kMaxRatio = 200;

ArtifactName name_of(const std::string& text) {
    Result<ArtifactName> name = parse_artifact_name(text);
    if (!name) throw std::move(name.error());
    return std::move(*name);
}

std::string header(const HttpHeaders& headers, std::string_view name) {
    return std::string(find_header(headers, name).value_or(""));
}

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool is_gzip(const HttpResponse& response) {
    const std::string encoding = ascii_lower(header(response.headers, "content-encoding"));
    if (encoding.empty() || encoding == "identity") return false;
    if (encoding == "gzip" || encoding == "x-gzip") return true;
    throw Error(ErrorKind::corrupt,
                fmt::format("Content-Encoding \"{}\" is not known", escaped(encoding.substr(0, 40))));
}

Error missing(std::string_view why) {
    return Error(ErrorKind::not_found, std::string(why)).hint("Rerun the task that should have made it.");
}

Error error_of(const S3Failure& failure) {
    std::string text = fmt::format("HTTP {}", failure.status);
    if (!failure.code.empty()) text += " " + escaped(failure.code);
    if (!failure.message.empty()) text += ": " + escaped(failure.message);
    switch (failure.status) {
        case 404:
        case 410: return missing("its data is gone: " + text);
        case 412:
            return Error(ErrorKind::corrupt, "changed under us: " + text)
                .hint("The artifact was replaced while it was read; run again.");
        default: break;
    }
    const S3Verdict verdict = classify(failure);
    const bool heals = failure.status >= 500 || verdict == S3Verdict::transient || verdict == S3Verdict::throttled;
    return Error(heals ? ErrorKind::unavailable : ErrorKind::refused, std::move(text));
}

std::uint64_t decoded_limit(const HttpResponse& response, const ExpectedBytes* expected) {
    if (expected && expected->size != kUnknownSize) return expected->size;
    const auto stored = parse_number(header(response.headers, "content-length")).value_or(0);
    return std::max(kMaxDecodedBytes, std::min(stored, UINT64_MAX / kMaxRatio) * kMaxRatio);
}

// Weak etags match nothing in If-Match; they are compared by who asked.
bool is_strong(const std::string& etag) { return !etag.empty() && !etag.starts_with("W/"); }

}  // namespace

// One open() with all its attempts.
struct ArtifactStore::Download {
    ArtifactName name;
    std::uint64_t offset = 0;
    std::string if_match{};
    const ExpectedBytes* expected = nullptr;
    std::optional<ArtifactTarget> target{};  // none: the queue has to be asked (again)
};

ArtifactStore::ArtifactStore(TaskclusterClient& client, HttpClient& http, Retrier data, BlockPool& blocks)
    : client_(client), queue_(client), http_(http), data_(std::move(data)), blocks_(blocks) {}

void ArtifactStore::expect(const std::string& name, ExpectedBytes bytes) {
    if (!bytes.sha256.empty() && base64_of_hex(bytes.sha256, 64).empty())
        throw Error(ErrorKind::corrupt, "its SHA-256 is not 64 hex digits").about(name);
    expected_[name] = std::move(bytes);
}

Task<ListPage> ArtifactStore::list(std::string prefix, std::string delimiter, std::string token, std::stop_token stop) {
    if (!delimiter.empty()) throw Error(ErrorKind::usage, "artifacts have no folders").about(prefix);
    const ArtifactName below = name_of(prefix);
    ArtifactPage artifacts =
        co_await queue_.list_artifacts(below.task_id, below.run_id, std::move(token), std::move(stop));
    ListPage page;
    page.next_token = std::move(artifacts.next_token);
    for (ArtifactInfo& artifact : artifacts.artifacts) {
        if (!artifact.name.starts_with(below.name)) continue;
        ObjectRef object;
        object.name = to_text({below.task_id, below.run_id, std::move(artifact.name)});
        page.objects.push_back(std::move(object));
    }
    co_return page;
}

Task<ArtifactTarget> ArtifactStore::locate(const ArtifactName& name, std::stop_token stop) {
    ArtifactContent content = co_await queue_.artifact(name.task_id, name.run_id, name.name, stop);
    if (content.storage_type == "s3") co_return s3_target(std::move(content.url));
    if (content.storage_type == "error")
        throw missing(
            fmt::format("the worker could not store it: {}: {}", escaped(content.reason), escaped(content.message)));
    if (content.storage_type == "reference")
        throw Error(ErrorKind::refused, "it is a reference: a URL that the task chose")
            .hint("Only artifacts that a worker has uploaded are read.");
    if (content.storage_type != "object")
        throw Error(ErrorKind::refused,
                    fmt::format("its storage type \"{}\" is not known", escaped(content.storage_type)));
    TaskclusterClient object_service = client_.as(std::move(content.credentials));
    ServiceCall call{
        .service = "object", .name = "startDownload", .method = "PUT", .path = {"start-download", content.object_name}};
    call.body = R"({"acceptDownloadMethods":{"getUrl":true,"simple":true}})";
    nlohmann::json reply = co_await object_service.json(std::move(call), std::move(stop));
    Result<ArtifactTarget> target = object_target(reply);
    if (!target) throw std::move(target.error());
    co_return std::move(*target);
}

// The client has retried already, so what it throws is the last word.
Task<Result<ArtifactTarget>> ArtifactStore::target_of(const ArtifactName& name, std::stop_token stop) {
    try {
        ArtifactTarget target = co_await locate(name, std::move(stop));
        co_return target;
    } catch (Error& error) {
        co_return Failure(std::move(error));
    }
}

// Follows redirects. Nothing of ours but the URL goes to the other host.
Task<HttpResponse> ArtifactStore::get(const Download& download, int attempt, std::stop_token stop) {
    std::string url = download.target->url;
    for (int hop = 0;; ++hop) {
        Result<void> allowed = check_artifact_url(url, client_.access().root_url);
        if (!allowed) throw std::move(allowed.error());
        HttpRequest request;
        request.url = url;
        request.fresh_connection = attempt > 1;
        if (download.offset > 0) request.headers.emplace_back("Range", fmt::format("bytes={}-", download.offset));
        if (is_strong(download.if_match)) request.headers.emplace_back("If-Match", download.if_match);
        HttpResponse response = co_await http_.send(std::move(request), stop);
        if (!is_redirect(response.status)) co_return response;
        if (hop == kMaxHops || !download.target->may_redirect)
            throw Error(ErrorKind::refused,
                        fmt::format("REDIRECT_REFUSED: HTTP {} from {}", response.status, host_of(url)));
        url = resolve_location(url, header(response.headers, "location"));
    }
}

bool ArtifactStore::has_expired(const ArtifactTarget& target, const HttpHeaders& headers) const {
    if (!target.expires) return false;
    const auto theirs = parse_http_date(header(headers, "date"));
    return std::max(data_.clock.wall(), theirs.value_or(WallTime::min())) >= *target.expires;
}

Task<Setback> ArtifactStore::setback_after(Download& download, HttpResponse& response) {
    S3Failure failure = failure_of(response);
    const std::string body = co_await error_body(response);
    read_error_body(body, failure);
    Error error = error_of(failure);
    if (failure.status >= 400 && failure.status < 500 && has_expired(*download.target, response.headers)) {
        download.target.reset();
        co_return Setback{Error(ErrorKind::unavailable, fmt::format("the signed URL has expired: {}", error.what()))};
    }
    const bool heals = error.may_heal();
    const Fault fault = classify(failure) == S3Verdict::throttled ? Fault::throttle : Fault::transient;
    Setback setback{std::move(error), fault, retry_hint(response.headers)};
    setback.final = !heals;
    co_return setback;
}

Task<Attempt<HttpResponse>> ArtifactStore::get_once(Download& download, int attempt, std::stop_token stop) {
    for (;;) {
        if (!download.target) {
            Result<ArtifactTarget> target = co_await target_of(download.name, stop);
            if (!target) co_return final_setback(std::move(target.error()));
            download.target = std::move(*target);
        }
        HttpResponse response = co_await get(download, attempt, stop);
        // A range counts stored bytes, an offset decoded ones.
        const bool no_range = response.status == 416 || (response.status == 206 && is_gzip(response));
        if (no_range && download.offset > 0) {
            download.offset = 0;
            continue;
        }
        if (response.status != 200 && response.status != 206) {
            Setback setback = co_await setback_after(download, response);
            co_return tl::make_unexpected(std::move(setback));
        }
        Result<BodySpan> span = body_span(response, download.offset);
        if (span) co_return response;
        Setback setback{std::move(span.error())};
        co_return tl::make_unexpected(std::move(setback));
    }
}

OpenObject ArtifactStore::opened(const Download& download, HttpResponse response) const {
    OpenObject object;
    object.etag = header(response.headers, "etag");
    object.checksums = download.target->checksums;
    const Result<BodySpan> span = body_span(response, download.offset);
    object.size = span->size;
    object.offset = span->offset;
    object.body = std::move(response.body);
    const ExpectedBytes* expected = download.expected;
    if (is_gzip(response)) {
        object.size = expected ? expected->size : kUnknownSize;
        object.body = std::make_unique<GzipBody>(std::move(object.body), blocks_, decoded_limit(response, expected));
    }
    if (!expected) return object;
    if (expected->size != kUnknownSize && object.size != kUnknownSize && object.size != expected->size)
        throw Error(ErrorKind::corrupt,
                    fmt::format("it has {} bytes, its manifest says {}", object.size, expected->size));
    if (!expected->sha256.empty()) {
        const std::string wanted = base64_of_hex(expected->sha256, 64);
        const auto theirs = find_header(object.checksums, "x-amz-checksum-sha256");
        if (theirs && *theirs != wanted)
            throw Error(ErrorKind::corrupt, "the object service names another SHA-256 than its manifest");
        object.checksums = {{"x-amz-checksum-sha256", wanted}};
    }
    return object;
}

Task<OpenObject> ArtifactStore::open(std::string name, ByteRange range, std::string if_match,
                                     std::stop_token stop) {
    Download download{.name = name_of(name), .offset = range.begin, .if_match = std::move(if_match)};
    const auto known = expected_.find(name);
    if (known != expected_.end()) download.expected = &known->second;
    std::function<Task<Attempt<HttpResponse>>(int)> operation = [&](int attempt) {
        return get_once(download, attempt, stop);
    };
    try {
        HttpResponse response = co_await retry<HttpResponse>(data_, operation, stop);
        co_return opened(download, std::move(response));
    } catch (Error& error) {
        throw std::move(error).about(name);
    }
}

}  // namespace af
