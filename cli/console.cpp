#include "cli/console.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "engine/error.hpp"
#include "engine/file.hpp"

namespace af {
namespace {

bool is_set(const char* name) {
    const char* value = std::getenv(name);
    return value && *value;
}

}  // namespace

ConsoleOptions console_options(Verbosity verbosity, bool json, bool no_colour) {
    ConsoleOptions options;
    options.verbosity = verbosity;
    options.json = json;
    const char* term = std::getenv("TERM");
    const bool dumb = !term || std::string_view(term) == "dumb";
    options.terminal = ::isatty(STDERR_FILENO) && !dumb && !json && verbosity != Verbosity::quiet;
    options.colour = options.terminal && !no_colour && !is_set("NO_COLOR");
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) options.columns = size.ws_col;
    return options;
}

Console::~Console() {
    std::lock_guard lock(mutex_);
    erase_progress();
}

void Console::erase_progress() {
    if (!progress_shown_) return;
    print("\r\x1b[K");
    progress_shown_ = false;
}

// A terminal that is gone is no reason to lose the job.
void Console::print(std::string_view text) {
    try {
        write_all(STDERR_FILENO, text, "stderr");
    } catch (const std::exception&) {
    }
}

void Console::say(std::string_view text) {
    if (options_.verbosity == Verbosity::quiet || options_.json) return;
    std::lock_guard lock(mutex_);
    erase_progress();
    print(fmt::format("{}\n", printable(text)));
}

void Console::detail(std::string_view text) {
    if (options_.verbosity == Verbosity::verbose) say(text);
}

void Console::warn(std::string_view text) {
    if (options_.json) {
        event(nlohmann::json{{"type", "warning"}, {"message", text}}.dump(-1, ' ', false,
                                                                          nlohmann::json::error_handler_t::replace));
        return;
    }
    std::lock_guard lock(mutex_);
    erase_progress();
    const std::string_view label = options_.colour ? "\x1b[33mwarning:\x1b[0m" : "warning:";
    print(fmt::format("{} {}\n", label, printable(text)));
}

void Console::progress(std::string_view text) {
    if (!options_.terminal) return;
    std::lock_guard lock(mutex_);
    erase_progress();
    if (text.empty()) return;
    print(text.substr(0, options_.columns > 1 ? options_.columns - 1 : 0));
    progress_shown_ = true;
}

void Console::event(std::string_view json) {
    if (!options_.json) return;
    std::lock_guard lock(mutex_);
    print(fmt::format("{}\n", json));
}

void Console::error(std::string_view line) {
    std::lock_guard lock(mutex_);
    erase_progress();
    const std::string_view begin = options_.colour ? "\x1b[31m" : "";
    const std::string_view end = options_.colour ? "\x1b[0m" : "";
    print(fmt::format("{}{}{}\n", begin, line, end));
}

}  // namespace af
