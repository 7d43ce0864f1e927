#include "stages/fetch.hpp"

#include "stages/fetch_pieces.hpp"

namespace af {
namespace {

Task<Sender<Piece>> announce_object(FetchPorts& io, const FetchOptions& options, const ObjectPtr& object) {
    auto ends = channel<Piece>(options.pieces);
    Fetched item = Compressed{object, std::move(ends.second)};
    co_await announce(io, *options.width, std::move(item));
    co_return std::move(ends.first);
}

Task<void> fetch_whole(FetchPorts& io, const FetchOptions& options, ObjectReader& reader, const ObjectPtr& object,
                       std::optional<Error> failed) {
    Sender<Piece> pieces = co_await announce_object(io, options, object);
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

Task<void> fetch_object(FetchPorts& io, const FetchOptions& options, ObjectStore& store, ObjectPtr object,
                        Slots::Slot slot) {
    ObjectReader reader(store, object, options.retrier, io.stop);
    std::optional<Error> failed = co_await opened(reader, object);
    const ObjectVersion version = reader.version();
    if (!failed && options.segments.may_cut(*object, version.size)) {
        Cut cut = co_await find_segments(store, object, version, options.segments, io.stop);
        if (cut.segments.size() > 1) {
            reader.close();
            slot.release();
            SegmentedObject segmented(io, options, store, object, version, std::move(cut));
            co_await segmented.fetch();
            co_return;
        }
    }
    co_await fetch_whole(io, options, reader, object, std::move(failed));
}

}  // namespace

Task<void> fetch(FetchPorts io, FetchOptions options, ObjectStore& store) {
    while (auto object = co_await io.in.next()) {
        Slots::Slot slot = co_await wait_for_slot(io, *options.width);
        ObjectPtr next = std::move(*object);
        co_await fetch_object(io, options, store, std::move(next), std::move(slot));
    }
}

}  // namespace af
