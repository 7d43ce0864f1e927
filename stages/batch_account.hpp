// What is told of a batch once it is mapped.
#pragma once

#include "engine/error.hpp"
#include "stages/feeder_protocol.hpp"
#include "stages/records.hpp"

#include <vector>

namespace af {

// The dead letters of a batch: absolute line numbers, reasons of at most 1 KiB, and the first 4 KiB of each record
// until they are 256 KiB together.
std::vector<BadRecord> bad_records(const Batch& batch, const std::vector<BadEntry>& entries);

// Makes `output` the last part of the batch, with its account.
void take_account(const Batch& batch, BatchAccount& account, MapOutput& output);

// The error with the object and the lines of the batch; one that says cancelled as it is.
Error at_batch(Error error, const Batch& batch);

}  // namespace af
