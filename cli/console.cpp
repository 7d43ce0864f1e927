#include "cli/console.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/error.hpp"
#include "engine/file.hpp"

namespace af {
namespace {

bool is_set(const char* name) {
    const char* value = std::getenv(name);
    return value && *value;
}

std::optional<unsigned> columns_of_stderr() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return std::nullopt;
    return size.ws_col;
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
    options.columns = columns_of_stderr().value_or(options.columns);
    return options;
}

Console::~Console() {
    std::lock_guard lock(mutex_);
    erase_progress();
}

void Console::erase_progress() {
    if (progress_rows_ == 0) return;
    const std::string up = progress_rows_ > 1 ? fmt::format("\x1b[{}A", progress_rows_ - 1) : "";
    print("\r" + up + "\x1b[J");
    progress_rows_ = 0;
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
    std::vector<std::string> lines;
    if (!text.empty()) lines.emplace_back(text);
    progress_lines(lines);
}

void Console::progress_lines(const std::vector<std::string>& lines) {
    if (!options_.terminal) return;
    std::lock_guard lock(mutex_);
    erase_progress();
    if (lines.empty()) return;
    const unsigned columns = columns_of_stderr().value_or(options_.columns);  // it may have been made smaller
    std::string text;
    for (const std::string& line : lines) {
        if (!text.empty()) text += "\r\n";
        text += printable(line).substr(0, columns > 1 ? columns - 1 : 0);
    }
    print(text);
    progress_rows_ = lines.size();
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
