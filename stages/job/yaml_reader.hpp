// Reads the fields of one map of a YAML tree, strictly: a wrong type or a bad value is an Error(config) with file and
// line, and so is every key that nobody asked for.
#pragma once

#include "engine/error.hpp"
#include "stages/job/words.hpp"
#include "stages/job/yaml_tree.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace af {

// `map` and `file` outlive it.
class YamlReader {
public:
    // `path` is how messages name the map: "" for the whole file, "map", "records". Throws when it is not a map.
    YamlReader(const YamlNode& map, std::string_view file, std::string path);

    bool has(std::string_view key) const { return map_.find(key) != nullptr; }

    // Each remembers the key as known. nullopt: it is not there.
    const YamlNode* node(std::string_view key);
    std::optional<std::string> text(std::string_view key);
    std::optional<std::uint64_t> number(std::string_view key, std::uint64_t least, std::uint64_t most);
    std::optional<std::uint64_t> bytes(std::string_view key, std::uint64_t least,
                                       std::uint64_t most);  // 1000, 64MiB, 1 GB
    std::optional<bool> boolean(std::string_view key);
    std::optional<std::vector<std::string>> texts(std::string_view key);  // numbers and booleans as they are written
    // The scalar as it is written, whatever its type; `wanted` is what the message asks for.
    std::optional<std::string> written(std::string_view key, std::string_view wanted);
    template <class E, std::size_t N>
    std::optional<E> word(std::string_view key, const WordTable<E, N>& table) {
        std::vector<std::string> words;
        for (const auto& [name, enumerator] : table) words.emplace_back(name);
        const auto index = word_index(key, words);
        if (!index) return std::nullopt;
        return table[*index].second;
    }

    // Throws for the first key that no call asked for.
    void refuse_other_keys() const;

    Error error_at(std::size_t line, std::string_view what) const;
    Error error(std::string_view key, std::string_view what) const;  // at the key's line: "FILE:3: map.script: what"

private:
    std::optional<std::size_t> word_index(std::string_view key, const std::vector<std::string>& words);
    const YamlNode* scalar(std::string_view key, std::string_view wanted);
    std::string name_of(std::string_view key) const;

    const YamlNode& map_;
    std::string_view file_;
    std::string path_;
    std::vector<std::string> known_;
};

// "64MiB", "1 GB", "4096" -> bytes; nullopt when it is no such thing or does not fit.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

}  // namespace af
