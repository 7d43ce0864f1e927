#include "stages/flow/widths.hpp"

#include "stages/builtin/builtin_mapper.hpp"
#include "stages/codec/segment.hpp"
#include "stages/collect_pairs.hpp"
#include "stages/feeder_protocol.hpp"
#include "stages/flow/folds.hpp"
#include "stages/flow/user_code.hpp"
#include "stages/map_batches.hpp"
#include "stages/map_builtin.hpp"
#include "stages/pairs/folded_pairs.hpp"
#include "stages/pairs/sorter.hpp"
#include "stages/records.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <numeric>

namespace af {
namespace {

constexpr unsigned kRemoteFetchMax = 32;
constexpr unsigned kLocalFetchMax = 4;
constexpr unsigned kMostProcessesEach = 2;  // of a map function that waits, a processor
constexpr std::uint64_t kMiB = 1 << 20;

// libcurl's buffer, and the blocks it may hold of a transfer (engine/curl_http.hpp).
constexpr std::uint64_t kTransferBytes = (512 << 10) + 4 * kStoredBlockBytes;
// gather keeps 4 MiB of their text, and their reasons of at most 1 KiB.
constexpr std::uint64_t kBadBytesPerObject = 4 * kMiB + kBadKeptPerObject * (sizeof(BadRecord) + 1024);
constexpr std::uint64_t kIndexBytes = 24 * kMiB;    // of an object that is cut, as read and as liblzma keeps it
constexpr std::uint64_t kObjectBytes = 2560;        // an entry of the list, of the ledger and of the manifest
constexpr std::uint64_t kProgramBytes = 40 * kMiB;  // code, libraries, stacks, TLS, the allocator's slack

// A worker holds a batch, a part of its output and one that waits, the positions of a record, and its table twice, as
// it is and written out; the values of one key grow with them.
void add_builtin_map(std::vector<MemoryLine>& lines, const Widths& widths, std::uint64_t record) {
    const std::uint64_t positions = 5 * std::min<std::uint64_t>(2 * record, kLargeRecordBytes);
    const std::uint64_t worker = std::max(kRawBlockBytes + kRawHeadroomBytes, record) + 4 * kMiB + positions +
                                 2 * BuiltinMapper::kTableBytes + 4 * Aggregate::kMostPartBytes;
    lines.push_back(
        {fmt::format("{} workers of the built-in map, each with a block or one record of {} MiB and a table of {} MiB",
                     widths.mappers, record / kMiB, BuiltinMapper::kTableBytes / kMiB),
         4 * (kRawBlockBytes + kRawHeadroomBytes) + widths.mappers * worker});
    if (record <= kLargeRecordBytes) return;
    lines.push_back({fmt::format("the structure of one record of more than {} MiB at a time", kLargeRecordBytes / kMiB),
                     8 * record + 2 * BuiltinMapper::kTableBytes});
}

// Pairs on their way from the map to the reduce.
void add_pairs(std::vector<MemoryLine>& lines, const Widths& widths, const Job& job) {
    const auto add = [&lines](std::string what, std::uint64_t bytes) { lines.push_back({std::move(what), bytes}); };
    if (map_combines(job)) {
        const std::uint64_t largest =
            std::max(Histogram::kMostElements * Histogram::kElementBytes, 3 * TopCounts::kMostBytes);
        add("putting together what the built-in map made of a key", largest);
    }
    if (folded_in_parts(job)) {
        add(fmt::format("keys, up to {} KiB each, and what their values add up to",
                        FoldedPairs::longest_key_bytes(widths.sort_bytes, job.reducers) / 1024),
            FoldedPairs::memory_bytes(widths.sort_bytes, job.reducers, widths.collectors));
        add("reading sorted runs of keys back",
            FoldedPairs::read_back_bytes(widths.sort_bytes, job.reducers, widths.collectors, map_combines(job)));
        return;
    }
    const std::uint64_t sorters = std::uint64_t{widths.collectors} * job.reducers;
    const std::size_t share = widths.sort_bytes / sorters;
    add("sorting", sorters * Sorter::memory_bytes(share) + widths.collectors * 8 * kMiB);
    // A collector merges runs of one of its sorters at a time, and partitions are read one after the other.
    add(fmt::format("reading sorted runs back, pairs up to {} KiB", Sorter::longest_pair_bytes(share) / 1024),
        widths.collectors * Sorter::read_back_bytes(share));
    if (combine_fold(job))
        add("keys of an object that are combined", widths.collectors * 2 * SortedPairsOptions().combine_bytes);
}

constexpr std::uint64_t kSmallestCut = 8 * kMiB;  // what is smaller is decoded in half a second
constexpr std::uint64_t kHugeOfUnknown = 512 * kMiB;
// A block of `xz -T0` has 24 MiB. More ahead would be faster nowhere: it only makes decoders touch more fresh memory.
constexpr std::uint64_t kAheadBytesPerDecoder = 32 * kMiB;

// The last block of a segment is not full: two neighbours are at least 16 MiB.
std::uint64_t ahead_blocks(const Widths& widths) {
    return widths.ahead_bytes / kRawBlockBytes + widths.ahead_bytes / (SegmentSizes().wanted / 2) + widths.decoders + 4;
}

// An object is cut when its decoding in one piece could be what everybody waits for: when it is more than half of what
// each decoder has to do. So few objects are, and the others keep all decoders busy without it. Among many of unknown
// size only those are cut that would take a decoder half a minute.
void choose_cut(Widths& widths, const Job& job, const InputShape& input) {
    std::uint64_t from = std::max(kSmallestCut, input.bytes / (2 * widths.decoders));
    if (input.unknown_indexed && input.objects > 2 * widths.decoders) from = std::max(from, kHugeOfUnknown);
    const bool any = input.unknown_indexed || input.largest_indexed >= from;
    if (widths.decoders < 2 || !any || job.map.decompress == Decompress::no) return;
    widths.cut_from_bytes = from;
    widths.ahead_bytes = (widths.decoders + 1) * kAheadBytesPerDecoder;
}

unsigned or_else(unsigned asked, unsigned chosen) { return asked > 0 ? asked : std::max(1u, chosen); }

}  // namespace

Widths choose_widths(const WidthOptions& options, const Job& job, unsigned processors, bool remote, InputShape input) {
    Widths widths;
    widths.decoders = or_else(options.decoders, processors);
    choose_cut(widths, job, input);
    const bool cut = widths.ahead_bytes > 0;
    const auto at_most = [](std::size_t items, unsigned width) {
        return static_cast<unsigned>(std::clamp<std::size_t>(items, 1, width));
    };
    widths.splitters = at_most(input.objects, widths.decoders);
    if (!cut) widths.decoders = widths.splitters;
    // Each decoder of a cut object reads a range of its own, and two more are on their way.
    const std::size_t transfers = input.objects + (cut ? widths.decoders + 2 : 0);
    widths.fetch =
        at_most(transfers, or_else(options.fetch, remote ? kRemoteFetchMax : std::max(kLocalFetchMax, processors)));
    widths.fetch_fixed = options.fetch > 0;
    widths.mappers = or_else(options.mappers, or_else(job.map.workers, processors));
    // More processes take more memory: not where less than usual was allowed.
    const bool grows = options.mappers == 0 && job.map.workers == 0 && has_feeder(job.map.code) &&
                       job.map.input != MapInput::files && options.spool_bytes >= WidthOptions().spool_bytes;
    widths.most_mappers = grows ? kMostProcessesEach * widths.mappers : widths.mappers;
    widths.depth = or_else(options.depth, 4);
    // Folding goes on side by side, table by table; sorters share out the memory there is.
    widths.collectors = job.reduce ? std::min(folded_in_parts(job) ? 8u : 2u, processors) : 1;
    widths.sort_bytes = job.reduce ? options.sort_bytes : 0;
    widths.spool_bytes = options.spool_bytes;
    widths.decoder_bytes = options.decoder_bytes;
    return widths;
}

std::string settled_text(const SettledWidths& widths) {
    return fmt::format("{}, {} and {}", plural(widths.fetch, "transfer"), plural(widths.decoders, "decoder"),
                       plural(widths.mappers, "mapper"));
}

std::vector<MemoryLine> memory_bound(const Widths& widths, const Job& job, std::size_t objects) {
    const std::uint64_t raw_block = kRawBlockBytes + kRawHeadroomBytes;
    const std::uint64_t record = std::max<std::uint64_t>(job.records.max_bytes, kRawBlockBytes);
    std::vector<MemoryLine> lines;
    const auto add = [&lines](std::string_view what, std::uint64_t bytes) {
        lines.push_back({std::string(what), bytes});
    };
    add(fmt::format("{} objects in flight, {} blocks of 256 KiB each and their transfers", widths.fetch, widths.depth),
        widths.fetch * (kTransferBytes + widths.depth * kStoredBlockBytes));
    add(fmt::format("{} decoders, dictionaries up to {} MiB", widths.decoders, widths.decoder_bytes / kMiB),
        widths.decoders * widths.decoder_bytes);
    add(fmt::format("{} objects being split, 5 blocks of 1 MiB and a record of {} MiB (twice while it moves) each",
                    widths.splitters, record / kMiB),
        widths.splitters * (5 * raw_block + 2 * record));
    if (widths.ahead_bytes > 0) {
        add(fmt::format("segments of one object at a time that are decoded side by side, {} MiB ahead",
                        widths.ahead_bytes / kMiB),
            ahead_blocks(widths) * raw_block + (widths.decoders + 2) * widths.depth * kStoredBlockBytes + kIndexBytes);
    }
    if (job.map.builtin) {
        add_builtin_map(lines, widths, record);
    } else {
        // A worker holds five batches on their way to its process and back, each of them one record if that is larger,
        // their indexes and accounts, the part of the answer that is coming and the one before.
        add(fmt::format("batches with {} map processes, each of a block or of one record of {} MiB",
                        widths.most_mappers, record / kMiB),
            4 * raw_block + record +
                widths.most_mappers * (5 * std::max(raw_block, record) + 32 * kMiB + kHeldPartBytes + kMaxPartBytes));
    }
    // Besides the spools: a part on its way to them and one that has just come, each of them one line if that is
    // larger, and one that is read back.
    add(fmt::format("map output waiting for its object to be whole, lines up to {} MiB", kMaxPartBytes / kMiB),
        widths.spool_bytes + 32 * kMiB + (2 + widths.collectors) * kMaxPartBytes);
    // An object has some there while it is being split or a process has the last batches of it.
    add("bad records of the objects that are not whole yet", (widths.splitters + widths.mappers) * kBadBytesPerObject);
    if (widths.sort_bytes > 0) add_pairs(lines, widths, job);
    if (job.combine && job.combine->code) {
        add("sorting for the job's own combiner",
            widths.collectors * (16 * kMiB + 64 * 512 * 1024 + 8 * kStoredBlockBytes));
    }
    add(fmt::format("the list of {} objects", objects), objects * kObjectBytes);
    add("the program itself", kProgramBytes);
    return lines;
}

std::uint64_t total(const std::vector<MemoryLine>& lines) {
    return std::accumulate(lines.begin(), lines.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const MemoryLine& line) { return sum + line.bytes; });
}

}  // namespace af
