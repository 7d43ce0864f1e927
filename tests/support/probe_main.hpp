// main() of a probe: a small program that a test in Python drives.
#pragma once

#include "engine/error.hpp"

#include <fmt/format.h>
#include <string_view>

namespace af::test {

// What `run` returns, or the exit code of the Error it throws, with its line on stderr.
inline int probe_main(std::string_view name, int (*run)(int, char**), int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const Error& error) {
        fmt::print(stderr, "{}\n", error_line(name, error, exit_code(error.kind())));
        return exit_code(error.kind());
    }
}

}  // namespace af::test
