// The lines of logs on their way to a person: each whole, with its task's name before it where there are several, and
// on a terminal without anything that could move the cursor or forge a line. Pure.
//
// Bounds   a line above 64 KiB goes out in pieces.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace af {

class LogLines {
public:
    using Sink = std::function<void(std::string_view)>;
    // `prefix` "": none. `harmless`: control bytes as \xNN, but for tabs.
    LogLines(std::string prefix, bool harmless, Sink sink)
        : prefix_(std::move(prefix)), harmless_(harmless), sink_(std::move(sink)) {}

    void add(std::string_view bytes);
    void finish();  // a last line without its newline

private:
    void put(std::string_view line);

    const std::string prefix_;
    const bool harmless_;
    const Sink sink_;
    std::string begun_;
};

// Control bytes as \xNN but for tabs, also those of two bytes (U+0080 to U+009F).
std::string harmless(std::string_view text);

}  // namespace af
