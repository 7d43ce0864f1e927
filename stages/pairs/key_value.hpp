// A line of map output is a key and a value: split at the first TAB, else at the first space, else all key (design.md
// §4).
#pragma once

#include <string_view>

namespace af {

struct KeyValue {
    std::string_view key;
    std::string_view value;
};

// `line` without its '\n'.
KeyValue split_key_value(std::string_view line);

// Calls `each(line)` for every line of `lines`, without its '\n'; a last line without one counts too.
template <class Each>
void for_each_line(std::string_view lines, Each&& each) {
    while (!lines.empty()) {
        const std::size_t end = lines.find('\n');
        if (end == std::string_view::npos) {
            each(lines);
            return;
        }
        each(lines.substr(0, end));
        lines.remove_prefix(end + 1);
    }
}

// Which of `partitions` a key belongs to: FNV-1a with a final mix, the same on every machine and in every version,
// since the tasks of one job must agree on it.
unsigned partition_of(std::string_view key, unsigned partitions);

}  // namespace af
