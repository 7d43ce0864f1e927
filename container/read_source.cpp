#include "container/read_source.hpp"

#include "engine/retry_http.hpp"
#include "stages/read_object.hpp"
#include "stages/taskcluster/artifact_target.hpp"

#include <fmt/format.h>

namespace af {
namespace {

constexpr int kMaxHops = 3;

std::string shown(const std::string& url) { return url.substr(0, url.find('?')); }

struct Fetch {
    HttpClient& http;
    std::string url;
    std::string root_url;
    std::size_t max_bytes;
};

Error refusal(int status) {
    const std::string text = fmt::format("HTTP {}", status);
    if (status == 404 || status == 410) return Error(ErrorKind::not_found, text);
    if (status >= 500 || status == 429) return Error(ErrorKind::unavailable, text);
    return Error(ErrorKind::refused, text);
}

// Redirects are followed here, each hop checked; nothing but the URL goes to the other host.
Task<Attempt<std::string>> fetch_once(const Fetch& fetch, int attempt, std::stop_token stop) {
    std::string url = fetch.url;
    for (int hop = 0; hop <= kMaxHops; ++hop) {
        Result<void> allowed = check_artifact_url(url, fetch.root_url);
        if (!allowed) throw std::move(allowed.error());
        HttpRequest request;
        request.url = url;
        request.max_body_bytes = fetch.max_bytes;
        request.fresh_connection = attempt > 1;
        HttpResponse response = co_await fetch.http.send(std::move(request), stop);
        if (response.status == 200) {
            std::string text = co_await read_all(*response.body, fetch.max_bytes);
            co_return text;
        }
        const auto location = find_header(response.headers, "location");
        const bool redirect = response.status >= 301 && response.status <= 308 && location;
        if (!redirect) throw refusal(response.status);
        url = resolve_location(url, *location);
    }
    throw Error(ErrorKind::refused, "REDIRECT_REFUSED: too many redirects");
}

Task<std::string> fetch(Fetch fetch, Retrier retrier, std::stop_token stop) {
    std::function<Task<Attempt<std::string>>(int)> operation = [&](int attempt) {
        return fetch_once(fetch, attempt, stop);
    };
    std::string text = co_await retry<std::string>(retrier, operation, stop);
    co_return text;
}

std::string read_from(ObjectStore& store, TaskServices& on, const std::string& name, std::size_t max_bytes) {
    Session& session = on.session();
    const Retrier retrier{session.clock(), seeded_random(), object_policy(), &session.brake()};
    auto object = std::make_shared<ObjectRef>();
    object->name = name;
    return session.runtime().block_on(read_object(store, object, retrier, max_bytes, on.control().token()));
}

}  // namespace

std::string read_source(TaskServices& on, const TaskSettings& settings, const std::string& source,
                        std::size_t max_bytes) {
    Session& session = on.session();
    try {
        if (is_artifact_name(source)) return read_from(on.artifacts(), on, source, max_bytes);
        if (source.starts_with("s3://")) return read_from(session.s3(), on, source, max_bytes);
        if (source.find("://") == source.npos) return read_text(source, max_bytes);
        Fetch what{session.http(), source, settings.root_url, max_bytes};
        Retrier retrier{session.clock(), seeded_random(), object_policy()};
        return session.runtime().block_on(fetch(std::move(what), std::move(retrier), on.control().token()));
    } catch (Error& error) {
        throw std::move(error).about(shown(source));
    }
}

}  // namespace af
