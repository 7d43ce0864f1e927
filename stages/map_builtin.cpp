#include "stages/map_builtin.hpp"

#include "engine/stop_check.hpp"
#include "stages/batch_account.hpp"
#include "stages/builtin/builtin_mapper.hpp"
#include "stages/line_parts.hpp"

#include <optional>
#include <span>

namespace af {
namespace {

// One batch on its way through the mapper, a part of output at a time.
class BatchRun {
public:
    BatchRun(BuiltinMapper& mapper, const Batch& batch, const std::stop_token& stop)
        : mapper_(mapper), lines_(batch.lines.view()), ends_(batch.line_ends), check_(stop) {
        mapper_.begin(batch.object->name, account_);
    }

    // True: there is a part to take, and more to do. False: the batch is done.
    bool step() {
        while (begin_ < lines_.size() && !parts_.ready()) {
            const std::size_t end = end_of_record();
            mapper_.record(lines_.substr(begin_, end - begin_));
            begin_ = end;
            if (begin_ == lines_.size()) mapper_.end();
            take_lines();
            check_.step();
        }
        return parts_.ready() && begin_ < lines_.size();
    }
    std::string take_part() { return parts_.take(); }
    std::string take_rest() { return parts_.finish(); }
    BatchAccount& account() noexcept { return account_; }

private:
    std::size_t end_of_record() { return records_ < ends_.size() ? ends_[records_++] : lines_.find('\n', begin_) + 1; }

    void take_lines() {
        if (mapper_.lines().empty()) return;
        parts_.add(mapper_.lines());
        mapper_.lines().clear();
    }

    BuiltinMapper& mapper_;
    const std::string_view lines_;
    const std::span<const std::uint32_t> ends_;
    std::size_t begin_ = 0;    // of the next record
    std::size_t records_ = 0;  // of which the ends are known, done
    StopCheck check_;
    LineParts parts_;
    BatchAccount account_;
};

Task<void> map_batch(BuiltinMapper& mapper, const Batch& batch, Ports<SplitItem, MapItem>& io) {
    BatchRun run(mapper, batch, io.stop);
    MapOutput output;
    output.object = batch.object;
    output.sequence = batch.sequence;
    for (;;) {
        const bool more = run.step();
        if (!more) break;
        MapOutput part;
        part.object = batch.object;
        part.sequence = batch.sequence;
        part.part = output.part++;
        part.last = false;
        part.lines = run.take_part();
        MapItem item = std::move(part);
        co_await io.out.put(std::move(item));
    }
    take_account(batch, run.account(), output);
    output.lines = run.take_rest();
    MapItem item = std::move(output);
    co_await io.out.put(std::move(item));
}

// Its positions take four times its own memory, so one record at a time and not for longer than it takes.
MapOutput map_large(const BuiltinMapOptions& options, const Batch& batch, const std::stop_token& stop,
                    BuiltinShared& shared) {
    const std::lock_guard lock(shared.large_record);
    BuiltinMapper mapper(options.map, options.format, options.combine);
    BatchRun run(mapper, batch, stop);
    std::string lines;
    while (run.step()) lines += run.take_part();
    lines += run.take_rest();
    shared.sightings.add(mapper.sightings());
    MapOutput output;
    output.object = batch.object;
    output.sequence = batch.sequence;
    take_account(batch, run.account(), output);
    output.lines = std::move(lines);
    return output;
}

Task<void> map_item(std::optional<BuiltinMapper>& mapper, const BuiltinMapOptions& options, const Batch& batch,
                    Ports<SplitItem, MapItem>& io, BuiltinShared& shared) {
    try {
        if (batch.lines.size() > kLargeRecordBytes) {
            MapItem item = map_large(options, batch, io.stop, shared);
            co_await io.out.put(std::move(item));
            co_return;
        }
        if (!mapper) mapper.emplace(options.map, options.format, options.combine);
        co_await map_batch(*mapper, batch, io);
    } catch (Error& error) {
        throw at_batch(std::move(error), batch);
    }
}

}  // namespace

Task<void> map_builtin(Ports<SplitItem, MapItem> io, BuiltinMapOptions options, BuiltinShared& shared) {
    std::optional<BuiltinMapper> mapper;
    while (auto item = co_await io.in.next()) {
        if (auto* end = std::get_if<ObjectEnd>(&*item)) {
            MapItem passed = std::move(*end);
            co_await io.out.put(std::move(passed));
            continue;
        }
        const Batch batch = std::get<Batch>(std::move(*item));
        co_await map_item(mapper, options, batch, io, shared);
    }
    if (mapper) shared.sightings.add(mapper->sightings());
}

}  // namespace af
