#include "stages/fetch.hpp"

#include "stages/object_reader.hpp"

#include <fmt/format.h>
#include <chrono>

namespace af {
namespace {

using Io = Ports<ObjectPtr, Compressed>;

bool ends_everything(const Error& error) {
    switch (error.kind()) {
        case ErrorKind::cancelled:
        case ErrorKind::expired:
        case ErrorKind::os:
        case ErrorKind::no_space:
        case ErrorKind::bug: return true;
        default: return false;
    }
}

// False when nobody reads this object any more.
Task<bool> hand_on(Io& io, WidthControl& width, Sender<Piece>& pieces, Piece piece) {
    const std::size_t bytes = byte_size(piece);
    bool taken = false;
    if (pieces.would_pass(piece)) {
        taken = co_await pieces.put(std::move(piece));
    } else {
        const WidthControl::Blocked blocked(width);
        const auto asleep = std::chrono::steady_clock::now();
        taken = co_await pieces.put(std::move(piece));
        io.waited(Wait::blocked, asleep);
    }
    io.metrics->bytes_out += bytes;
    width.transferred(bytes);
    co_return taken;
}

Task<Sender<Piece>> announce(Io& io, const FetchOptions& options, const ObjectPtr& object) {
    auto ends = channel<Piece>(options.pieces);
    Compressed compressed{object, std::move(ends.second)};
    const WidthControl::Blocked blocked(*options.width);
    co_await io.out.put(std::move(compressed));
    co_return std::move(ends.first);
}

// The next piece of an object, its end mark, or the Error that it ends with.
Task<Piece> next_piece(ObjectReader& reader, const ObjectPtr& object) {
    try {
        std::optional<Block> block = co_await reader.next();
        if (block) co_return std::move(*block);
        co_return end_of_object();
    } catch (Error& error) {
        if (ends_everything(error)) throw;
        co_return tl::make_unexpected(std::move(error).during("fetch").about(object->name));
    }
}

Task<std::optional<Error>> opened(ObjectReader& reader, const ObjectPtr& object) {
    std::optional<Error> failed;
    try {
        co_await reader.open();
    } catch (Error& error) {
        if (ends_everything(error)) throw;
        failed = std::move(error).during("fetch").about(object->name);
    }
    co_return failed;
}

Task<void> fetch_object(Io& io, const FetchOptions& options, ObjectStore& store, ObjectPtr object) {
    ObjectReader reader(store, object, options.retrier, io.stop);
    std::optional<Error> failed = co_await opened(reader, object);
    Sender<Piece> pieces = co_await announce(io, options, object);
    if (failed) {
        Piece last = tl::make_unexpected(std::move(*failed));
        co_await hand_on(io, *options.width, pieces, std::move(last));
        co_return;
    }
    for (;;) {
        Piece piece = co_await next_piece(reader, object);
        const bool last = !piece || is_end(piece);
        const bool taken = co_await hand_on(io, *options.width, pieces, std::move(piece));
        if (last || !taken) co_return;
    }
}

Task<Slots::Slot> wait_for_slot(Io& io, WidthControl& width) {
    const auto asleep = std::chrono::steady_clock::now();
    Slots::Slot slot = co_await width.slots().acquire(io.stop);
    io.waited(Wait::starved, asleep);
    if (!slot) throw Error(ErrorKind::cancelled, "stopped");
    co_return slot;
}

}  // namespace

Task<void> fetch(Ports<ObjectPtr, Compressed> io, FetchOptions options, ObjectStore& store) {
    while (auto object = co_await io.in.next()) {
        const Slots::Slot slot = co_await wait_for_slot(io, *options.width);
        ObjectPtr next = std::move(*object);
        co_await fetch_object(io, options, store, std::move(next));
    }
}

}  // namespace af
