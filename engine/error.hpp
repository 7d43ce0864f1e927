// What failed, for which item, inside which steps. Thrown to end a pipeline, or carried as a value (Result<T>) when
// only one item is lost.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace af {

// Callers branch on the kind; each has one name and one process exit code (the table in README.md).
enum class ErrorKind {
    cancelled,     // the pipeline ended before this step could; never what a user reads first
    interrupted,   // SIGINT, SIGHUP
    terminated,    // SIGTERM
    usage,         // wrong arguments or environment
    config,        // analysis-tools.yml, filter, envelope, script not found
    no_match,      // nothing to read: no input matches
    not_found,     // an object or artifact is missing
    refused,       // 401, 403, TLS, a redirect that may not be followed
    expired,       // temporary credentials ran out
    unavailable,   // network, DNS, 5xx, throttling: may heal
    corrupt,       // truncated, changed or damaged data, bombs, limits on bad records
    no_space,      // ENOSPC, EDQUOT
    io,            // EIO, a failed fsync
    os,            // fork, memory, descriptors
    child_exit,    // user code ended with a status other than 0, or raised
    child_signal,  // user code was ended by a signal
    child_hang,    // user code did nothing for too long
    child_stdin,   // user code closed its input with records left
    child_output,  // user code wrote something that is not map output
    bug,           // an invariant of ours is broken
};

// "DATA", "NO_INPUT", ... as the ERROR line prints it.
std::string_view error_name(ErrorKind kind) noexcept;

// Exit status of a task that ends with this error; `af` itself differs for usage (cli/exit_status.hpp).
int exit_code(ErrorKind kind) noexcept;

class Error : public std::exception {
public:
    Error(ErrorKind kind, std::string message) : kind_(kind), text_(std::move(message)) {}

    // Adds one outer step, e.g. "fetch a/b.lzma: attempt 3 of 3: HTTP 503".
    Error during(std::string_view step) &&;
    // Names the item (object key, path, task id) the error is about. The first caller, who knows best, wins.
    Error about(std::string_view item) &&;
    // One sentence that says what to do. The first caller wins.
    Error hint(std::string_view sentence) &&;
    // How many times it was tried before giving up.
    Error after(int attempts) &&;
    // The service's own id of the failed request.
    Error request(std::string_view id) &&;

    ErrorKind kind() const noexcept { return kind_; }
    bool may_heal() const noexcept { return kind_ == ErrorKind::unavailable; }  // a retry can help
    const char* what() const noexcept override { return text_.c_str(); }
    const std::string& item() const noexcept { return item_; }
    const std::string& advice() const noexcept { return hint_; }
    int attempts() const noexcept { return attempts_; }
    const std::string& request_id() const noexcept { return request_id_; }

private:
    ErrorKind kind_;
    std::string text_;
    std::string item_;
    std::string hint_;
    std::string request_id_;
    int attempts_ = 0;
};

template <class T>
using Result = tl::expected<T, Error>;
using Failure = tl::unexpected<Error>;

// An error of the system call that set `error_number`: no_space, io, os or not_found, with strerror's text.
Error os_error(int error_number, std::string_view doing);

// The one line a program ends with, e.g.
//   af: ERROR DATA exit=65 what="s3://b/k.lzma" attempts=2 last="decompress: truncated at byte 812" hint="..."
// Control bytes are escaped as \xNN, so that no item can forge a second line.
std::string error_line(std::string_view program, const Error& error, int exit_status);

// `text` with control bytes but for newlines as \xNN: no object name or line of user code can forge a line or move the
// cursor.
std::string printable(std::string_view text);

// `text` with control bytes as \xNN and quotes escaped: safe inside "..." on one line of a terminal.
std::string escaped(std::string_view text);

}  // namespace af
