// What fetch and fetch_segments share: bytes of an object from a reader into the stream of its pieces.
#pragma once

#include "engine/stage.hpp"
#include "engine/width_control.hpp"
#include "stages/object_reader.hpp"
#include "stages/segments.hpp"

namespace af {

using FetchPorts = Ports<ObjectPtr, Fetched>;

// Every other object would meet the same.
bool ends_everything(const Error& error);

// A place among the transfers. Throws Error(cancelled) once the pipeline is stopped.
Task<Slots::Slot> wait_for_slot(const StageContext& stage, WidthControl& width);

// Waits for room; counts the bytes as transferred. False when nobody reads the stream any more.
Task<bool> hand_on(const StageContext& stage, WidthControl& width, Sender<Piece>& pieces, Piece piece);

// To the next stage, which may be behind.
Task<void> announce(FetchPorts& io, WidthControl& width, Fetched item);

// nullopt: it is open. Errors that end everything are thrown.
Task<std::optional<Error>> opened(ObjectReader& reader, const ObjectPtr& object);

// The next piece of an object, its end mark, or the Error that it ends with.
Task<Piece> next_piece(ObjectReader& reader, const ObjectPtr& object);

}  // namespace af
