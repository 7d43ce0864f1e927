#include "stages/inflated_batches.hpp"

#include "stages/piece_io.hpp"

namespace af {

Task<Result<std::optional<Batch>>> next_batch(Inflated& object, RecordSplitter& splitter, const StageContext& stage) {
    for (;;) {
        std::optional<Batch> batch = splitter.next();
        if (batch || splitter.finished()) co_return Result<std::optional<Batch>>(std::move(batch));
        Piece piece = co_await next_of_stream(object.pieces, stage);
        if (!piece) co_return Result<std::optional<Batch>>(Failure(std::move(piece.error())));
        if (is_end(piece))
            splitter.finish();
        else
            splitter.push(std::move(*piece));
    }
}

ObjectEnd end_of(const Inflated& object, RecordSplitter& splitter, std::optional<Error> failed) {
    ObjectEnd end = splitter.end();
    end.object = object.object;
    if (object.totals) {
        end.bytes_stored = object.totals->bytes_stored;
        end.bytes_inflated = object.totals->bytes_inflated;
    }
    end.failed = std::move(failed);
    return end;
}

}  // namespace af
