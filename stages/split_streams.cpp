#include "stages/split_streams.hpp"

#include "stages/inflated_batches.hpp"
#include "stages/piece_io.hpp"

namespace af {

namespace {

// The stream of an object that is being written.
struct OpenStream {
    std::uint32_t opened = 0;
    std::uint64_t split = 0;
    Sender<StreamItem> to;
};

Task<bool> close_stream(OpenStream& stream, StreamEnd end, const StageContext& stage) {
    StreamItem item(std::move(end));
    const bool taken = co_await put_to_stream(stream.to, std::move(item), stage);
    stream.to.close();
    co_return taken;
}

Task<void> open_stream(OpenStream& stream, const ObjectPtr& object, std::uint64_t split, ChannelLimits limits,
                       Out<RecordStream>& out) {
    auto [sender, receiver] = channel<StreamItem>(limits);
    RecordStream opened{.object = object, .sequence = stream.opened, .items = std::move(receiver)};
    stream.to = std::move(sender);
    stream.split = split;
    ++stream.opened;
    co_await out.put(std::move(opened));
}

// False when a reader has gone.
Task<bool> put_batch(OpenStream& stream, Batch batch, std::uint64_t split, ChannelLimits limits,
                     Ports<Inflated, RecordStream>& io) {
    if (stream.opened == 0 || stream.split != split) {
        if (stream.opened > 0) {
            StreamEnd end;
            const bool taken = co_await close_stream(stream, std::move(end), io);
            if (!taken) co_return false;
        }
        co_await open_stream(stream, batch.object, split, limits, io.out);
    }
    StreamItem item(std::move(batch));
    const bool taken = co_await put_to_stream(stream.to, std::move(item), io);
    co_return taken;
}

Task<void> split_object(Inflated& object, RecordSplitter& splitter, ChannelLimits limits,
                        Ports<Inflated, RecordStream>& io) {
    OpenStream stream;
    std::optional<Error> failed;
    splitter.begin(object.object);
    for (;;) {
        Result<std::optional<Batch>> batch = co_await next_batch(object, splitter, io);
        if (!batch) failed = std::move(batch.error());
        if (failed || !*batch) break;
        const bool taken = co_await put_batch(stream, std::move(**batch), splitter.split(), limits, io);
        if (!taken) co_return;
    }
    if (stream.opened == 0) co_await open_stream(stream, object.object, 0, limits, io.out);
    StreamEnd end;
    end.object_end = end_of(object, splitter, std::move(failed));
    end.object_end->units = stream.opened;
    (void)co_await close_stream(stream, std::move(end), io);
}

}  // namespace

Task<void> split_streams(Ports<Inflated, RecordStream> io, SplitStreamsOptions options, BlockPool& raw_blocks) {
    RecordSplitter splitter(options.limits, raw_blocks);
    while (auto object = co_await io.in.next()) co_await split_object(*object, splitter, options.buffer, io);
}

}  // namespace af
