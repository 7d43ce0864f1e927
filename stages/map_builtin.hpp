// SplitItem -> MapItem: the map function of `language: builtin`, in this process.
//
// In       batches and object ends in any order.  Out: for each batch its parts in order, the last with the account; an
//          ObjectEnd passes.
// Size     a worker holds its batch, a part of about 1 MB and what BuiltinMapper says. Records of more than
//          kLargeRecordBytes are mapped one at a time, so that the room for their positions is needed once.
// Errors   fatal: output of one record that no line can hold, or values of one key that take too much memory
//          (child_output), with the object and the lines it was at. Bad records are in the account.
// Threads  each worker on its lane's executor; `shared` outlives the pipeline.
#pragma once

#include "engine/stage.hpp"
#include "stages/builtin/sightings.hpp"
#include "stages/builtin/spec.hpp"
#include "stages/job/job.hpp"
#include "stages/records.hpp"

#include <mutex>

namespace af {

inline constexpr std::size_t kLargeRecordBytes = 4 << 20;

struct BuiltinMapOptions {
    BuiltinMap map;
    RecordFormat format = RecordFormat::uuid_json;
    bool combine = false;  // hands on parts (stages/builtin/builtin_mapper.hpp)
};

// What its workers have in common.
struct BuiltinShared {
    std::mutex large_record;
    Sightings sightings;  // of workers that have ended
};

Task<void> map_builtin(Ports<SplitItem, MapItem> io, BuiltinMapOptions options, BuiltinShared& shared);

}  // namespace af
