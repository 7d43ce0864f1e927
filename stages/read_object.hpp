// A small object, e.g. a manifest, whole and verified.
#pragma once

#include "engine/retry.hpp"
#include "stages/object_store.hpp"

#include <stop_token>

namespace af {

// Bytes that turn out damaged are read once more from the start. Errors: those of ObjectReader, about the object;
// corrupt above `max_bytes`.
Task<std::string> read_object(ObjectStore& store, ObjectPtr object, const Retrier& with, std::size_t max_bytes,
                              std::stop_token stop);

}  // namespace af
