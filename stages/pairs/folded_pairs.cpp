#include "stages/pairs/folded_pairs.hpp"

#include "stages/pairs/key_value.hpp"
#include "stages/pairs/run_file.hpp"
#include "stages/text_hash.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cstring>

namespace af {
namespace {

constexpr std::size_t kTables = 32;
constexpr std::size_t kLeastTableBytes = 64 << 10;
constexpr std::size_t kMostTableBytes = std::size_t{8} << 30;
// Of a partition at the end: where there are more runs they are merged to one a table first.
constexpr std::size_t kMostReaders = kTables;
constexpr std::size_t kLongNumberBytes = 64 << 10;  // a sum of fractions that needs a thousand doubles

// What waits in a buffer for its table; the key lies behind it.
struct Waiting {
    std::uint64_t hash;
    SmallValue value;
    std::uint32_t key_bytes;
};

std::size_t tables_each(unsigned partitions) { return std::max<std::size_t>(1, kTables / partitions); }
std::size_t tables_in_all(unsigned partitions) { return partitions * tables_each(partitions); }
std::size_t table_bytes(std::size_t bytes, unsigned partitions) {
    return std::clamp(bytes / tables_in_all(partitions), kLeastTableBytes, kMostTableBytes);
}

}  // namespace

std::size_t FoldedPairs::memory_bytes(std::size_t bytes, unsigned partitions, unsigned workers) noexcept {
    const std::size_t tables = tables_in_all(partitions) * table_bytes(bytes, partitions);
    const std::size_t buffers = workers * tables_in_all(partitions) * kBufferBytes;
    // A fold that has become large, and its text, before its table goes to disk.
    return tables + buffers + workers * 4 * Aggregate::kMostPartBytes;
}

std::size_t FoldedPairs::longest_key_bytes(std::size_t bytes, unsigned partitions) noexcept {
    return FoldTable::longest_key_bytes(table_bytes(bytes, partitions));
}

std::size_t FoldedPairs::read_back_bytes(std::size_t bytes, unsigned partitions, unsigned workers,
                                         bool long_parts) noexcept {
    const std::size_t longest_value = long_parts ? 4 * Aggregate::kMostPartBytes : kLongNumberBytes;
    const std::size_t reader = run_reader_bytes(longest_key_bytes(bytes, partitions), longest_value);
    const std::size_t merging = workers * std::max(FoldRuns::kReadBackBytes, 2 * reader);
    return std::max(merging, kMostReaders * reader);
}

FoldedPairs::FoldedPairs(FoldedPairsOptions options)
    : options_(std::move(options)), tables_each_(tables_each(options_.partitions)) {
    const std::size_t share = table_bytes(options_.bytes, options_.partitions);
    for (std::size_t i = 0; i < tables_in_all(options_.partitions); ++i) tables_.emplace_back(options_, share);
}

std::size_t FoldedPairs::table_of(std::string_view key, std::uint64_t hash) const noexcept {
    return partition_of(key, options_.partitions) * tables_each_ + (hash & 0xffffffff) % tables_each_;
}

template <class Value>
void FoldedPairs::add_to(Table& table, std::string_view key, std::uint64_t hash, const Value& value, StopCheck& check) {
    if (!table.folds.add(key, hash, value)) {
        write_out(table, check);
        if (!table.folds.add(key, hash, value)) throw Error(ErrorKind::bug, "an empty table has no room for a key");
    }
    if (table.folds.is_over()) write_out(table, check);
}

void FoldedPairs::write_out(Table& table, StopCheck& check) {
    table.folds.sort(check);
    table.runs.add(*table.folds.stream(), check);
    table.folds.clear();
}

FoldedPairs::Adder::Adder(FoldedPairs& pairs, std::stop_token stop)
    : pairs_(pairs), check_(std::move(stop)), buffers_(pairs.tables()) {}

void FoldedPairs::Adder::add(std::string_view key, std::string_view value, std::string_view from) {
    check_.step();
    const std::uint64_t hash = text_hash(key);
    const std::size_t number = pairs_.table_of(key, hash);
    Table& table = pairs_.tables_[number];
    if (key.size() > table.folds.longest_key_bytes()) {
        throw Error(
            ErrorKind::child_output,
            fmt::format("a key of {} bytes is longer than the {} bytes that there is room for in the memory to be used",
                        key.size(), table.folds.longest_key_bytes()))
            .about(from)
            .hint("make the map function's keys shorter, or raise --sort-memory");
    }
    const auto small = small_value(pairs_.options_.stages.combine, value);
    std::string& buffer = buffers_[number];
    if (!small || sizeof(Waiting) + key.size() > kBufferBytes) {
        add_now(table, key, hash, small, value, from);
        return;
    }
    if (buffer.size() + sizeof(Waiting) + key.size() > kBufferBytes) empty(number);
    if (buffer.capacity() < kBufferBytes) buffer.reserve(kBufferBytes);
    const Waiting waiting{hash, *small, static_cast<std::uint32_t>(key.size())};
    buffer.append(reinterpret_cast<const char*>(&waiting), sizeof waiting);
    buffer.append(key);
}

void FoldedPairs::Adder::add_now(Table& table, std::string_view key, std::uint64_t hash,
                                 const std::optional<SmallValue>& small, std::string_view value,
                                 std::string_view from) {
    const std::lock_guard lock(table.mutex);
    try {
        if (small) {
            pairs_.add_to(table, key, hash, *small, check_);
        } else {
            pairs_.add_to(table, key, hash, value, check_);
        }
    } catch (Error& error) {
        if (error.kind() != ErrorKind::child_output) throw;
        throw std::move(error).about(from);
    }
}

void FoldedPairs::Adder::empty(std::size_t number) {
    Table& table = pairs_.tables_[number];
    std::string& buffer = buffers_[number];
    const std::lock_guard lock(table.mutex);
    for (std::size_t at = 0; at < buffer.size();) {
        Waiting waiting;
        std::memcpy(&waiting, buffer.data() + at, sizeof waiting);
        const std::string_view key(buffer.data() + at + sizeof waiting, waiting.key_bytes);
        pairs_.add_to(table, key, waiting.hash, waiting.value, check_);
        at += sizeof waiting + key.size();
    }
    buffer.clear();
}

void FoldedPairs::Adder::flush() {
    for (std::size_t number = 0; number < buffers_.size(); ++number) empty(number);
}

void FoldedPairs::order(std::size_t number, StopCheck check) {
    Table& table = tables_[number];
    table.folds.sort(check);
    // All tables fill alike: so many runs, or some fewer, have the others.
    if (table.runs.count() * tables_each_ > kMostReaders) table.runs.merge_all(check);
}

std::unique_ptr<PairStream> FoldedPairs::partition(unsigned number) {
    std::vector<std::unique_ptr<PairStream>> streams;
    for (std::size_t i = 0; i < tables_each_; ++i) {
        Table& table = tables_[number * tables_each_ + i];
        if (table.folds.size() > 0) streams.push_back(table.folds.stream());
        for (auto& run : table.runs.take()) streams.push_back(std::move(run));
    }
    return merge(std::move(streams));
}

std::uint64_t FoldedPairs::pairs() const {
    std::uint64_t sum = 0;
    for (const Table& table : tables_) sum += table.folds.size() + table.runs.pairs();
    return sum;
}

}  // namespace af
