// What the pipelines of a job are handed: everything that lives longer than they do.
#pragma once

#include "engine/block_pool.hpp"
#include "engine/clock.hpp"
#include "engine/launch.hpp"
#include "engine/runtime.hpp"
#include "engine/storm_brake.hpp"
#include "stages/flow/control.hpp"
#include "stages/object_store.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace af {

struct Services {
    Runtime& runtime;
    Clock& clock;
    Control& control;
    ObjectStore& store;
    StormBrake& brake;
    BlockPool& blocks;                                  // kStoredBlockBytes
    std::filesystem::path scratch;                      // a folder of ours alone
    std::filesystem::path helpers;                      // where feeder.py and feeder.js lie
    std::vector<std::string> child_environment;         // "NAME=value"
    std::optional<UserId> run_as;                       // the user's code; nullopt: as ourselves
    std::function<void(const std::string&)> warn;       // for people; any thread
    std::function<void(const std::string&)> user_line;  // a line the user's code wrote to stderr; any thread
};

}  // namespace af
