// What the user named as INPUT -> the objects to read, sorted by name.
//
//   folder             all files below it (LocalStore says what is left out)
//   file               itself; a .json, .jsonl or .tsv file that reads as a manifest is one (manifest:FILE for any
//   other
//                      file; file:FILE reads a file as data, whatever it looks like)
//   s3://bucket/key    that object, or else everything below key/
//   -                  names, or name<TAB>size, a line on standard input
#pragma once

#include "stages/list_tree.hpp"

#include "engine/stage.hpp"

#include <iosfwd>

namespace af {

struct ListOptions {
    std::optional<Filter> filter;
    std::string base;  // of the names in manifests and on stdin that are neither absolute nor s3://; "": as they stand
    unsigned width = 16;
    std::size_t max_objects = 1'000'000;
    bool may_be_empty = false;  // no match is an empty list instead of an Error
};

struct InputSources {
    ObjectStore& local;
    ObjectStore& s3;
    Place files;  // where the calls that block run
    int standard_input = 0;  // descriptor that INPUT "-" reads names from
};

struct InputList {
    std::vector<ObjectRef> objects;  // by name, bytewise; ordinals 0, 1, 2 ...; no name twice
    std::uint64_t duplicates = 0;    // named more than once, read once
    std::uint64_t seen = 0;          // objects that were looked at
    FilterTally tally;               // what the filter did
    std::vector<std::string> notes;  // for people: what was left out, and why
};

// The filter tests names relative to the folder or the prefix that was named. For files that were named one by one, in
// a manifest or on stdin, it tests what follows `base`, else the last five parts of the name.
//
// Errors   no_match: nothing is left; says what was looked at and, with a filter, the level at which everything was
//          lost.
//          not_found: a local path that is not there. usage, config: a bad input or manifest. Else those of the
//          stores.
// Threads  on the network executor.
Task<InputList> list_inputs(std::vector<std::string> inputs, ListOptions options, InputSources sources,
                            std::stop_token stop);

// Sorts, gives ordinals, drops and counts duplicates; of two entries the one that knows its size stays. Pure.
std::uint64_t sort_and_number(std::vector<ObjectRef>& objects);

// The part of a name that the filter tests when no root was named: what lies below the folder `base`, a normal path,
// else the layout's parts at its end. Pure.
std::string_view name_for_filter(std::string_view name, std::string_view base);

}  // namespace af
