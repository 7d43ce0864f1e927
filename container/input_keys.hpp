// The objects that `af-task map` was told to read. Nothing is listed: the credentials of a task may read objects only.
//
// Names    s3://bucket/key as it is; anything else is a key below AF_INPUT, or an absolute path.
// Errors   usage: no keys, a key without AF_INPUT, one with a control byte, or ".." below a folder; config: a manifest
//          that is none; those of read_source().
#pragma once

#include "container/task_services.hpp"

#include <string>
#include <vector>

namespace af {

struct MapArguments {
    std::vector<std::string> keys;
    std::string manifest;  // file, URL or artifact; empty: none
};

// Sorted by name, with ordinals; no name twice.
std::vector<ObjectRef> input_objects(const MapArguments& arguments, TaskServices& on, const TaskSettings& settings);

}  // namespace af
