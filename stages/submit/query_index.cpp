#include "stages/submit/query_index.hpp"

#include "engine/retry_http.hpp"
#include "stages/manifest_json.hpp"
#include "stages/s3/endpoint.hpp"
#include "stages/s3/error_body.hpp"
#include "stages/submit/json_rows.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace af {
namespace {

constexpr std::uint64_t kMostReplyBytes = 1 << 30;
constexpr std::size_t kMostNameBytes = 4 << 10;
constexpr std::size_t kMostQuoted = 200;

Url checked_url(const std::string& text) {
    Result<Url> url = parse_url(text);
    if (!url) throw std::move(url.error()).during("the index");
    if (is_link_local(url->host))
        throw Error(ErrorKind::refused, fmt::format("the index: {} is a link-local address", url->host));
    if (url->scheme != "https" && !is_loopback(url->host))
        throw Error(ErrorKind::refused, fmt::format("the index {} is asked over https only", url->origin()))
            .hint("Use an https URL; plain http goes to this machine only.");
    return std::move(*url);
}

HttpRequest post_of(const Url& url, const IndexQuery& query) {
    HttpRequest post;
    post.method = "POST";
    post.url = url.origin() + url.path + (url.query.empty() ? "" : "?" + url.query);
    post.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
    post.body = fmt::format(R"({{"filter":{}}})", query.filter_json);
    post.max_body_bytes = kMostReplyBytes;
    return post;
}

bool has_dot_dot(std::string_view name) {
    return name == ".." || name.starts_with("../") || name.ends_with("/..") || name.find("/../") != name.npos;
}

// Why a name cannot be one that the index may give; empty when it can.
std::string_view fault_of(std::string_view name, bool may_be_whole) {
    if (name.size() > kMostNameBytes) return "the name is longer than 4 KiB";
    if (name.starts_with('/')) return "the name begins with a slash";
    if (has_dot_dot(name)) return "the name holds \"..\"";
    if (may_be_whole && is_s3_name(name)) {
        const Result<S3Name> s3 = parse_s3_name(name);
        return s3 && !s3->key.empty() ? "" : "the name is no s3://bucket/key";
    }
    return name.find("://") == name.npos ? "" : "the name is a URL";
}

// The rows of one reply, checked and put into a list.
class Rows {
public:
    Rows(const IndexQuery& query, const Filter& filter) : query_(query), filter_(filter) {}

    void add(std::string_view row, std::uint64_t number) {
        const std::string where = fmt::format("row {}", number);
        ManifestEntry entry = entry_of(row, where);
        const std::string_view fault = fault_of(entry.name, query_.root.empty());
        if (!fault.empty()) throw wrong(where, entry.name, fault);
        if (entry.size == kUnknownSize) throw wrong(where, entry.name, "size is missing");
        ObjectRef object;
        object.name = whole_name(std::move(entry.name));
        object.size = entry.size;
        if (!list_.tally.keeps_object(filter_, name_for_filter(object.name, query_.root)))
            throw wrong(where, object.name, "the filter does not match it")
                .hint("The index answers another question than ours.");
        ++list_.seen;
        list_.objects.push_back(std::move(object));
        if (list_.objects.size() >= most_held()) compact();
    }

    InputList take() {
        compact();
        sort_and_number(list_.objects);
        return std::move(list_);
    }

private:
    static Error wrong(const std::string& where, std::string_view name, std::string_view fault) {
        return Error(ErrorKind::corrupt,
                     fmt::format("{}: {}: \"{}\"", where, fault, escaped(name.substr(0, kMostQuoted))));
    }
    static ManifestEntry entry_of(std::string_view row, const std::string& where) {
        try {
            return parse_entry_json(row, where);
        } catch (const Error& error) {  // to a manifest it is an error of the user's
            throw Error(ErrorKind::corrupt, error.what());
        }
    }
    std::string whole_name(std::string name) const {
        if (query_.root.empty()) return name;
        return query_.root + (query_.root.ends_with('/') ? "" : "/") + name;
    }

