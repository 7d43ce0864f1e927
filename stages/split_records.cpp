#include "stages/split_records.hpp"

#include "stages/inflated_batches.hpp"

namespace af {

Task<void> split_records(Ports<Inflated, SplitItem> io, SplitOptions options, BlockPool& raw_blocks) {
    RecordSplitter splitter(options.limits, raw_blocks);
    while (auto object = co_await io.in.next()) {
        splitter.begin(object->object);
        std::optional<Error> failed;
        while (!failed) {
            Result<std::optional<Batch>> batch = co_await next_batch(*object, splitter, io);
            if (!batch) {
                failed = std::move(batch.error());
                break;
            }
            if (!*batch) break;
            SplitItem item(std::move(**batch));
            co_await io.out.put(std::move(item));
        }
        SplitItem end(end_of(*object, splitter, std::move(failed)));
        co_await io.out.put(std::move(end));
    }
}

}  // namespace af
