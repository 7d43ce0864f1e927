#include "stages/s3/s3_store.hpp"

#include "engine/retry_http.hpp"
#include "stages/s3/content_range.hpp"
#include "stages/s3/dates.hpp"
#include "stages/s3/error_body.hpp"
#include "stages/s3/errors.hpp"
#include "stages/s3/redirect.hpp"

#include <fmt/format.h>

namespace af {
namespace {

constexpr std::size_t kMaxPageBytes = 32 << 20;  // 1000 keys of 1024 bytes, encoded, with all around them: 4 MB

struct EmptyBody final : HttpBody {
    Task<std::optional<Block>> next() override { co_return std::nullopt; }
};

S3Name name_of(const std::string& text) {
    Result<S3Name> name = parse_s3_name(text);
    if (!name) throw std::move(name.error());
    return std::move(*name);
}

Setback setback_of(const S3Failure& failure, S3Verdict verdict, const HttpHeaders& headers, std::string_view object) {
    Fault fault = verdict == S3Verdict::throttled ? Fault::throttle : Fault::transient;
    return Setback{to_error(failure, object), fault, retry_hint(headers)};
}

// Checksums of a range are of that range only, so only a whole object's are passed on.
HttpHeaders checksums_of(const HttpResponse& response) {
    HttpHeaders out;
    if (response.status != 200) return out;
    for (const auto& [name, value] : response.headers)
        if (ascii_lower(name).starts_with("x-amz-checksum-")) out.emplace_back(ascii_lower(name), value);
    return out;
}

Error object_changed(std::string_view name, std::string_view how) {
    return Error(ErrorKind::corrupt, fmt::format("OBJECT_CHANGED: {}", how))
        .about(name)
        .hint("the object was overwritten while it was read: run again once nobody writes to it");
}

}  // namespace

// One call with all its attempts; each correction is made once.
struct S3Store::Call {
    std::string text;  // the name as the user would type it
    S3Name name;
    std::string query;
    HttpHeaders headers;
    ByteRange range{};
    std::uint64_t max_body_bytes = UINT64_MAX;
    std::string elsewhere;  // the URL a redirect led to
    bool throttled = false;
    bool clock_corrected = false;
    std::optional<AwsKeys> rejected{};  // keys that the store called expired
    bool redirected = false;
};

S3Store::S3Store(HttpClient& http, CredentialSource& credentials, Retrier retrier, S3Options options)
    : http_(http), credentials_(credentials), retrier_(std::move(retrier)), options_(std::move(options)) {}

const std::string& S3Store::region_of(const Call& call) const {
    auto learned = regions_.find(call.name.bucket);
    return learned == regions_.end() ? options_.region : learned->second;
}

HttpRequest S3Store::signed_request(const Call& call, const AwsCredentials& credentials, int attempt) {
    const std::string& region = region_of(call);
    HttpRequest request;
    request.url = call.elsewhere.empty() ? object_url(options_.endpoint, region, call.name) : call.elsewhere;
    if (!call.query.empty() && call.elsewhere.empty()) request.url += "?" + call.query;
    request.headers = call.headers;
    if (options_.requester_pays) request.headers.emplace_back("x-amz-request-payer", "requester");
    request.max_body_bytes = call.max_body_bytes;
    request.fresh_connection = attempt > 1 && !call.throttled;
    if (!credentials.keys.access_key_id.empty())
        sign(request, credentials.keys, SigningScope{region, "s3", retrier_.clock.wall() + clock_offset_},
             signing_key_);
    return request;
}

// From now on signatures carry the server's time.
Result<void> S3Store::correct_clock(Call& call, const S3Failure& failure, const HttpHeaders& headers) {
    std::optional<WallTime> theirs = parse_http_date(header_text(headers, "date"));
    WallTime ours = retrier_.clock.wall();
    if (call.clock_corrected || !theirs) {
        std::string both = fmt::format("this machine says {}, the server {}", to_iso_date(ours),
                                       theirs ? to_iso_date(*theirs) : "nothing");
        Error error = to_error(failure, call.text);
        return Failure(Error(ErrorKind::unavailable, fmt::format("{} ({})", error.what(), both))
                           .hint(error.advice())
                           .request(failure.request_id));
    }
    clock_offset_ = std::chrono::duration_cast<std::chrono::seconds>(*theirs - ours);
    call.clock_corrected = true;
    return {};
}

// One hop; the region it tells is remembered.
Result<void> S3Store::follow(Call& call, const S3Failure& failure) {
    Result<Reroute> reroute = reroute_of(options_.endpoint, failure, region_of(call));
    if (!reroute) return Failure(std::move(reroute.error()));
    if (call.redirected)
        return Failure(Error(ErrorKind::refused,
                             fmt::format("REDIRECT_REFUSED: HTTP {} after one redirect was followed", failure.status))
                           .request(failure.request_id));
    call.redirected = true;
    call.elsewhere = reroute->url;
    if (!reroute->region.empty()) regions_[call.name.bucket] = reroute->region;
    return {};
}

// The source retries for itself, so what it throws is the last word.
Task<Result<AwsCredentials>> S3Store::credentials_for(Call& call, std::stop_token stop) {
    try {
        AwsCredentials credentials = co_await credentials_.current(stop);
        if (call.rejected == credentials.keys) credentials = co_await credentials_.renewed(*call.rejected, stop);
        co_return credentials;
    } catch (Error& error) {
        co_return Failure(std::move(error));
    }
}

// What a reply that is none of the wished-for ones leads to: nothing (corrected: ask again at once) or a setback.
std::optional<Setback> S3Store::setback_after(Call& call, const S3Failure& failure, const HttpHeaders& headers,
                                              const AwsKeys& keys) {
    const S3Verdict verdict = classify(failure);
    Result<void> corrected;
    switch (verdict) {
        case S3Verdict::transient:
        case S3Verdict::throttled:
            call.throttled = verdict == S3Verdict::throttled;
            return setback_of(failure, verdict, headers, call.text);
        case S3Verdict::clock_skew: corrected = correct_clock(call, failure, headers); break;
        case S3Verdict::redirect: corrected = follow(call, failure); break;
        case S3Verdict::refresh_credentials:
            if (call.rejected) corrected = Failure(to_error(failure, call.text));
            call.rejected = keys;
            break;
        case S3Verdict::never: corrected = Failure(to_error(failure, call.text)); break;
    }
    if (corrected) return std::nullopt;
    return final_setback(std::move(corrected.error()).about(call.text)).value();
}

// One attempt, with the corrections a reply may call for, each once.
Task<Attempt<HttpResponse>> S3Store::exchange(Call& call, int attempt, std::stop_token stop) {
    for (;;) {
        Result<AwsCredentials> credentials = co_await credentials_for(call, stop);
        if (!credentials) co_return final_setback(std::move(credentials.error()));
        HttpRequest request = signed_request(call, *credentials, attempt);
        call.throttled = false;
        HttpResponse response = co_await http_.send(std::move(request), stop);
        if (response.status == 200 || response.status == 206) co_return response;

        S3Failure failure = failure_of(response);
        std::string body = co_await error_body(response);
        read_error_body(body, failure);
        if (failure.status == 416 && call.range.end == kUnknownSize && failure.object_size == call.range.begin)
            co_return response;
        std::optional<Setback> setback = setback_after(call, failure, response.headers, credentials->keys);
        if (setback) co_return tl::make_unexpected(std::move(*setback));
    }
}

Task<Attempt<ListBucketResult>> S3Store::list_once(Call& call, int attempt, std::stop_token stop) {
    Attempt<HttpResponse> response = co_await exchange(call, attempt, stop);
    if (!response) co_return tl::make_unexpected(std::move(response.error()));
    std::string text = co_await read_all(*response->body, kMaxPageBytes);
    Result<ListBucketResult> page = parse_list_result(text);
    if (page) co_return std::move(*page);

    // S3 may begin with 200 and still end in <Error>; a damaged page may come whole the next time.
    S3Failure failure = failure_of(*response);
    read_error_body(text, failure);
    if (failure.code.empty()) {
        Setback damaged{std::move(page.error()).about(call.text)};
        co_return tl::make_unexpected(std::move(damaged));
    }
    const S3Verdict verdict = classify(failure);
    if (verdict != S3Verdict::transient && verdict != S3Verdict::throttled)
        co_return final_setback(to_error(failure, call.text));
    Setback setback = setback_of(failure, verdict, response->headers, call.text);
    co_return tl::make_unexpected(std::move(setback));
}

Task<Attempt<HttpResponse>> S3Store::open_once(Call& call, int attempt, std::stop_token stop) {
    Attempt<HttpResponse> response = co_await exchange(call, attempt, stop);
    if (!response || response->status == 416) co_return response;
    Result<BodySpan> span = body_span(*response, call.range);
    if (span) co_return response;
    Setback setback{std::move(span.error()).about(call.text)};
    co_return tl::make_unexpected(std::move(setback));
}

Task<ListPage> S3Store::list(std::string prefix, std::string delimiter, std::string token, std::stop_token stop) {
    Call call{.text = prefix, .name = name_of(prefix), .query = {}, .headers = {}, .elsewhere = {}};
    std::string below = std::exchange(call.name.key, "");
    call.query =
        fmt::format("list-type=2&encoding-type=url&max-keys={}&prefix={}", options_.page_size, percent_encode(below));
    if (!delimiter.empty()) call.query += "&delimiter=" + percent_encode(delimiter);
    if (!token.empty()) call.query += "&continuation-token=" + percent_encode(token);
    call.max_body_bytes = kMaxPageBytes;

    std::function<Task<Attempt<ListBucketResult>>(int)> operation = [&](int attempt) {
        return list_once(call, attempt, stop);
    };
    ListBucketResult result;
    try {
        result = co_await retry<ListBucketResult>(retrier_, operation, stop);
    } catch (Error& error) {
        throw std::move(error).about(prefix);
    }
    if (!token.empty() && result.next_token == token)
        throw Error(ErrorKind::corrupt, "bucket listing: the same page again and again").about(prefix);
    ListPage page;
    page.next_token = std::move(result.next_token);
    for (ListedObject& object : result.objects)
        page.objects.push_back(ObjectRef{to_text({call.name.bucket, object.key}), object.size, std::move(object.etag)});
    for (std::string& below_it : result.common_prefixes)
        page.prefixes.push_back(to_text({call.name.bucket, std::move(below_it)}));
    co_return page;
}

Task<OpenObject> S3Store::open(std::string name, ByteRange range, std::string if_match, std::stop_token stop) {
    Call call{.text = name, .name = name_of(name), .query = {}, .headers = {}, .range = range, .elsewhere = {}};
    if (call.name.key.empty()) throw Error(ErrorKind::usage, "a bucket is not an object").about(name);
    if (range.whole()) call.headers.emplace_back("x-amz-checksum-mode", "ENABLED");
    else if (range.end == kUnknownSize) call.headers.emplace_back("Range", fmt::format("bytes={}-", range.begin));
    else call.headers.emplace_back("Range", fmt::format("bytes={}-{}", range.begin, range.end - 1));
    if (!if_match.empty()) call.headers.emplace_back("If-Match", if_match);

    std::function<Task<Attempt<HttpResponse>>(int)> operation = [&](int attempt) {
        return open_once(call, attempt, stop);
    };
    HttpResponse response;
    try {
        response = co_await retry<HttpResponse>(retrier_, operation, stop);
    } catch (Error& error) {
        throw std::move(error).about(name);
    }
    OpenObject object;
    object.etag = header_text(response.headers, "etag");
    if (!if_match.empty() && !object.etag.empty() && object.etag != if_match)
        throw object_changed(name, fmt::format("asked for {}, got {}", if_match, escaped(object.etag)));
    if (response.status == 416) {
        object.size = object.offset = range.begin;
        object.body = std::make_unique<EmptyBody>();
        co_return object;
    }
    Result<BodySpan> span = body_span(response, range);
    if (!span) throw std::move(span.error());
    object.size = span->size;
    object.offset = span->offset;
    object.checksums = checksums_of(response);
    object.body = std::move(response.body);
    co_return object;
}

}  // namespace af
