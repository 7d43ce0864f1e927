#include "engine/curl/loop.hpp"

#include <fmt/format.h>
#include <asio/post.hpp>
#include <utility>
#include <vector>

namespace af::curl {
namespace {

constexpr std::chrono::milliseconds kLookEvery{250};

// What libcurl wants polled and what it is told of have the same bits.
static_assert(CURL_POLL_IN == CURL_CSELECT_IN && CURL_POLL_OUT == CURL_CSELECT_OUT);

}  // namespace

Loop::Loop(Executor network, unsigned kept_connections)
    : network_(network), multi_(curl_multi_init()), timer_(network), overdue_timer_(network) {
    if (!multi_) throw Error(ErrorKind::os, "libcurl has no memory for its multi handle");
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Loop::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Loop::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(kept_connections));
}

Loop::~Loop() {
    for (const auto& [easy, transfer] : transfers_) curl_multi_remove_handle(multi_, easy);
    curl_multi_cleanup(multi_);
    for (const auto& [descriptor, socket] : sockets_) socket->handle.release();
}

void Loop::start(std::shared_ptr<Transfer> transfer) {
    const CURLMcode code = curl_multi_add_handle(multi_, transfer->easy());
    if (code != CURLM_OK)
        throw Error(ErrorKind::bug, fmt::format("libcurl takes no transfer: {}", curl_multi_strerror(code)));
    transfers_.emplace(transfer->easy(), std::move(transfer));
    if (!looking_) look_for_overdue();
}

void Loop::drop(Transfer& transfer) {
    const auto found = transfers_.find(transfer.easy());
    if (found == transfers_.end()) return;
    const std::shared_ptr<Transfer> kept = std::move(found->second);
    transfers_.erase(found);
    curl_multi_remove_handle(multi_, kept->easy());
    kept->finished(CURLE_ABORTED_BY_CALLBACK);
    if (transfers_.empty()) overdue_timer_.cancel();
}

void Loop::resume(Transfer& transfer) {
    transfer.resumed();
    // Hands over at once what libcurl had kept, and may pause again.
    if (curl_easy_pause(transfer.easy(), CURLPAUSE_CONT) != CURLE_OK) drop(transfer);
}

int Loop::on_socket(CURL*, curl_socket_t descriptor, int wanted, void* self, void*) {
    static_cast<Loop*>(self)->watch(descriptor, wanted);
    return 0;
}

int Loop::on_timer(CURLM*, long milliseconds, void* self) {
    static_cast<Loop*>(self)->set_timer(milliseconds);
    return 0;
}

void Loop::watch(curl_socket_t descriptor, int wanted) {
    auto found = sockets_.find(descriptor);
    if (wanted == CURL_POLL_REMOVE) {
        if (found == sockets_.end()) return;
        found->second->watched = false;
        found->second->handle.release();  // libcurl keeps the descriptor open or closes it itself
        sockets_.erase(found);
        return;
    }
    if (found == sockets_.end()) {
        auto socket = std::make_shared<Socket>(network_, descriptor);
        found = sockets_.emplace(descriptor, std::move(socket)).first;
    }
    found->second->wanted = wanted;
    wait(found->second);
}

void Loop::wait(const std::shared_ptr<Socket>& socket) {
    wait_for(socket, CURL_POLL_IN, asio::posix::stream_descriptor::wait_read, &Socket::waits_to_read);
    wait_for(socket, CURL_POLL_OUT, asio::posix::stream_descriptor::wait_write, &Socket::waits_to_write);
}

void Loop::wait_for(const std::shared_ptr<Socket>& socket, int event, asio::posix::stream_descriptor::wait_type type,
                    bool Socket::*waiting) {
    if (!(socket->wanted & event) || (*socket).*waiting) return;
    (*socket).*waiting = true;
    socket->handle.async_wait(type, [weak = weak_from_this(), socket, event, waiting](const asio::error_code& error) {
        (*socket).*waiting = false;
        auto loop = weak.lock();
        if (error || !loop || !socket->watched) return;
        if (socket->wanted & event) loop->act(socket->handle.native_handle(), event);
        if (socket->watched) loop->wait(socket);
    });
}

// To set a timer of the system costs more than to look in vain, and libcurl puts its deadlines off long before they
// come: so the timer is set only for what is due earlier than it rings.
void Loop::set_timer(long milliseconds) {
    due_.reset();
    if (milliseconds == 0) act_soon();
    if (milliseconds <= 0) return;
    due_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
    if (!rings_at_ || *due_ < *rings_at_) ring_at(*due_);
}

void Loop::ring_at(TimePoint due) {
    rings_at_ = due;
    timer_.expires_at(due);
    timer_.async_wait([weak = weak_from_this()](const asio::error_code& error) {
        auto loop = weak.lock();
        if (!error && loop) loop->rang();
    });
}

void Loop::rang() {
    rings_at_.reset();
    if (!due_) return;
    if (std::chrono::steady_clock::now() < *due_) return ring_at(*due_);
    due_.reset();
    act(CURL_SOCKET_TIMEOUT, 0);
}

// libcurl must not be called from within its callback.
void Loop::act_soon() {
    if (std::exchange(acts_soon_, true)) return;
    asio::post(network_, [weak = weak_from_this()] {
        auto loop = weak.lock();
        if (!loop) return;
        loop->acts_soon_ = false;
        loop->act(CURL_SOCKET_TIMEOUT, 0);
    });
}

void Loop::act(curl_socket_t descriptor, int events) {
    int running = 0;
    curl_multi_socket_action(multi_, descriptor, events, &running);
    collect();
}

void Loop::collect() {
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const auto found = transfers_.find(message->easy_handle);
        if (found == transfers_.end()) continue;
        const CURLcode code = message->data.result;
        found->second->finished(code);
        curl_multi_remove_handle(multi_, found->first);  // `message` ends here
        transfers_.erase(found);
    }
    if (transfers_.empty()) overdue_timer_.cancel();
}

void Loop::look_for_overdue() {
    looking_ = true;
    overdue_timer_.expires_after(kLookEvery);
    overdue_timer_.async_wait([weak = weak_from_this()](const asio::error_code&) {
        auto loop = weak.lock();
        if (!loop) return;
        const TimePoint now = std::chrono::steady_clock::now();
        std::vector<std::shared_ptr<Transfer>> late;
        for (const auto& [easy, transfer] : loop->transfers_) {
            if (auto error = transfer->overdue(now)) {
                transfer->fail(std::move(*error));
                late.push_back(transfer);
            }
        }
        for (const auto& transfer : late) loop->drop(*transfer);
        loop->looking_ = false;
        if (!loop->transfers_.empty()) loop->look_for_overdue();
    });
}

}  // namespace af::curl
