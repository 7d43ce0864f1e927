// Lists of objects in files: pure parsing.
//
//   json    [{"file_name": "a/b.lzma", "size": 123}, ...] or {"files": [...]}; other keys are ignored
//   jsonl   one such object a line
//   tsv     name, or name<TAB>size, a line (what `-` reads from stdin too)
#pragma once

#include "engine/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace af {

inline constexpr std::size_t kMostManifestBytes = 256 << 20;

enum class ManifestForm { json, jsonl, tsv };

struct ManifestEntry {
    std::string name;
    std::uint64_t size = UINT64_MAX;  // kUnknownSize when the entry has none
    bool operator==(const ManifestEntry&) const = default;
};

// By the suffix of the file and its first bytes: a data file may be called x.json or x.tsv as well, and is none.
std::optional<ManifestForm> manifest_form(std::string_view file, std::string_view first_bytes);

// Errors   Error(config), "FILE:LINE: ..." or with the number of the entry: not of its form, a name that is empty or
//          holds a control byte, a size that is not a whole number from 0 to 2^63-1, more than `max_entries`.
std::vector<ManifestEntry> parse_manifest(std::string_view text, ManifestForm form, std::string_view file,
                                          std::size_t max_entries);

}  // namespace af
