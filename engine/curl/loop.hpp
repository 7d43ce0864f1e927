// Drives libcurl's multi handle from an Asio loop: the sockets it wants watched, its one timer, and a look every 250 ms
// at transfers that wait too long.
//
// Threads  the network executor only. Built anywhere.
// Source   libcurl-multi(3), "multi_socket": callbacks must never call back into the multi handle, so every call here
//          comes from a handler of the loop or from a coroutine on it.
#pragma once

#include "engine/curl/transfer.hpp"

#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <unordered_map>

namespace af::curl {

class Loop : public std::enable_shared_from_this<Loop> {
public:
    Loop(Executor network, unsigned kept_connections);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    void start(std::shared_ptr<Transfer> transfer);
    // Ends it with the error of its own, or quietly. Nothing happens to one that has ended.
    void drop(Transfer& transfer);
    void resume(Transfer& transfer);

private:
    // A descriptor that libcurl owns and has us watch. `watched` turns false when libcurl takes it back.
    struct Socket {
        Socket(const Executor& executor, int descriptor) : handle(executor, descriptor) {}
        asio::posix::stream_descriptor handle;
        int wanted = CURL_POLL_NONE;
        bool waits_to_read = false;
        bool waits_to_write = false;
        bool watched = true;
    };

    static int on_socket(CURL*, curl_socket_t descriptor, int wanted, void* self, void*);
    static int on_timer(CURLM*, long milliseconds, void* self);

    void watch(curl_socket_t descriptor, int wanted);
    void wait(const std::shared_ptr<Socket>& socket);
    void wait_for(const std::shared_ptr<Socket>& socket, int event, asio::posix::stream_descriptor::wait_type type,
                  bool Socket::*waiting);
    void set_timer(long milliseconds);
    void ring_at(TimePoint due);
    void rang();
    void act_soon();
    void act(curl_socket_t descriptor, int events);
    void collect();
    void look_for_overdue();

    Executor network_;
    CURLM* multi_;
    asio::steady_timer timer_;
    std::optional<TimePoint> due_;  // when libcurl wants to be called
    std::optional<TimePoint> rings_at_;
    bool acts_soon_ = false;
    asio::steady_timer overdue_timer_;
    bool looking_ = false;
    std::unordered_map<curl_socket_t, std::shared_ptr<Socket>> sockets_;
    std::unordered_map<CURL*, std::shared_ptr<Transfer>> transfers_;
};

}  // namespace af::curl
