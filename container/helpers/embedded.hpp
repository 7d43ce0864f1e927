// The feeders as they lie in container/helpers, so that a program carries its own: they are written to a private folder
// before the first one is started.
#pragma once

#include <span>
#include <string_view>

namespace af {

struct EmbeddedFile {
    std::string_view name;  // "feeder.py": no folders
    std::string_view contents;
};

// All of them: a feeder imports its neighbours from the folder it lies in. Lives as long as the program.
std::span<const EmbeddedFile> embedded_helpers() noexcept;

}  // namespace af
