// What a child writes to stderr: the last of it is kept for error messages, `reporter:` lines are taken out, the rest
// is passed on line by line, but never faster than people can read.
//
// Bounds   64 KiB are kept; lines are cut at 8 KiB; a burst of 64 KiB and then 16 KiB/s are passed on, what is above is
//          counted and told as "suppressed n bytes"; at most 1000 counters.
// Threads  used by one thread at a time; the handlers are called on it.
// Source   Hadoop Streaming: reporter:counter:<group>,<counter>,<amount> and reporter:status:<message>.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace af {

using LineHandler = std::function<void(std::string_view line)>;
using Counters = std::map<std::string, std::int64_t>;  // "group<TAB>name" -> sum

// Adds a `reporter:counter:` line to `counters`; false when the line is not one. A sum saturates.
bool add_counter_line(std::string_view line, Counters& counters);

class ChildStderr {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // Either handler may be empty. `on_line` gets what is not for the reporter, `on_status` what the status should say.
    ChildStderr(LineHandler on_line, LineHandler on_status);

    void feed(std::string_view bytes, TimePoint now);
    void finish();  // the stream ended: the last line may lack its newline

    const Counters& counters() const noexcept { return counters_; }
    std::string_view tail() const noexcept;  // the last 64 KiB
    std::string last_line() const;           // the last that says something, at most 500 bytes; may be empty

private:
    void end_line();
    void take_line(std::string_view line);
    void pass(std::string_view line);
    void keep(std::string_view bytes);
    void refill(TimePoint now);
    void tell_suppressed();

    LineHandler on_line_;
    LineHandler on_status_;
    Counters counters_;
    std::string tail_;
    std::string partial_;       // of the line under way
    bool skip_line_ = false;    // its end is not wanted: the line was too long
    std::uint64_t cut_off_ = 0;  // of the line under way
    std::uint64_t suppressed_ = 0;
    std::size_t budget_;
    TimePoint refilled_{};
};

}  // namespace af
