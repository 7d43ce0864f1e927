#include "cli/monitor/server.hpp"

#include "cli/monitor/route.hpp"
#include "stages/taskcluster/ids.hpp"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>
#include <array>
#include <chrono>
#include <condition_variable>
#include <nlohmann/json.hpp>
#include <thread>

namespace af {
namespace {

using httplib::Request;
using httplib::Response;

constexpr const char* kLoopback = "127.0.0.1";
constexpr std::size_t kSecretBytes = 24;
constexpr std::size_t kThreads = 16;  // a browser opens six connections
constexpr time_t kIdleSeconds = 1;
constexpr time_t kPausedDownloadSeconds = 600;
constexpr std::chrono::seconds kFarewell{3};

// Nothing of the page's origin may be reached by what a task made, whatever it is taken for.
constexpr const char* kForeignPolicy = "default-src 'none'; sandbox";
// Besides the policy that the page brings itself.
constexpr const char* kPagePolicy = "connect-src 'self'; frame-ancestors 'none'";

constexpr std::array kTexts = {".txt", ".log", ".json", ".jsonl", ".tsv", ".csv"};

void refuse(Response& response, int status, std::string_view code, std::string_view message) {
    const nlohmann::json body{{"code", code}, {"message", message}};
    response.status = status;
    response.set_content(body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                         "application/json; charset=utf-8");
}

void refuse(Response& response, const Error& error) {
    const bool denied = error.kind() == ErrorKind::refused || error.kind() == ErrorKind::expired;
    const int status = error.kind() == ErrorKind::not_found ? 404 : denied ? 403 : 502;
    refuse(response, status, error_name(error.kind()), error.what());
}

bool is_text(std::string_view name) {
    for (const std::string_view ending : kTexts)
        if (name.ends_with(ending)) return true;
    return false;
}

// The last part of an artifact's name, as a file's.
std::string file_name(std::string_view name) {
    std::string safe;
    for (const char c : name.substr(name.rfind('/') + 1)) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        safe += plain || c == '.' || c == '-' ? c : '_';
    }
    return safe;
}

// A block a call; a cut connection tells the browser of an artifact that breaks in the middle.
void stream(std::shared_ptr<MonitorDownload> download, const std::string& name, Response& response) {
    auto provide = [download = std::move(download)](std::size_t, httplib::DataSink& sink) {
        try {
            const std::optional<Block> block = download->next();
            if (block) return sink.write(block->data(), block->size());
            sink.done();
            return true;
        } catch (const std::exception&) {
            return false;
        }
    };
    // Text with a capital, since the library compresses what begins with "text/", which loopback does not need.
    response.set_chunked_content_provider(is_text(name) ? "Text/plain; charset=utf-8" : "application/octet-stream",
                                          std::move(provide));
    const char* how = is_text(name) ? "inline" : "attachment";
    response.set_header("Content-Disposition", fmt::format("{}; filename=\"{}\"", how, file_name(name)));
}

void send_artifact(MonitorProxy& proxy, const ArtifactName& name, Response& response) {
    response.set_header("Content-Security-Policy", kForeignPolicy);
    try {
        std::shared_ptr<MonitorDownload> download = proxy.download(name);
        if (!download) {
            refuse(response, 404, "NotFound", "not a task of this group");
            return;
        }
        download->open();
        response.status = 200;
        stream(std::move(download), name.name, response);
    } catch (const Error& error) {
        refuse(response, error);
    }
}

void send_page(const std::string& page, Response& response) {
    response.set_header("Content-Security-Policy", kPagePolicy);
    response.set_header("X-Frame-Options", "DENY");
    response.status = 200;
    response.set_content(page, "text/html; charset=utf-8");
}

// The library's own choice lets another process of the same user listen on the same port.
void exclusive(int socket) {
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
}

}  // namespace

MonitorServer::MonitorServer(MonitorProxy& proxy, std::string page, std::string group_id, int port)
    : proxy_(proxy),
      page_(std::move(page)),
      group_id_(std::move(group_id)),
      secret_(random_text(kSecretBytes)),
      server_(std::make_unique<httplib::Server>()) {
    httplib::Server& server = *server_;
    server.set_socket_options(exclusive);
    server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    server.set_keep_alive_timeout(kIdleSeconds);
    server.set_write_timeout(kPausedDownloadSeconds);
    server.set_payload_max_length(0);
    server.set_default_headers({{"Cache-Control", "no-store"},
                                {"X-Content-Type-Options", "nosniff"},
                                {"Referrer-Policy", "no-referrer"},
                                {"Cross-Origin-Resource-Policy", "same-origin"}});
    const int bound = port == 0 ? server.bind_to_any_port(kLoopback) : server.bind_to_port(kLoopback, port) ? port : -1;
    if (bound <= 0)
        throw Error(ErrorKind::os, fmt::format("cannot listen on {}:{}", kLoopback, port))
            .hint("Another program has the port: choose one with --port, or leave it out.");
    host_ = fmt::format("{}:{}", kLoopback, bound);
    url_ = fmt::format("http://{}/{}/", host_, secret_);
    // Before anything of the library looks at the request: nothing else is reachable.
    server.set_pre_routing_handler([this](const Request& request, Response& response) {
        constexpr auto kDone = httplib::Server::HandlerResponse::Handled;
        if (request.get_header_value_count("Host") != 1 || request.get_header_value("Host") != host_) {
            refuse(response, 403, "WrongHost", "this server has another name");
            return kDone;
        }
        if (request.method != "GET") {
            response.set_header("Allow", "GET");
            refuse(response, 405, "WrongMethod", "only GET");
            return kDone;
        }
        const std::string_view target = request.target;
        const MonitorRoute route = monitor_route(target.substr(0, target.find('?')), secret_, group_id_);
        switch (route.kind) {
            case MonitorRoute::Kind::page: send_page(page_, response); break;
            case MonitorRoute::Kind::artifact: send_artifact(proxy_, route.artifact, response); break;
            case MonitorRoute::Kind::group: {
                MonitorProxy::Reply reply = proxy_.list(request.get_param_value("continuationToken"));
                response.status = reply.status;
                response.set_content(reply.json, "application/json; charset=utf-8");
                break;
            }
            case MonitorRoute::Kind::nothing: refuse(response, 404, "NotFound", "nothing is here"); break;
        }
        return kDone;
    });
}

MonitorServer::~MonitorServer() = default;

bool MonitorServer::run(std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any changed;
    bool ended = false;
    std::thread listening([&] {
        server_->listen_after_bind();
        const std::lock_guard lock(mutex);
        ended = true;
        changed.notify_all();
    });
    std::unique_lock lock(mutex);
    changed.wait(lock, stop, [&] { return ended; });
    if (!stop.stop_requested()) {
        lock.unlock();
        listening.join();
        throw Error(ErrorKind::os, "the server stopped listening");
    }
    // stop() does nothing before the thread listens.
    const auto until = std::chrono::steady_clock::now() + kFarewell;
    while (!ended && std::chrono::steady_clock::now() < until) {
        server_->stop();
        changed.wait_for(lock, std::chrono::milliseconds(50), [&] { return ended; });
    }
    lock.unlock();
    if (!ended) {
        listening.detach();
        return false;
    }
    listening.join();
    return true;
}

}  // namespace af
