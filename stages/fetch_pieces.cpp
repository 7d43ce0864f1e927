#include "stages/fetch_pieces.hpp"

#include <chrono>

namespace af {

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

Task<Slots::Slot> wait_for_slot(const StageContext& stage, WidthControl& width) {
    const auto asleep = std::chrono::steady_clock::now();
    Slots::Slot slot = co_await width.slots().acquire(stage.stop);
    stage.waited(Wait::starved, asleep);
    if (!slot) throw Error(ErrorKind::cancelled, "stopped");
    co_return slot;
}

Task<bool> hand_on(const StageContext& stage, WidthControl& width, Sender<Piece>& pieces, Piece piece) {
    const std::size_t bytes = byte_size(piece);
    bool taken = false;
    if (pieces.would_pass(piece)) {
        taken = co_await pieces.put(std::move(piece));
    } else {
        const WidthControl::Blocked blocked(width);
        const auto asleep = std::chrono::steady_clock::now();
        taken = co_await pieces.put(std::move(piece));
        stage.waited(Wait::blocked, asleep);
    }
    stage.metrics->bytes_out += bytes;
    width.transferred(bytes);
    co_return taken;
}

Task<void> announce(FetchPorts& io, WidthControl& width, Fetched item) {
    const WidthControl::Blocked blocked(width);
    co_await io.out.put(std::move(item));
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

}  // namespace af
