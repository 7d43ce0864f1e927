// What a local INPUT is: a folder, a data file or a manifest. Blocks; part of list_inputs.
#pragma once

#include "stages/manifest.hpp"
#include "stages/records.hpp"

#include <stop_token>

namespace af {

enum class FileUse { by_content, manifest, data };

struct LocalLook {
    bool is_folder = false;
    ObjectRef object;                  // a folder's name ends in '/', or is "" for the working folder
    std::optional<ManifestForm> form;  // set: a manifest, whose text follows
    std::string manifest;
};

// Errors   not_found, refused; usage: neither a file nor a folder, or a folder where a file is meant; config: a
//          manifest larger than max_manifest_bytes.
LocalLook look_at(const std::string& path, FileUse use, std::size_t max_manifest_bytes);

// All of it; Error(config) above `max_bytes`, Error(cancelled) soon after `stop` even when nothing comes. `name` is for
// the message.
std::string read_descriptor(int input, std::size_t max_bytes, std::string_view name, std::stop_token stop);

}  // namespace af
