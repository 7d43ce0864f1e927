// Lists one tree of an ObjectStore, leaving out by the filter what need not be looked into.
#pragma once

#include "stages/filter/tally.hpp"
#include "stages/object_store.hpp"

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace af {

struct TreeOptions {
    const Filter* filter = nullptr;  // none: one flat listing
    bool split_names = true;         // the store takes "." as a delimiter: build and date are pruned too
    unsigned width = 16;             // requests at a time
    std::size_t max_objects = 1'000'000;
};

// What all listings of a run add to.
struct Found {
    std::vector<ObjectRef> objects;
    FilterTally tally;
    std::vector<std::string> notes;  // for people
    std::uint64_t seen = 0;          // objects that were looked at
};

// Adds an object unless there are max_objects: then Error(usage).
void add_found(Found& found, ObjectRef object, std::size_t max_objects);

// Adds the objects below `root` ("" or ending in '/') whose names, relative to it, the filter allows. Names that end in
// '/' (folder marks of S3 consoles) are left out. The result is that of a full listing filtered afterwards, whatever is
// pruned.
//
// Order    as the answers come; sort afterwards.
// Cost     a request for each allowed prefix of each level, in pages, `width` at a time.
// Errors   those of the store, the first one; Error(usage) above max_objects.
// Threads  everything on the caller's (serial) executor.
Task<void> list_tree(ObjectStore& store, std::string root, TreeOptions options, Found& found, std::stop_token stop);

}  // namespace af
