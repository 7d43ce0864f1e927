#include "stages/job/yaml_reader.hpp"

#include "stages/near.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace af {
namespace {

std::optional<std::uint64_t> whole_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// What YAML reads as text: quoted, or plain and neither a number nor true or false.
bool is_text(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::quoted) return true;
    if (node.text == "true" || node.text == "false") return false;
    double number = 0;
    const auto [end, error] = std::from_chars(node.text.data(), node.text.data() + node.text.size(), number);
    return error != std::errc() || end != node.text.data() + node.text.size();
}

}  // namespace

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
    struct Unit {
        std::string_view name;
        std::uint64_t bytes;
    };
    constexpr std::array<Unit, 8> kUnits{{{"KiB", 1ull << 10},
                                          {"MiB", 1ull << 20},
                                          {"GiB", 1ull << 30},
                                          {"KB", 1'000},
                                          {"kB", 1'000},
                                          {"MB", 1'000'000},
                                          {"GB", 1'000'000'000},
                                          {"B", 1}}};
    std::uint64_t unit = 1;
    for (const Unit& candidate : kUnits) {
        if (!text.ends_with(candidate.name)) continue;
        unit = candidate.bytes;
        text.remove_suffix(candidate.name.size());
        if (text.ends_with(' ')) text.remove_suffix(1);
        break;
    }
    const auto number = whole_number(text);
    if (!number || *number > UINT64_MAX / unit) return std::nullopt;
    return *number * unit;
}

YamlReader::YamlReader(const YamlNode& map, std::string_view file, std::string path)
    : map_(map), file_(file), path_(std::move(path)) {
    if (map.kind == YamlNode::Kind::map) return;
    throw error_at(map.line, fmt::format("{} must be a map of keys and values, it is {}",
                                         path_.empty() ? "the file" : path_, map.kind_name()));
}

const YamlNode* YamlReader::node(std::string_view key) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
    return map_.find(key);
}

const YamlNode* YamlReader::scalar(std::string_view key, std::string_view wanted) {
    const YamlNode* found = node(key);
    if (!found || found->is_scalar()) return found;
    throw error(key, fmt::format("must be {}, it is {}", wanted, found->kind_name()));
}

std::optional<std::string> YamlReader::written(std::string_view key, std::string_view wanted) {
    const YamlNode* found = scalar(key, wanted);
    if (!found) return std::nullopt;
    return found->text;
}

std::optional<std::string> YamlReader::text(std::string_view key) {
    const YamlNode* found = scalar(key, "text");
    if (!found) return std::nullopt;
    if (!is_text(*found)) throw error(key, fmt::format("must be text, it is {}", found->text)).hint("put it in quotes");
    return found->text;
}

std::optional<std::uint64_t> YamlReader::number(std::string_view key, std::uint64_t least, std::uint64_t most) {
    const YamlNode* found = scalar(key, "a number");
    if (!found) return std::nullopt;
    const auto value = found->kind == YamlNode::Kind::plain ? whole_number(found->text) : std::nullopt;
    if (value && *value >= least && *value <= most) return value;
    throw error(key,
                fmt::format("must be a whole number from {} to {}, it is \"{}\"", least, most, escaped(found->text)));
}

std::optional<std::uint64_t> YamlReader::bytes(std::string_view key, std::uint64_t least, std::uint64_t most) {
    const YamlNode* found = scalar(key, "a size");
    if (!found) return std::nullopt;
    const auto value = parse_bytes(found->text);
    if (value && *value >= least && *value <= most) return value;
    throw error(key, fmt::format("must be a size from {} to {} bytes, such as 64MiB; it is \"{}\"", least, most,
                                 escaped(found->text)));
}

std::optional<bool> YamlReader::boolean(std::string_view key) {
    const YamlNode* found = scalar(key, "true or false");
    if (!found) return std::nullopt;
    if (found->kind == YamlNode::Kind::plain && (found->text == "true" || found->text == "false"))
        return found->text == "true";
    throw error(key, fmt::format("must be true or false, it is \"{}\"", escaped(found->text)));
}

std::optional<std::vector<std::string>> YamlReader::texts(std::string_view key) {
    const YamlNode* found = node(key);
    if (!found) return std::nullopt;
    if (found->kind != YamlNode::Kind::list)
        throw error(key, fmt::format("must be a list, it is {}", found->kind_name()));
    std::vector<std::string> out;
    for (const YamlNode& item : found->items) {
        if (!item.is_scalar())
            throw error_at(item.line,
                           fmt::format("{}: its items must be text, one is {}", name_of(key), item.kind_name()));
        out.push_back(item.text);
    }
    return out;
}

std::optional<std::size_t> YamlReader::word_index(std::string_view key, const std::vector<std::string>& words) {
    const std::string wanted = fmt::format("one of {}", fmt::join(words, ", "));
    const YamlNode* found = scalar(key, wanted);
    if (!found) return std::nullopt;
    const auto at = std::find(words.begin(), words.end(), found->text);
    if (at != words.end()) return static_cast<std::size_t>(at - words.begin());
    throw error(
        key, fmt::format("must be {}, it is \"{}\"{}", wanted, escaped(found->text), did_you_mean(found->text, words)));
}

void YamlReader::refuse_other_keys() const {
    for (const auto& [key, value] : map_.entries) {
        if (std::find(known_.begin(), known_.end(), key.text) != known_.end()) continue;
        throw error_at(key.line, fmt::format("{}: this key is not known{}", escaped(name_of(key.text)),
                                             did_you_mean(key.text, known_)))
            .hint(fmt::format("known here: {}", fmt::join(known_, ", ")));
    }
}

Error YamlReader::error_at(std::size_t line, std::string_view what) const {
    return Error(ErrorKind::config, fmt::format("{}:{}: {}", file_, line, what)).about(file_);
}

Error YamlReader::error(std::string_view key, std::string_view what) const {
    std::size_t line = map_.line;
    for (const auto& [name, value] : map_.entries) {
        if (name.text == key) line = name.line;
    }
    return error_at(line, fmt::format("{}: {}", name_of(key), what));
}

std::string YamlReader::name_of(std::string_view key) const {
    return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

}  // namespace af
