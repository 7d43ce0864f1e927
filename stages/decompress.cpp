#include "stages/decompress.hpp"

#include "stages/piece_io.hpp"

namespace af {

namespace {

Piece lost(Error error, const ObjectRef& object) {
    return Failure(std::move(error).about(object.name).during("decompress"));
}

// One piece of `from` to the inflater: an Error is what the stage before says of the object.
Task<Result<void>> feed_next(Inflater& inflater, Receiver<Piece>& from, const StageContext& stage) {
    Piece piece = co_await next_of_stream(from, stage);
    if (!piece) co_return Failure(std::move(piece.error()));
    if (is_end(piece))
        inflater.feed_end();
    else
        inflater.feed(std::move(*piece));
    co_return Result<void>();
}

// The pieces of one object but the last: yields that, or nullopt when the reader has gone.
Task<std::optional<Piece>> inflate(Inflater& inflater, Compressed& object, Sender<Piece>& to, const StageContext& stage,
                                   BlockPool& blocks) {
    inflater.begin(*object.object);
    Block out = blocks.take();
    for (;;) {
        Result<Inflater::State> state = inflater.fill(out);
        if (!state) co_return lost(std::move(state.error()), *object.object);
        if (*state == Inflater::State::needs_input) {
            Result<void> fed = co_await feed_next(inflater, object.pieces, stage);
            if (!fed) co_return Piece(Failure(std::move(fed.error())));
            continue;
        }
        if (out.size() > 0) {
            Piece full(std::move(out));
            const bool taken = co_await put_to_stream(to, std::move(full), stage);
            if (!taken) co_return std::nullopt;
        }
        if (*state == Inflater::State::ended) co_return end_of_object();
        out = blocks.take();
    }
}

}  // namespace

Task<void> decompress(Ports<Compressed, Inflated> io, DecompressOptions options, BlockPool& raw_blocks) {
    Inflater inflater(options.limits);
    while (auto object = co_await io.in.next()) {
        auto [sender, receiver] = channel<Piece>(options.buffer);
        auto totals = std::make_shared<ObjectTotals>();
        Inflated inflated{.object = object->object, .pieces = std::move(receiver), .totals = totals};
        co_await io.out.put(std::move(inflated));
        std::optional<Piece> last = co_await inflate(inflater, *object, sender, io, raw_blocks);
        if (!inflater.warning().empty() && options.on_warning) options.on_warning(*object->object, inflater.warning());
        if (!last) continue;
        totals->bytes_stored = inflater.bytes_stored();
        totals->bytes_inflated = inflater.bytes_inflated();
        (void)co_await put_to_stream(sender, std::move(*last), io);
    }
}

}  // namespace af
