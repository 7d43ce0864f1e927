#include "bench/tune/timed_run.hpp"

#include "engine/error.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace af::bench {

double timed_run(const std::vector<std::string>& command, const std::filesystem::path& input,
                 const std::filesystem::path& output) {
    std::vector<char*> argv;
    for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, input.c_str(), O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const auto begun = std::chrono::steady_clock::now();
    pid_t child = 0;
    const int failed = ::posix_spawn(&child, argv.front(), &files, nullptr, argv.data(), ::environ);
    ::posix_spawn_file_actions_destroy(&files);
    if (failed != 0)
        throw Error(ErrorKind::os, std::string("cannot start: ") + std::strerror(failed))
            .about(command.front())
            .hint("is it a program of this machine?");
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            throw Error(ErrorKind::os, std::string("waitpid: ") + std::strerror(errno)).about(command.front());
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return seconds.count();
    std::string line;
    for (const std::string& word : command) line += (line.empty() ? "" : " ") + word;
    const std::string how = WIFEXITED(status) ? "exit status " + std::to_string(WEXITSTATUS(status))
                                              : "signal " + std::to_string(WTERMSIG(status));
    throw Error(ErrorKind::child_exit, how).about(line).hint("it said why above; run it by hand");
}

}  // namespace af::bench
