// A subcommand of af-bench: its name, what it is for, and a function that defines its options and sets its callback.
// The callback does the work and throws Error.
#pragma once

namespace CLI {
class App;
}

namespace af::bench {

struct Command {
    const char* name;
    const char* purpose;
    void (*define)(CLI::App& app);
};

extern const Command kGenerateCommand;
extern const Command kGeneratePairsCommand;
extern const Command kFetchCommand;
extern const Command kTuneCommand;
extern const Command kCompareCommand;

}  // namespace af::bench
