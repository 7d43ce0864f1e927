// SplitItem -> MapItem: hands batches to a feeder (Python, JavaScript) and passes on what the user's function made of
// them.
//
// In       batches and object ends in any order.  Out: for each batch its parts in order, the last with the account;
//          the batches of one feeder in the order they came. An ObjectEnd passes at once.
// Width    a worker has one feeder, and more for as long as the MapperWidth has places for them.
// Memory   a feeder keeps two batches, one on its way there, one part as it comes and up to kHeldPartBytes of the one
//          before; a worker one that is being indexed.
// Errors   whatever a feeder does wrong ends the pipeline, with the object and the lines it was at. A record the
//          function raises on is a BadRecord of the account.
// Threads  each worker takes items and builds indexes on its lane's executor and talks to its feeder on the network
//          executor; `feeders` has one for each worker; it and `width` outlive the pipeline.
#pragma once

#include "engine/stage.hpp"
#include "stages/batch_account.hpp"
#include "stages/feeder_client.hpp"
#include "stages/json_walk.hpp"
#include "stages/mapper_width.hpp"
#include "stages/records.hpp"

#include <functional>

namespace af {

struct MapOptions {
    Executor net;
    // Makes the INDEX of a payload (stages/record_index.hpp); empty: none is sent.
    std::function<std::string(const Batch& batch, JsonNoted)> index_builder;
};

// Batches that get no index after an account that says it was in vain; the next is tried again, since another part of
// the input may be treated otherwise.
inline constexpr int kBatchesWithoutIndex = 63;

inline constexpr std::size_t kHeldPartBytes = 4 << 20;

Task<void> map_batches(Ports<SplitItem, MapItem> io, MapOptions options, FeederPool& feeders, MapperWidth& width);

}  // namespace af
