// A scripted TCP server on 127.0.0.1: says exactly the bytes a test wants, and breaks connections the way it wants.
//
//   RawServer server([](RawServer::Peer& peer) { peer.request(); peer.say("HTTP/1.1 200 OK\r\nContent-Length:
// 10\r\n\r\nabc"); peer.reset(); });
//
// Threads  the script runs on a thread for each connection; the destructor cuts what is open and joins them all.
#pragma once

#include <arpa/inet.h>
#include <atomic>
#include <cerrno>
#include <functional>
#include <list>
#include <mutex>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace af::test {

class RawServer {
public:
    class Peer {
    public:
        Peer(int descriptor, int number) : descriptor_(descriptor), number_(number) {}
        int number() const { return number_; }  // of the connection: 1, 2, ...

        // Header of the next request, up to and with the blank line; empty when the client went.
        std::string request() {
            for (;;) {
                const auto end = read_.find("\r\n\r\n");
                if (end != std::string::npos) {
                    std::string header = read_.substr(0, end + 4);
                    read_.erase(0, end + 4);
                    return header;
                }
                if (!receive()) return {};
            }
        }
        std::string body(std::size_t bytes) {
            while (read_.size() < bytes && receive()) {}
            std::string text = read_.substr(0, bytes);
            read_.erase(0, text.size());
            return text;
        }
        // False when the client is gone.
        bool say(std::string_view text) {
            while (!text.empty()) {
                const ssize_t sent = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
                if (sent <= 0) return false;
                text.remove_prefix(static_cast<std::size_t>(sent));
            }
            return true;
        }
        // The connection ends with RST rather than FIN.
        void reset() {
            const linger at_once{1, 0};
            ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        }
        void wait_until_client_leaves() {
            while (receive()) {}
        }

    private:
        bool receive() {
            char part[65536];
            const ssize_t got = ::recv(descriptor_, part, sizeof part, 0);
            if (got <= 0) return false;
            read_.append(part, static_cast<std::size_t>(got));
            return true;
        }
        int descriptor_;
        int number_;
        std::string read_;
    };

    explicit RawServer(std::function<void(Peer&)> script) : script_(std::move(script)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 128) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            throw std::runtime_error("no loopback port");
        }
        port_ = ntohs(address.sin_port);
        acceptor_ = std::thread([this] { accept_all(); });
    }
    ~RawServer() {
        ::shutdown(listener_, SHUT_RDWR);
        acceptor_.join();
        {
            std::lock_guard lock(mutex_);
            for (int descriptor : open_) ::shutdown(descriptor, SHUT_RDWR);
        }
        for (std::thread& thread : threads_) thread.join();
        ::close(listener_);
    }
    RawServer(const RawServer&) = delete;
    RawServer& operator=(const RawServer&) = delete;

    int port() const { return port_; }
    std::string url(std::string_view path = "/") const {
        return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
    }
    int connections() const { return connections_; }

private:
    void accept_all() {
        for (;;) {
            const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (descriptor < 0) {
                if (errno == EINTR || errno == ECONNABORTED) continue;
                return;
            }
            const int number = ++connections_;
            std::lock_guard lock(mutex_);
            open_.push_back(descriptor);
            threads_.emplace_back([this, descriptor, number] { serve(descriptor, number); });
        }
    }
    void serve(int descriptor, int number) {
        Peer peer(descriptor, number);
        script_(peer);
        std::lock_guard lock(mutex_);
        open_.remove(descriptor);
        ::close(descriptor);
    }

    std::function<void(Peer&)> script_;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<int> connections_{0};
    std::mutex mutex_;
    std::list<int> open_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

}  // namespace af::test
