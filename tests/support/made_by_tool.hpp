// What a command line tool makes of bytes: objects as users have them.
#pragma once

#include "tests/support/temporary_folder.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace af::test {

// The stdout of `command`, which is handed `input` as its stdin.
inline std::string made_by(const std::string& command, std::string_view input) {
    TemporaryFolder folder;
    const std::string from = folder.write("in", std::string(input));
    const std::string to = from + ".out";
    if (std::system((command + " < " + from + " > " + to).c_str()) != 0) throw std::runtime_error(command + " failed");
    std::ifstream made(to, std::ios::binary);
    return {std::istreambuf_iterator<char>(made), {}};
}

// Lines that compress to about a fifth, the same for the same count.
inline std::string numbered_lines(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += "{\"line\":" + std::to_string(i * i * 2654435761u) + "}\n";
    return text;
}

}  // namespace af::test
