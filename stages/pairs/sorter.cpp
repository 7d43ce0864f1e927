#include "stages/pairs/sorter.hpp"

#include "engine/error.hpp"
#include "engine/stop_check.hpp"
#include "stages/pairs/arena.hpp"
#include "stages/pairs/key_prefix.hpp"
#include "stages/pairs/run_file.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cstring>

namespace af {
namespace {

constexpr std::size_t kLeastMemory = 64 << 10;
constexpr std::size_t kMostMemory = std::size_t{8} << 30;
constexpr std::size_t kReadBackBytes = 32 << 20;
// Two runs can always be merged in what there is to read them back, or in that and the memory the sorted pairs left.
constexpr std::size_t kLongPair = (kReadBackBytes / 2 - kRunReaderBytes) / 2;

struct PairHeader {
    std::uint32_t key_bytes;
    std::uint32_t value_bytes;
};

struct Entry {
    std::uint64_t prefix;
    std::uint32_t offset;  // of the PairHeader in the arena, in units of 8 bytes: also the order of arrival
    std::uint32_t ordinal;
};
static_assert(sizeof(Entry) == 16);

struct Run {
    File file;
    std::size_t longest_key = 0;
    std::size_t longest_value = 0;
    std::size_t reader_bytes() const { return run_reader_bytes(longest_key, longest_value); }
};

}  // namespace

struct Sorter::State {
    State(std::size_t budget, std::filesystem::path folder)
        : arena(memory_bytes(budget)), longest_pair(longest_pair_bytes(budget)), scratch(std::move(folder)) {}

    Entry* entries_end() const { return reinterpret_cast<Entry*>(arena.start() + arena.size()); }
    Entry* entries_begin() const { return entries_end() - count; }

    std::string_view key(const Entry& entry) const {
        const char* at = arena.start() + std::size_t{entry.offset} * 8;
        return {at + sizeof(PairHeader), reinterpret_cast<const PairHeader*>(at)->key_bytes};
    }
    SortedPair pair(const Entry& entry) const {
        const char* at = arena.start() + std::size_t{entry.offset} * 8;
        const auto* header = reinterpret_cast<const PairHeader*>(at);
        const char* bytes = at + sizeof(PairHeader);
        return {{bytes, header->key_bytes}, {bytes + header->key_bytes, header->value_bytes}, entry.ordinal};
    }

    void sort() {
        std::sort(entries_begin(), entries_end(), [this](const Entry& a, const Entry& b) {
            if (a.prefix != b.prefix) return a.prefix < b.prefix;
            const std::string_view x = key(a);
            const std::string_view y = key(b);
            if (x.size() > 8 || y.size() > 8 || x.size() != y.size()) {
                if (const int order = x.compare(y)) return order < 0;
            }
            if (a.ordinal != b.ordinal) return a.ordinal < b.ordinal;
            return a.offset < b.offset;
        });
    }

    void spill() {
        if (count == 0) return;
        sort();
        Run spilled;
        RunWriter run(scratch);
        for (const Entry* entry = entries_begin(); entry != entries_end(); ++entry) {
            const SortedPair next = pair(*entry);
            run.add(next);
            spilled.longest_key = std::max(spilled.longest_key, next.key.size());
            spilled.longest_value = std::max(spilled.longest_value, next.value.size());
            stop_check.step();
        }
        spilled.file = run.finish();
        count = 0;
        used = 0;
        if (reader_bytes() + spilled.reader_bytes() > kReadBackBytes) merge_runs();
        runs.push_back(std::move(spilled));
        if (reader_bytes() > kReadBackBytes) merge_runs();
    }

    std::size_t reader_bytes() const {
        std::size_t sum = 0;
        for (const Run& run : runs) sum += run.reader_bytes();
        return sum;
    }

