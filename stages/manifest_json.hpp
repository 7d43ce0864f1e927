// The JSON of manifests. Part of parse_manifest.
#pragma once

#include "stages/manifest.hpp"

namespace af {

// A list of entries, or {"files": list}. Read as a stream: a million entries as JSON values would take half a gigabyte.
std::vector<ManifestEntry> parse_manifest_json(std::string_view text, std::string_view file, std::size_t max_entries);

// One entry; `where` begins the messages.
ManifestEntry parse_entry_json(std::string_view text, std::string_view where);

void check_entry_name(std::string_view name, std::string_view where);
Error too_many_entries(std::string_view where, std::size_t max_entries);

}  // namespace af
