// Serves the monitor page to a browser on this machine: 127.0.0.1 only, below a path that nobody can guess.
//
// Refused  a Host that is not this server (a name that somebody pointed here), another method than GET, another path.
// Secrets  none in the page or its address but the path; credentials stay in this process. What a task made is sent
//          such that a browser runs nothing of it.
// Threads  run() has threads of its own and ends when `stop` is asked for.
#pragma once

#include "cli/monitor/proxy.hpp"

#include <memory>
#include <stop_token>
#include <string>

namespace httplib {
class Server;
}

namespace af {

class MonitorServer {
public:
    // Listens on `port`, 0: on one that is free. Throws Error(os) when the port is taken.
    MonitorServer(MonitorProxy& proxy, std::string page, std::string group_id, int port);
    ~MonitorServer();

    const std::string& url() const noexcept { return url_; }
    // Answers until `stop`. false: a browser still holds a download that it does not read on.
    bool run(std::stop_token stop);

private:
    MonitorProxy& proxy_;
    const std::string page_;
    const std::string group_id_;
    const std::string secret_;
    std::string host_;
    std::string url_;
    std::unique_ptr<httplib::Server> server_;
};

}  // namespace af
