// What lies in a folder of the local file system. Blocks; part of LocalStore.
#pragma once

#include "stages/object_store.hpp"

#include <stop_token>
#include <string>

struct stat;

namespace af {

// "<size>-<nanoseconds of the last change>", in quotes as S3's are.
std::string local_etag(const struct stat& status);

// `folder`: a path that ends in '/', or "" for the working folder. `whole`: all the files below it, else its own files
// and its folders as prefixes. Names begin with `folder` as given.
//
// Bounds   Error(usage) above 1 000 000 files or folders.
// Errors   not_found, refused: a folder that cannot be read ends it, for its files would be missed. Error(cancelled).
ListPage list_folder(const std::string& folder, bool whole, std::stop_token stop);

}  // namespace af
