// What a person sees on stderr: messages, and lines of progress that are redrawn in place. Results go to stdout
// elsewhere.
//
// Rules    progress and colour only on a terminal that wants them (not with NO_COLOR, TERM=dumb, --quiet, --json). With
//          --json every message is one JSON object a line.
// Threads  safe from any thread.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace af {

enum class Verbosity { quiet, normal, verbose };

struct ConsoleOptions {
    Verbosity verbosity = Verbosity::normal;
    bool json = false;
    bool terminal = false;  // stderr is one, and it takes cursor movement
    bool colour = false;
    unsigned columns = 80;
};

// From what stderr is and what the environment says.
ConsoleOptions console_options(Verbosity verbosity, bool json, bool no_colour);

class Console {
public:
    explicit Console(ConsoleOptions options) : options_(options) {}
    ~Console();

    const ConsoleOptions& options() const noexcept { return options_; }
    // Lines for people; nothing with --quiet or --json.
    void say(std::string_view text);
    void detail(std::string_view text);  // with --verbose only
    void warn(std::string_view text);    // also with --quiet; an event with --json
    // Redraws the progress line; an empty text removes it.
    void progress(std::string_view text);
    // The same for several lines, each cut where the terminal ends; none: removes them.
    void progress_lines(const std::vector<std::string>& lines);
    // With --json only: one object, already JSON.
    void event(std::string_view json);
    // The last line of a failed run, whatever the options.
    void error(std::string_view line);

private:
    void erase_progress();
    void print(std::string_view text);

    const ConsoleOptions options_;
    std::mutex mutex_;
    std::size_t progress_rows_ = 0;
};

}  // namespace af
