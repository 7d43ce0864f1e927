#include "engine/curl/transfer.hpp"

#include "engine/retry_http.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <string_view>

namespace af::curl {
namespace {

constexpr std::size_t kMaxHeaderBytes = 256 << 10;
constexpr long kReceiveBuffer = 512 << 10;
constexpr std::uint64_t kStalledBelow = 1024;  // bytes a second

TimePoint now() { return std::chrono::steady_clock::now(); }

template <class T>
void set(CURL* easy, CURLoption option, T value) {
    const CURLcode code = curl_easy_setopt(easy, option, value);
    if (code != CURLE_OK)
        throw Error(ErrorKind::os, fmt::format("libcurl refuses option {}: {}", int(option), curl_easy_strerror(code)));
}

bool breaks_lines(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

void refuse_injection(const HttpRequest& request, const std::string& what) {
    bool bad = breaks_lines(request.method) || breaks_lines(request.url) ||
               request.url.find(' ') != std::string::npos || request.method.empty() ||
               request.method.find(' ') != std::string::npos;
    for (const auto& [name, value] : request.headers) {
        bad = bad || name.empty() || breaks_lines(name) || name.find_first_of(": \t;") != std::string::npos ||
              breaks_lines(value);
    }
    if (bad) throw Error(ErrorKind::refused, what + ": a line break or blank where the request may have none");
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

ErrorKind kind_of(CURLcode code, std::string_view message) {
    switch (code) {
        case CURLE_SSL_CONNECT_ERROR:  // a reset in the middle of the handshake may heal, one that fails does not
            return contains(message, "SYSCALL") || contains(message, "reset") ? ErrorKind::unavailable
                                                                              : ErrorKind::refused;
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_INVALIDCERTSTATUS:
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_URL_MALFORMAT:
        case CURLE_LOGIN_DENIED:
        case CURLE_WEIRD_SERVER_REPLY:
            return ErrorKind::refused;
        case CURLE_OUT_OF_MEMORY:
        case CURLE_FAILED_INIT:
            return ErrorKind::os;
        default:
            return ErrorKind::unavailable;
    }
}

bool is_tls(CURLcode code) {
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
           code == CURLE_SSL_CONNECT_ERROR;
}

}  // namespace

Transfer::Transfer(HttpRequest request, const CurlHttpOptions& options, BlockPool& pool)
    : request_(std::move(request)), what_(request_.method + " " + host_of(request_.url)), pool_(pool) {
    refuse_injection(request_, escaped(what_));
    easy_ = curl_easy_init();
    if (!easy_) throw Error(ErrorKind::os, "libcurl has no memory for a transfer");
    try {
        set_options(options);
        set_method();
        set_headers();
    } catch (...) {
        curl_slist_free_all(header_list_);
        curl_easy_cleanup(easy_);
        throw;
    }
}

Transfer::~Transfer() {
    curl_easy_cleanup(easy_);
    curl_slist_free_all(header_list_);
}

void Transfer::set_options(const CurlHttpOptions& options) {
    set(easy_, CURLOPT_ERRORBUFFER, message_);
    set(easy_, CURLOPT_URL, request_.url.c_str());
    set(easy_, CURLOPT_PATH_AS_IS, 1L);  // "a/../b" is an object name like any other, and is signed as it stands
    set(easy_, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    set(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
    set(easy_, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    set(easy_, CURLOPT_HTTP09_ALLOWED, 0L);
    set(easy_, CURLOPT_FOLLOWLOCATION, 0L);
    set(easy_, CURLOPT_NETRC, long{CURL_NETRC_IGNORED});
    set(easy_, CURLOPT_NOSIGNAL, 1L);
    set(easy_, CURLOPT_QUICK_EXIT, 1L);  // do not wait for a name lookup that nobody needs any more
    set(easy_, CURLOPT_BUFFERSIZE, kReceiveBuffer);
    set(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
    set(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout.count()));
    set(easy_, CURLOPT_SSL_VERIFYPEER, 1L);
    set(easy_, CURLOPT_SSL_VERIFYHOST, 2L);
    if (!options.ca_file.empty()) set(easy_, CURLOPT_CAINFO, options.ca_file.c_str());
    if (!options.proxy_from_environment) set(easy_, CURLOPT_PROXY, options.proxy.c_str());
    set(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (request_.fresh_connection) {
        set(easy_, CURLOPT_FRESH_CONNECT, 1L);
        set(easy_, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    }
    set(easy_, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    set(easy_, CURLOPT_HEADERDATA, static_cast<void*>(this));
    set(easy_, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    set(easy_, CURLOPT_WRITEDATA, static_cast<void*>(this));
    set(easy_, CURLOPT_PREREQFUNCTION, &Transfer::on_connected);
    set(easy_, CURLOPT_PREREQDATA, static_cast<void*>(this));
}

void Transfer::set_method() {
    const std::string& method = request_.method;
    if (method == "HEAD") {
        set(easy_, CURLOPT_NOBODY, 1L);
        return;
    }
    if (!request_.body.empty() || method == "PUT" || method == "POST") {
        set(easy_, CURLOPT_UPLOAD, 1L);
        set(easy_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
        set(easy_, CURLOPT_READFUNCTION, &Transfer::on_send);
        set(easy_, CURLOPT_READDATA, static_cast<void*>(this));
        set(easy_, CURLOPT_SEEKFUNCTION, &Transfer::on_rewind);
        set(easy_, CURLOPT_SEEKDATA, static_cast<void*>(this));
    }
    if (method != "GET" || !request_.body.empty()) set(easy_, CURLOPT_CUSTOMREQUEST, method.c_str());
}

void Transfer::set_headers() {
    const auto append = [this](const std::string& line) {
        curl_slist* longer = curl_slist_append(header_list_, line.c_str());
        if (!longer) throw Error(ErrorKind::os, "no memory for a header");
        header_list_ = longer;
    };
    for (const auto& [name, value] : request_.headers) append(value.empty() ? name + ";" : name + ": " + value);
    if (!find_header(request_.headers, "expect")) append("Expect:");  // no pause of a second before a body
    set(easy_, CURLOPT_HTTPHEADER, header_list_);
}

// --- what libcurl calls

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
    const std::size_t bytes = size * count;
    return static_cast<Transfer*>(self)->take_header_line({data, bytes}) ? bytes : 0;
}

bool Transfer::take_header_line(std::string_view line) {
    if (replied_) return true;  // a trailer
    header_bytes_ += line.size();
    if (header_bytes_ > kMaxHeaderBytes) {
        error_ = failure(ErrorKind::corrupt, fmt::format("more than {} bytes of headers", kMaxHeaderBytes));
        return false;
    }
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (line.substr(0, 5) == "HTTP/") {
        headers_.clear();  // what came before belonged to an interim reply
    } else if (line.empty()) {
        replied_ = status() >= 200;
        window_start_ = now();
        wake();
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
        std::string_view value = line.substr(colon + 1);
        value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
        headers_.emplace_back(line.substr(0, colon), value);
    }
    return true;
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
    auto& me = *static_cast<Transfer*>(self);
    const std::size_t bytes = size * count;
    if (me.ready_.size() >= kLag) {
        me.paused_ = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    if (bytes > me.request_.max_body_bytes - me.received_) {
        me.error_ = me.failure(ErrorKind::corrupt,
                               fmt::format("the reply is longer than {} bytes", me.request_.max_body_bytes));
        return 0;
    }
    try {
        me.fill({data, bytes});
    } catch (const Error& error) {  // which must not cross libcurl
        me.error_ = error;
        return 0;
    }
    me.received_ += bytes;
    me.window_bytes_ += bytes;
    return bytes;
}

void Transfer::fill(std::string_view bytes) {
    while (!bytes.empty()) {
        if (!filling_) filling_ = pool_.take();
        const std::string_view part = bytes.substr(0, filling_.room().size());
        filling_.append(part);
        if (see_) see_(part);
        bytes.remove_prefix(part.size());
        if (filling_.room().empty()) {
            ready_.push_back(std::move(filling_));
            wake();
        }
    }
}

std::size_t Transfer::on_send(char* data, std::size_t size, std::size_t count, void* self) {
    auto& me = *static_cast<Transfer*>(self);
    const std::size_t bytes = std::min(size * count, me.request_.body.size() - me.sent_);
    std::memcpy(data, me.request_.body.data() + me.sent_, bytes);
    me.sent_ += bytes;
    me.asked_at_ = now();
    return bytes;
}

int Transfer::on_rewind(void* self, curl_off_t offset, int origin) {
    if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
    static_cast<Transfer*>(self)->sent_ = static_cast<std::size_t>(offset);
    return CURL_SEEKFUNC_OK;
}

int Transfer::on_connected(void* self, char*, char*, int, int) {
    static_cast<Transfer*>(self)->asked_at_ = now();
    return CURL_PREREQFUNC_OK;
}

// --- what the loop calls

void Transfer::finished(CURLcode code) {
    if (ended_) return;
    ended_ = true;
    if (code != CURLE_OK && !error_) error_ = translated(code);
    if (filling_) ready_.push_back(std::move(filling_));
    wake();
}

void Transfer::fail(Error error) {
    if (ended_) return;
    error_ = std::move(error);
    finished(CURLE_ABORTED_BY_CALLBACK);
}

std::optional<Error> Transfer::overdue(TimePoint at) {
    if (!replied_) {
        if (!asked_at_ || at - *asked_at_ < request_.first_byte_timeout) return std::nullopt;
        return failure(ErrorKind::unavailable,
                       fmt::format("no reply within {} ms", request_.first_byte_timeout.count()));
    }
    const auto needed = kStalledBelow * static_cast<std::uint64_t>(request_.stall_timeout.count());
    if (paused_ || window_bytes_ >= needed) {
        window_start_ = at;
        window_bytes_ = 0;
        return std::nullopt;
    }
    if (at - window_start_ < request_.stall_timeout) return std::nullopt;
    return failure(ErrorKind::unavailable,
                   fmt::format("stalled: {} bytes in {} s", window_bytes_, request_.stall_timeout.count()));
}

// --- what the reader calls

Task<void> Transfer::changed() {
    auto any = [this] { return ended_ || !ready_.empty(); };
    co_await sleep_unless(mutex_, readers_, any);
}

void Transfer::wake() {
    std::lock_guard lock(mutex_);
    readers_.wake_all();
}

int Transfer::status() const {
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    return static_cast<int>(status);
}

std::optional<Block> Transfer::take_block() {
    std::optional<Block> block;
    if (ready_.empty()) return block;
    block.emplace(std::move(ready_.front()));
    ready_.pop_front();
    return block;
}

void Transfer::watch(std::function<void(std::string_view)> see) {
    for (const Block& block : ready_) see(block.view());
    see(filling_.view());
    see_ = std::move(see);
}

void Transfer::resumed() {
    paused_ = false;
    window_start_ = now();
    window_bytes_ = 0;
}

// --- errors

std::string Transfer::phase() const {
    if (replied_) return fmt::format("body after {} bytes", received_);
    if (asked_at_) return "wait for the reply";
    return "connect";
}

Error Transfer::failure(ErrorKind kind, std::string_view why) const {
    return Error(kind, fmt::format("{}: {}: {}", what_, phase(), why));
}

Error Transfer::translated(CURLcode code) const {
    const std::string message = message_[0] ? escaped(message_) : std::string(curl_easy_strerror(code));
    Error error = failure(kind_of(code, message), fmt::format("{} (curl {})", message, int(code)));
    if (is_tls(code))
        return std::move(error).hint("check the server's certificate and the file of trusted ones (SSL_CERT_FILE)");
    return error;
}

}  // namespace af::curl
