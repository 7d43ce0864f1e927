// A small YAML document as a tree with line numbers, read without what a job file never needs and an attacker would
// use: anchors, aliases (an alias bomb explodes when walked), tags, a second document, duplicate keys.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace af {

struct YamlEntry;

struct YamlNode {
    enum class Kind { null, plain, quoted, list, map };
    Kind kind = Kind::null;
    std::size_t line = 1;            // 1-based
    std::string text;                // plain and quoted
    std::vector<YamlNode> items;     // list
    std::vector<YamlEntry> entries;  // map

    bool is_scalar() const noexcept { return kind == Kind::plain || kind == Kind::quoted; }
    const YamlNode* find(std::string_view key) const;
    // "text", "a list", "a map", "nothing": for messages.
    std::string_view kind_name() const;
};

struct YamlEntry {
    YamlNode key;  // plain or quoted
    YamlNode value;
};

struct YamlLimits {
    std::size_t max_bytes = 64 << 10;
    std::size_t max_nodes = 10'000;
    std::size_t max_depth = 32;
};

// Throws Error(config), "FILE:LINE: what".
YamlNode parse_yaml(std::string_view text, std::string_view file, YamlLimits limits = {});

}  // namespace af