    // Duplicates do not count as objects, so there may be more rows for a while.
    std::size_t most_held() const { return query_.max_objects + query_.max_objects / 4 + 1'000; }

    void compact() {
        std::vector<ObjectRef>& objects = list_.objects;
        const auto same = [](const ObjectRef& a, const ObjectRef& b) { return a.name == b.name; };
        const auto conflict = [&](const ObjectRef& a, const ObjectRef& b) { return same(a, b) && a.size != b.size; };
        std::sort(objects.begin(), objects.end(), [](const ObjectRef& a, const ObjectRef& b) {
            const int order = a.name.compare(b.name);
            return order != 0 ? order < 0 : a.size < b.size;
        });
        const auto twice = std::adjacent_find(objects.begin(), objects.end(), conflict);
        if (twice != objects.end())
            throw Error(ErrorKind::corrupt, fmt::format("\"{}\" is named twice, with {} and with {} bytes",
                                                        escaped(twice->name), twice->size, std::next(twice)->size));
        const auto end = std::unique(objects.begin(), objects.end(), same);
        list_.duplicates += static_cast<std::uint64_t>(objects.end() - end);
        objects.erase(end, objects.end());
        if (objects.size() > query_.max_objects)
            throw Error(ErrorKind::config,
                        fmt::format("the filter matches more than {} files", count_text(query_.max_objects)))
                .hint("Narrow the filter, or split it into several jobs.");
    }

    const IndexQuery& query_;
    const Filter& filter_;
    InputList list_;
};

Error html_reply(int status) {
    return Error(ErrorKind::corrupt, fmt::format("HTTP {} with HTML where JSON was asked for", status))
        .hint("Something else answers there, e.g. a login page or a proxy: check the URL.");
}

bool is_html(const HttpResponse& response) {
    return ascii_lower(find_header(response.headers, "content-type").value_or("")).find("html") != std::string::npos;
}

// Of a status that is not 200.
Setback refusal(const HttpResponse& response, std::string_view body) {
    const int status = response.status;
    if (status >= 300 && status < 400)
        return final_setback(
                   Error(ErrorKind::refused, fmt::format("HTTP {}: a redirect, which is not followed", status))
                       .hint("Give the URL that it leads to."))
            .value();
    const bool quoted = !is_html(response) && !body.empty();
    std::string text = fmt::format("HTTP {}", status);
    if (quoted) text += ": " + escaped(body.substr(0, kMostQuoted));
    if (status == 429 || status >= 500)
        return Setback{Error(ErrorKind::unavailable, text).hint("The index had a failure of its own; try again later."),
                       status == 429 ? Fault::throttle : Fault::transient, retry_hint(response.headers)};
    const bool absent = status == 404 || status == 410;
    return final_setback(Error(absent ? ErrorKind::not_found : ErrorKind::refused, text)
                             .hint(absent ? "There is no index at this URL: check it, its path included."
                                          : "The index does not accept the request: check the filter and who may ask."))
        .value();
}

Task<Attempt<InputList>> ask_once(HttpClient& http, HttpRequest request, const IndexQuery& query, const Filter& filter,
                                  std::stop_token stop) {
    HttpResponse response = co_await http.send(std::move(request), stop);
    if (response.status != 200) {
        const std::string body = co_await error_body(response);
        co_return tl::make_unexpected(refusal(response, body));
    }
    if (is_html(response)) co_return final_setback(html_reply(response.status));
    JsonRows scanner;
    Rows rows(query, filter);
    for (;;) {
        std::optional<Block> block = co_await response.body->next();
        if (!block) break;
        scanner.feed(block->view());
        while (const auto row = scanner.next()) rows.add(*row, scanner.number());
    }
    if (!scanner.complete()) {
        // Without a length a reply that was cut looks like one that ended.
        Error cut(ErrorKind::corrupt, fmt::format("the reply ends early, after {}", plural(scanner.number(), "row")));
        co_return tl::make_unexpected(Setback{std::move(cut)});
    }
    co_return rows.take();
}

}  // namespace

bool is_index_url(std::string_view text) {
    const std::string start = ascii_lower(text.substr(0, std::string_view("https://").size()));
    return start.starts_with("https://") || start.starts_with("http://");
}

Task<InputList> query_index(HttpClient& http, Retrier retrier, IndexQuery query, Filter filter, std::stop_token stop) {
    const Url url = checked_url(query.url);
    const std::string shown = url.origin() + url.path;  // a query may hold a key
    const HttpRequest post = post_of(url, query);
    retrier.policy = one_shot_policy();
    std::function<Task<Attempt<InputList>>(int)> operation = [&](int attempt) {
        HttpRequest request = post;
        request.fresh_connection = attempt > 1;
        return ask_once(http, std::move(request), query, filter, stop);
    };
    InputList list;
    try {
        list = co_await retry<InputList>(retrier, operation, stop);
    } catch (Error& error) {
        throw std::move(error).during("index").about(shown);
    }
    if (list.objects.empty() && !query.may_be_empty)
        throw Error(ErrorKind::no_match, "the index has no file that matches the filter")
            .about(shown)
            .hint("af filter explain shows what the filter allows; its values are compared as texts.");
    co_return list;
}

}  // namespace af
