#include "container/task_log.hpp"

#include "engine/error.hpp"

#include <unistd.h>
#include <cerrno>

namespace af {
namespace {

// A log that cannot be written to is no reason to fail.
void write_line(std::string line) {
    line += '\n';
    std::string_view rest = line;
    while (!rest.empty()) {
        const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::string one_line(std::string_view text) {
    std::string safe = printable(text);
    for (char& c : safe) {
        if (c == '\n') c = ' ';
    }
    return safe;
}

}  // namespace

void say(std::string_view text) { write_line("af: " + one_line(text)); }
void warn(std::string_view text) { write_line("af: WARN " + one_line(text)); }
void say_of_user_code(std::string_view line) { write_line("| " + one_line(line)); }
void say_error(const std::string& error_line_text) { write_line(error_line_text); }

}  // namespace af
