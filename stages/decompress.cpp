#include "stages/decompress.hpp"

#include "stages/piece_io.hpp"

#include <algorithm>

namespace af {

namespace {

Piece lost(Error error, const ObjectRef& object) {
    return Failure(std::move(error).about(object.name).during("decompress"));
}

// What is decoded, and where to.
struct Decoding {
    ObjectRef object;
    Receiver<Piece> stored;
    Sender<Piece> raw;
    std::optional<Codec> codec{};
    std::uint64_t inflated_bytes = kUnknownSize;  // as many must come out
    std::uint64_t skip = 0;                       // at the start
};

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

// Whether as much came out, so far or in all, as must.
bool as_promised(const Decoding& decoding, const Inflater& inflater, Inflater::State state) {
    const std::uint64_t came = inflater.bytes_inflated();
    if (decoding.inflated_bytes == kUnknownSize) return true;
    return state == Inflater::State::ended ? came == decoding.inflated_bytes : came <= decoding.inflated_bytes;
}

// The pieces but the last: yields that, or nullopt when the reader has gone.
Task<std::optional<Piece>> inflate(Inflater& inflater, Decoding& decoding, const StageContext& stage,
                                   BlockPool& blocks) {
    inflater.begin(decoding.object, decoding.codec);
    Block out = blocks.take();
    for (;;) {
        Result<Inflater::State> state = inflater.fill(out);
        if (!state) co_return lost(std::move(state.error()), decoding.object);
        if (!as_promised(decoding, inflater, *state)) {
            Error other(ErrorKind::corrupt, "it inflates to another size than its index says");
            co_return lost(std::move(other), decoding.object);
        }
        if (*state == Inflater::State::needs_input) {
            Result<void> fed = co_await feed_next(inflater, decoding.stored, stage);
            if (!fed) co_return Piece(Failure(std::move(fed.error())));
            continue;
        }
        const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(decoding.skip, out.size()));
        out.drop_front(skipped);
        decoding.skip -= skipped;
        if (out.size() > 0) {
            Piece full(std::move(out));
            const bool taken = co_await put_to_stream(decoding.raw, std::move(full), stage);
            if (!taken) co_return std::nullopt;
        }
        if (*state == Inflater::State::ended) co_return end_of_object();
        out = blocks.take();
    }
}

using Io = Ports<Fetched, Inflated>;

Task<void> inflate_object(Io& io, Inflater& inflater, Compressed object, const DecompressOptions& options,
                          BlockPool& raw_blocks) {
    auto [sender, receiver] = channel<Piece>(options.buffer);
    auto totals = std::make_shared<ObjectTotals>();
    Inflated inflated{.object = object.object, .pieces = std::move(receiver), .totals = totals};
    co_await io.out.put(std::move(inflated));
    Decoding decoding{.object = *object.object, .stored = std::move(object.pieces), .raw = std::move(sender)};
    std::optional<Piece> last = co_await inflate(inflater, decoding, io, raw_blocks);
    if (!inflater.warning().empty() && options.on_warning) options.on_warning(*object.object, inflater.warning());
    if (!last) co_return;
    totals->bytes_stored = inflater.bytes_stored();
    totals->bytes_inflated = inflater.bytes_inflated();
    (void)co_await put_to_stream(decoding.raw, std::move(*last), io);
}

Task<void> inflate_segment(Io& io, Inflater& inflater, SegmentWork work, BlockPool& raw_blocks) {
    if (work.opens) co_await io.out.put(std::move(*work.opens));
    Decoding decoding{.object = *work.object,
                      .stored = std::move(work.stored),
                      .raw = std::move(work.raw),
                      .codec = work.codec,
                      .inflated_bytes = work.inflated_bytes,
                      .skip = work.skip};
    if (work.codec) decoding.object.size = kUnknownSize;  // of the object, not of this part
    std::optional<Piece> last = co_await inflate(inflater, decoding, io, raw_blocks);
    if (last) (void)co_await put_to_stream(decoding.raw, std::move(*last), io);
}

}  // namespace

Task<void> decompress(Ports<Fetched, Inflated> io, DecompressOptions options, BlockPool& raw_blocks) {
    Inflater inflater(options.limits);
    while (auto item = co_await io.in.next()) {
        if (auto* object = std::get_if<Compressed>(&*item)) {
            Compressed whole = std::move(*object);
            co_await inflate_object(io, inflater, std::move(whole), options, raw_blocks);
        } else {
            SegmentWork segment = std::get<SegmentWork>(std::move(*item));
            co_await inflate_segment(io, inflater, std::move(segment), raw_blocks);
        }
    }
}

}  // namespace af