    // Between the spilling of one batch of pairs and the arrival of the next.
    void merge_runs() {
        if (runs.size() < 2) return;
        if (reader_bytes() > kReadBackBytes) arena.give_back();
        Run merged;
        std::vector<std::unique_ptr<PairStream>> streams;
        for (Run& run : runs) {
            merged.longest_key = std::max(merged.longest_key, run.longest_key);
            merged.longest_value = std::max(merged.longest_value, run.longest_value);
            streams.push_back(read_run(std::move(run.file)));
        }
        runs.clear();
        auto all = merge(std::move(streams));
        RunWriter run(scratch);
        while (all->next()) {
            run.add(all->pair());
            stop_check.step();
        }
        merged.file = run.finish();
        runs.push_back(std::move(merged));
    }

    Arena arena;
    const std::size_t longest_pair;
    std::filesystem::path scratch;
    std::size_t used = 0;   // bytes at the start of the arena
    std::size_t count = 0;  // entries at its end
    std::uint64_t total = 0;
    std::vector<Run> runs;
    StopCheck stop_check;
};

namespace {

template <class State>
class MemoryRun final : public PairStream {
public:
    explicit MemoryRun(const State& state) : state_(state), at_(state.entries_begin()) {}
    bool next() override {
        if (at_ == state_.entries_end()) return false;
        pair_ = state_.pair(*at_++);
        return true;
    }

private:
    const State& state_;
    const Entry* at_;
};

}  // namespace

std::size_t Sorter::memory_bytes(std::size_t budget_bytes) noexcept {
    return (std::clamp(budget_bytes, kLeastMemory, kMostMemory) + 15) & ~std::size_t{15};
}

std::size_t Sorter::longest_pair_bytes(std::size_t budget_bytes) noexcept {
    const std::size_t memory = memory_bytes(budget_bytes);
    return std::min(memory - sizeof(PairHeader) - sizeof(Entry) - 8, std::max(kLongPair, memory / 4));
}

std::size_t Sorter::read_back_bytes(std::size_t budget_bytes) noexcept {
    return std::max(kReadBackBytes, kRunReaderBytes + 2 * longest_pair_bytes(budget_bytes));
}

Sorter::Sorter(std::size_t budget_bytes, std::filesystem::path scratch)
    : state_(std::make_unique<State>(budget_bytes, std::move(scratch))) {}
Sorter::~Sorter() = default;
Sorter::Sorter(Sorter&&) noexcept = default;

void Sorter::stop_on(std::stop_token stop) { state_->stop_check = StopCheck(std::move(stop)); }

void Sorter::add(std::string_view key, std::string_view value, std::uint32_t ordinal) {
    State& s = *state_;
    if (key.size() + value.size() > s.longest_pair) {
        throw Error(
            ErrorKind::child_output,
            fmt::format("a pair of {} bytes is longer than the {} bytes that sorting takes in the memory it may use",
                        key.size() + value.size(), s.longest_pair))
            .hint("make the map function's values smaller, or raise --sort-memory");
    }
    const std::size_t bytes = (sizeof(PairHeader) + key.size() + value.size() + 7) & ~std::size_t{7};
    const std::size_t entries = (s.count + 1) * sizeof(Entry);
    if (s.used + bytes + entries > s.arena.size()) s.spill();
    char* at = s.arena.start() + s.used;
    auto* header = reinterpret_cast<PairHeader*>(at);
    header->key_bytes = static_cast<std::uint32_t>(key.size());
    header->value_bytes = static_cast<std::uint32_t>(value.size());
    std::memcpy(at + sizeof(PairHeader), key.data(), key.size());
    std::memcpy(at + sizeof(PairHeader) + key.size(), value.data(), value.size());
    ++s.count;
    *s.entries_begin() = {key_prefix(key), static_cast<std::uint32_t>(s.used / 8), ordinal};
    s.used += bytes;
    ++s.total;
}

std::uint64_t Sorter::pairs() const noexcept { return state_->total; }

std::vector<std::unique_ptr<PairStream>> Sorter::finish() {
    State& s = *state_;
    std::vector<std::unique_ptr<PairStream>> streams;
    for (Run& run : s.runs) streams.push_back(read_run(std::move(run.file)));
    s.runs.clear();
    if (s.count > 0) {
        s.sort();
        streams.push_back(std::make_unique<MemoryRun<State>>(s));
    }
    return streams;
}

}  // namespace af
