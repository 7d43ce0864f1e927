// What a stage does with a channel inside a value (the pieces of an object): the waits count in the stage's metrics as
// those of its own ports do, and a stream that just closes means that the pipeline was stopped.
#pragma once

#include "engine/stage.hpp"

namespace af {

// The next item of a stream that ends explicitly. Throws Error(cancelled) when it closes or the pipeline is stopped.
template <class T>
Task<T> next_of_stream(Receiver<T>& from, const StageContext& stage) {
    std::optional<T> item;
    if (from.would_pass()) {
        item = co_await from.next();
    } else {
        const auto asleep = std::chrono::steady_clock::now();
        item = co_await from.next();
        stage.waited(Wait::starved, asleep);
    }
    if (!item || stage.stop.stop_requested()) throw Error(ErrorKind::cancelled, "a stream of pieces was given up");
    stage.metrics->bytes_in += detail::weight(*item);
    co_return std::move(*item);
}

// False when nobody reads the stream any more: the item is dropped.
template <class T>
Task<bool> put_to_stream(Sender<T>& to, T item, const StageContext& stage) {
    stage.metrics->bytes_out += detail::weight(item);
    if (to.would_pass(item)) {
        const bool taken = co_await to.put(std::move(item));
        co_return taken;
    }
    const auto asleep = std::chrono::steady_clock::now();
    const bool taken = co_await to.put(std::move(item));
    stage.waited(Wait::blocked, asleep);
    co_return taken;
}

}  // namespace af
