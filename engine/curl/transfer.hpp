// One request and its reply on a libcurl easy handle: the options set, what libcurl's callbacks hand over, and when it
// is overdue. Knows nothing of loops: curl::Loop drives it.
//
// Threads  the network executor only.
#pragma once

#include "engine/clock.hpp"
#include "engine/curl_http.hpp"
#include "engine/wait_list.hpp"

#include <curl/curl.h>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

namespace af::curl {

class Transfer {
public:
    // Throws Error(refused) for a request that must not go on the wire.
    Transfer(HttpRequest request, const CurlHttpOptions& options, BlockPool& pool);
    ~Transfer();
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    CURL* easy() const noexcept { return easy_; }

    // From the loop: libcurl is done with it, or it is ended from outside.
    void finished(CURLcode code);
    void fail(Error error);
    // Why it has waited too long for the other side, if it has. Asked every now and then.
    std::optional<Error> overdue(TimePoint now);

    // From the coroutine that reads. changed() sleeps until a reply, a block or the end comes: look first.
    Task<void> changed();
    bool has_reply() const noexcept { return replied_; }
    bool ended() const noexcept { return ended_; }
    const std::optional<Error>& error() const noexcept { return error_; }
    int status() const;
    HttpHeaders take_headers() { return std::move(headers_); }
    std::optional<Block> take_block();
    // `see` is shown what has come, and then each part of the body as it comes.
    void watch(std::function<void(std::string_view)> see);
    // True when libcurl was told to pause and there is room again: the loop then resumes it.
    bool wants_resume() const noexcept { return paused_ && ready_.size() < kLag; }
    void resumed();

private:
    static constexpr std::size_t kLag = 2;  // blocks the reader may be behind

    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t on_send(char* data, std::size_t size, std::size_t count, void* self);
    static int on_rewind(void* self, curl_off_t offset, int origin);
    static int on_connected(void* self, char*, char*, int, int);

    void set_options(const CurlHttpOptions& options);
    void set_method();
    void set_headers();
    bool take_header_line(std::string_view line);
    void fill(std::string_view bytes);
    std::string phase() const;
    Error failure(ErrorKind kind, std::string_view why) const;
    Error translated(CURLcode code) const;
    void wake();

    HttpRequest request_;
    const std::string what_;  // "GET host:port"
    BlockPool& pool_;
    CURL* easy_ = nullptr;
    curl_slist* header_list_ = nullptr;
    char message_[CURL_ERROR_SIZE] = {};

    std::mutex mutex_;  // WaitList asks for one; never contended
    WaitList readers_;

    HttpHeaders headers_;
    std::size_t header_bytes_ = 0;
    bool replied_ = false;
    bool ended_ = false;
    bool paused_ = false;
    std::optional<Error> error_;

    std::deque<Block> ready_;
    Block filling_;
    std::function<void(std::string_view)> see_;
    std::uint64_t received_ = 0;
    std::size_t sent_ = 0;

    std::optional<TimePoint> asked_at_;  // when the request, or the last part of its body, was sent
    TimePoint window_start_{};           // stall: bytes since then
    std::uint64_t window_bytes_ = 0;
};

}  // namespace af::curl
