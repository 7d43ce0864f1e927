#include "stages/fetch_segments.hpp"

#include "engine/join.hpp"
#include "stages/codec/detect.hpp"
#include "stages/codec/xz_index.hpp"
#include "stages/codec/zstd_seek_table.hpp"
#include "stages/fetch.hpp"
#include "stages/fetch_pieces.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>

namespace af {
namespace {

constexpr std::uint64_t kTailBytes = 64 << 10;      // holds most indexes
constexpr std::uint64_t kMostIndexBytes = 1 << 20;  // 100,000 blocks and more
constexpr ChannelLimits kInOrder{.items = 3};       // between the decoders and the splitter of an object

std::uint64_t index_bytes(Codec codec, std::string_view tail) {
    return codec == Codec::xz ? xz_index_bytes(tail) : zstd_table_bytes(tail);
}

std::vector<Segment> segments_of(Codec codec, std::string_view tail, std::uint64_t stored, const SegmentSizes& sizes) {
    return codec == Codec::xz ? xz_segments(tail, stored, sizes) : zstd_segments(tail, stored, sizes);
}

// The last bytes of that version of the object; none when the store does not give just those.
Task<std::optional<std::string>> read_tail(ObjectStore& store, const ObjectPtr& object, const ObjectVersion& version,
                                           std::uint64_t bytes, std::stop_token stop) {
    std::string name = object->name;
    std::string etag = version.etag;
    const ByteRange range(version.size - bytes, version.size);
    try {
        OpenObject opened = co_await store.open(std::move(name), range, std::move(etag), std::move(stop));
        if (opened.offset != range.begin || opened.etag != version.etag || opened.size != version.size)
            co_return std::nullopt;
        std::string tail = co_await read_all(*opened.body, bytes);
        if (tail.size() != bytes) co_return std::nullopt;
        co_return tail;
    } catch (const Error& error) {
        if (ends_everything(error)) throw;
        co_return std::nullopt;
    }
}

Block block_of(std::string_view bytes) {
    BlockPool one_off(bytes.size());  // the block keeps its memory alive, and no longer
    Block block = one_off.take();
    block.append(bytes);
    return block;
}

bool grows_beyond(const SegmentOptions& options, const std::vector<Segment>& segments, std::uint64_t stored) {
    const std::uint64_t inflated =
        std::accumulate(segments.begin(), segments.end(), std::uint64_t{0},
                        [](std::uint64_t sum, const Segment& segment) { return sum + segment.inflated_bytes; });
    return inflated > std::max(options.max_inflated_bytes, options.max_ratio * stored);
}

}  // namespace

bool SegmentOptions::may_cut(const ObjectRef& object, std::uint64_t size) const {
    return size != kUnknownSize && size >= min_stored_bytes && may_have_index(object.name);
}

Task<Cut> find_segments(ObjectStore& store, ObjectPtr object, ObjectVersion version, const SegmentOptions& options,
                        std::stop_token stop) {
    const Cut none;
    if (version.etag.empty() || version.size == kUnknownSize) co_return none;
    const Codec codec = codec_of_suffix(object->name);
    const std::uint64_t first_try = std::min(kTailBytes, version.size);
    std::optional<std::string> tail = co_await read_tail(store, object, version, first_try, stop);
    if (!tail) co_return none;
    const std::uint64_t needed = index_bytes(codec, *tail);
    if (needed == 0 || needed > std::min(kMostIndexBytes, version.size)) co_return none;
    if (needed > tail->size()) tail = co_await read_tail(store, object, version, needed, stop);
    if (!tail) co_return none;
    Cut cut;
    cut.segments = segments_of(codec, *tail, version.size, options.sizes);
    if (cut.segments.empty() || grows_beyond(options, cut.segments, version.size)) co_return none;
    cut.rest = tail->substr(tail->size() - (version.size - cut.segments.back().end));
    co_return cut;
}

struct SegmentedObject::Transfer {
    const Segment* segment = nullptr;  // none: the whole object
    Slots::Slot slot;
    Sender<Piece> to;
    std::shared_ptr<bool> failed;  // to read it
};

struct SegmentedObject::Decoding {
    Receiver<Piece> raw;
    std::uint64_t bytes = 0;
    std::shared_ptr<bool> reading_failed;
};

SegmentedObject::SegmentedObject(FetchPorts& io, const FetchOptions& options, ObjectStore& store, ObjectPtr object,
                                 ObjectVersion version, Cut cut)
    : io_(io),
      options_(options),
      store_(store),
      object_(std::move(object)),
      version_(std::move(version)),
      codec_(codec_of_suffix(object_->name)),
      segments_(std::move(cut.segments)),
      checksum_(version_.checksums, segments_.size() + 1) {
    checksum_.update(segments_.size(), cut.rest);
}

Task<void> SegmentedObject::fetch() {
    const Slots::Slot alone = co_await options_.segments.one_at_a_time->acquire(io_.stop);
    if (!alone) throw Error(ErrorKind::cancelled, "stopped");
    auto pieces = channel<Piece>(kInOrder);
    pieces_ = std::move(pieces.first);
    opens_.emplace(Inflated{.object = object_, .pieces = std::move(pieces.second), .totals = totals_});
    {
        auto transfers = channel<Transfer>({.items = 1});
        auto decodings = channel<Decoding>({.items = segments_.size()});
        auto done = channel<std::uint64_t>({.items = segments_.size()});
        std::vector<Task<void>> all;
        for (unsigned i = 0; i < options_.segments.ranges; ++i) all.push_back(read_all(transfers.second));
        transfers.second.close();
        all.push_back(put_in_order(std::move(decodings.second), std::move(done.first)));
        all.push_back(announce_all(std::move(transfers.first), std::move(decodings.first), std::move(done.second)));
        co_await join(std::move(all));
    }
    if (failed_ && !by_reading_)
        co_await again_in_one_piece();
    else if (Result<void> right = checksum_.finish(); !right && !failed_ && !left_)
        failed_ = std::move(right.error()).during("fetch").about(object_->name);
    co_await end();
}

Task<void> SegmentedObject::announce_all(Sender<Transfer> transfers, Sender<Decoding> decodings,
                                         Receiver<std::uint64_t> done) {
    std::uint64_t ahead = 0;
    for (const Segment& segment : segments_) {
        while (ahead > 0 && ahead + segment.inflated_bytes > options_.segments.ahead_bytes) {
            const auto asleep = std::chrono::steady_clock::now();
            std::optional<std::uint64_t> bytes = co_await done.next();
            io_.waited(Wait::blocked, asleep);
            if (!bytes) co_return;
            ahead -= *bytes;
        }
        ahead += segment.inflated_bytes;
        const bool announced = co_await announce_one(segment, transfers, decodings);
        if (!announced) co_return;
    }
}

// A place among the transfers first: what is announced must be sure to arrive, since decoders wait for it.
Task<bool> SegmentedObject::announce_one(const Segment& segment, Sender<Transfer>& transfers,
                                         Sender<Decoding>& decodings) {
    Slots::Slot slot = co_await wait_for_slot(io_, *options_.width);
    auto stored = channel<Piece>(options_.pieces);
    auto raw = channel<Piece>({.items = SIZE_MAX});
    auto reading_failed = std::make_shared<bool>(false);
    Transfer transfer{&segment, std::move(slot), std::move(stored.first), reading_failed};
    const bool is_read = co_await transfers.put(std::move(transfer));
    Decoding decoding{std::move(raw.second), segment.inflated_bytes, reading_failed};
    const bool awaited = co_await decodings.put(std::move(decoding));
    if (!is_read || !awaited) co_return false;
    SegmentWork work{.object = object_,
                     .opens = std::exchange(opens_, std::nullopt),
                     .stored = std::move(stored.second),
                     .raw = std::move(raw.first),
                     .codec = codec_,
                     .inflated_bytes = segment.inflated_bytes};
    Fetched item = std::move(work);
    co_await announce(io_, *options_.width, std::move(item));
    co_return true;
}

// What ends fetch ends the pipeline at once: the others may be asleep.
Task<void> SegmentedObject::read_all(Receiver<Transfer> transfers) {
    try {
        while (auto transfer = co_await transfers.next()) co_await read(*transfer);
    } catch (...) {
        if (io_.fail) io_.fail(std::current_exception());
        throw;
    }
}

Task<void> SegmentedObject::read(Transfer& transfer) {
    const Segment* segment = transfer.segment;
    const ByteRange part = segment ? ByteRange(segment->begin, segment->end) : ByteRange();
    ObjectReader reader(store_, object_, options_.retrier, io_.stop, part, version_);
    std::optional<Error> failed = co_await opened(reader, object_);
    bool taken = true;
    if (segment && !segment->before.empty() && !failed) {
        Piece before = block_of(segment->before);
        taken = co_await hand_on(io_, *options_.width, transfer.to, std::move(before));
    }
    while (taken) {
        Piece piece = end_of_object();
        if (failed)
            piece = tl::make_unexpected(std::move(*failed));
        else
            piece = co_await next_piece(reader, object_);
        const bool last = !piece || is_end(piece);
        if (!piece) *transfer.failed = true;
        if (piece && segment) checksum_.update(static_cast<std::size_t>(segment - segments_.data()), piece->view());
        if (segment && !segment->after.empty() && is_end(piece)) {
            Piece after = block_of(segment->after);
            taken = co_await hand_on(io_, *options_.width, transfer.to, std::move(after));
        }
        if (taken) taken = co_await hand_on(io_, *options_.width, transfer.to, std::move(piece));
        if (last) co_return;
    }
}

Task<void> SegmentedObject::put_in_order(Receiver<Decoding> decodings, Sender<std::uint64_t> done) {
    while (auto decoding = co_await decodings.next()) {
        co_await put_one(*decoding);
        if (failed_ || left_) co_return;
        (void)co_await done.put(decoding->bytes);
    }
}

Task<void> SegmentedObject::put_one(Decoding& decoding) {
    for (;;) {
        std::optional<Piece> piece = co_await decoding.raw.next();
        if (!piece || io_.stop.stop_requested()) throw Error(ErrorKind::cancelled, "a stream of pieces was given up");
        if (!*piece) {
            failed_ = std::move(piece->error());
            by_reading_ = *decoding.reading_failed;
            co_return;
        }
        if (is_end(*piece)) co_return;
        inflated_ += byte_size(*piece);
        const bool taken = co_await pieces_.put(std::move(*piece));
        if (!taken) {
            left_ = true;
            co_return;
        }
    }
}

Task<void> SegmentedObject::again_in_one_piece() {
    failed_.reset();
    Slots::Slot slot = co_await wait_for_slot(io_, *options_.width);
    auto stored = channel<Piece>(options_.pieces);
    auto raw = channel<Piece>(kInOrder);
    auto reading_failed = std::make_shared<bool>(false);
    SegmentWork work{.object = object_,
                     .opens = std::nullopt,
                     .stored = std::move(stored.second),
                     .raw = std::move(raw.first),
                     .codec = std::nullopt,
                     .skip = inflated_};
    Fetched item = std::move(work);
    co_await announce(io_, *options_.width, std::move(item));

    auto transfers = channel<Transfer>({.items = 1});
    auto decodings = channel<Decoding>({.items = 1});
    auto done = channel<std::uint64_t>({.items = 1});
    Transfer transfer{nullptr, std::move(slot), std::move(stored.first), reading_failed};
    (void)co_await transfers.first.put(std::move(transfer));
    Decoding decoding{std::move(raw.second), 0, reading_failed};
    (void)co_await decodings.first.put(std::move(decoding));
    transfers.first.close();
    decodings.first.close();
    std::vector<Task<void>> both;
    both.push_back(read_all(std::move(transfers.second)));
    both.push_back(put_in_order(std::move(decodings.second), std::move(done.first)));
    co_await join(std::move(both));
}

Task<void> SegmentedObject::end() {
    if (left_) co_return;
    Piece last = end_of_object();
    if (failed_) last = tl::make_unexpected(std::move(*failed_));
    totals_->bytes_stored = version_.size;
    totals_->bytes_inflated = inflated_;
    (void)co_await pieces_.put(std::move(last));
}

}  // namespace af
