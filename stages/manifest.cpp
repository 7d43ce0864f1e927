#include "stages/manifest.hpp"

#include "stages/filter/strict_json.hpp"
#include "stages/manifest_json.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace af {
namespace {

std::string_view next_line(std::string_view& rest) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    std::int64_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error != std::errc() || end != text.data() + text.size() || size < 0) return std::nullopt;
    return static_cast<std::uint64_t>(size);
}

ManifestEntry entry_of_tsv(std::string_view line, const std::string& where) {
    const std::size_t tab = line.find('\t');
    ManifestEntry entry;
    entry.name = line.substr(0, tab);
    if (tab == line.npos) return entry;
    const auto size = parse_size(line.substr(tab + 1));
    if (!size)
        throw Error(ErrorKind::config, fmt::format("{}: the size is \"{}\", it must be a whole number", where,
                                                   escaped(line.substr(tab + 1))));
    entry.size = *size;
    return entry;
}

std::vector<ManifestEntry> parse_lines(std::string_view text, bool is_json, std::string_view file,
                                       std::size_t max_entries) {
    std::vector<ManifestEntry> entries;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::string_view line = next_line(text);
        if (line.find_first_not_of(" \t") == line.npos) continue;
        const std::string where = fmt::format("{}:{}", file, number);
        if (entries.size() == max_entries) throw too_many_entries(where, max_entries);
        entries.push_back(is_json ? parse_entry_json(line, where) : entry_of_tsv(line, where));
        check_entry_name(entries.back().name, where);
    }
    return entries;
}

// Whether the text begins like an object that names a file.
bool names_a_file(std::string_view text) { return text.substr(0, 512).find("\"file_name\"") != text.npos; }

}  // namespace

void check_entry_name(std::string_view name, std::string_view where) {
    if (name.empty()) throw Error(ErrorKind::config, fmt::format("{}: the name is empty", where));
    const bool control = std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (control)
        throw Error(ErrorKind::config,
                    fmt::format("{}: the name \"{}\" holds a control character", where, escaped(name)));
}

Error too_many_entries(std::string_view where, std::size_t max_entries) {
    return Error(ErrorKind::config, fmt::format("{}: more than {} files", where, max_entries))
        .hint("split the list into several runs");
}

std::optional<ManifestForm> manifest_form(std::string_view file, std::string_view first_bytes) {
    if (file.ends_with(".json")) {
        const std::size_t begin = first_bytes.find_first_not_of(" \t\r\n");
        const char first = begin == first_bytes.npos ? '\0' : first_bytes[begin];
        const bool empty_list =
            first == '[' && first_bytes.find_first_not_of(" \t\r\n", begin + 1) == first_bytes.find(']');
        const bool has_list = first == '[' || (first == '{' && first_bytes.find("\"files\"") != first_bytes.npos);
        if (has_list && (empty_list || names_a_file(first_bytes))) return ManifestForm::json;
    }
    if (file.ends_with(".jsonl") && first_bytes.starts_with('{') &&
        names_a_file(first_bytes.substr(0, first_bytes.find('\n')))) {
        return ManifestForm::jsonl;
    }
    if (file.ends_with(".tsv")) {
        const std::string_view line = next_line(first_bytes);
        const std::size_t tab = line.find('\t');
        if (tab != line.npos && parse_size(line.substr(tab + 1))) return ManifestForm::tsv;
    }
    return std::nullopt;
}

std::vector<ManifestEntry> parse_manifest(std::string_view text, ManifestForm form, std::string_view file,
                                          std::size_t max_entries) {
    if (text.size() > kMostManifestBytes) {
        throw Error(ErrorKind::config, fmt::format("{}: larger than the {} bytes allowed", file, kMostManifestBytes));
    }
    if (form == ManifestForm::json) return parse_manifest_json(text, file, max_entries);
    return parse_lines(text, form == ManifestForm::jsonl, file, max_entries);
}

}  // namespace af
