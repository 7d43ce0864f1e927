// af-bench compare: the peers that are installed and af in turns. The work is bench/peers.py's, which needs the
// repository.
#include "bench/command.hpp"
#include "engine/error.hpp"

#include <unistd.h>
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace af::bench {
namespace {

void run(const std::vector<std::string>& rest) {
    const std::filesystem::path script = std::filesystem::path(AF_BENCH_SOURCES) / "peers.py";
    if (!std::filesystem::exists(script))
        throw Error(ErrorKind::config, "there is no such script")
            .about(script.string())
            .hint("run it where the repository is");
    const std::filesystem::path bin = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    std::vector<std::string> words{"/usr/bin/python3", "-B", script.string(), "--bin", bin.string()};
    words.insert(words.end(), rest.begin(), rest.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(argv.front(), argv.data());
    throw Error(ErrorKind::os, std::string("cannot start: ") + std::strerror(errno)).about(argv.front());
}

void define(CLI::App& app) {
    app.prefix_command();
    app.set_help_flag();
    app.callback([&app] { run(app.remaining()); });
}

}  // namespace

const Command kCompareCommand{"compare", "af and its peers in turns, with ratios (compare --help)", define};

}  // namespace af::bench
