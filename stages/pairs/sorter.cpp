#include "stages/pairs/sorter.hpp"

#include "engine/error.hpp"
#include "engine/stop_check.hpp"
#include "stages/pairs/run_file.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

namespace af {
namespace {

constexpr std::size_t kMaxRuns = 64;

// First eight bytes of a key as a number that compares as the bytes do.
std::uint64_t prefix_of(std::string_view key) {
    unsigned char bytes[8] = {};
    std::memcpy(bytes, key.data(), std::min<std::size_t>(8, key.size()));
    std::uint64_t value;
    std::memcpy(&value, bytes, 8);
    if constexpr (std::endian::native == std::endian::little) value = __builtin_bswap64(value);
    return value;
}

// One address range, touched only as it fills: pair bytes grow up from its start, entries grow down from its end.
class Arena {
public:
    explicit Arena(std::size_t bytes) : size_(bytes) {
        void* memory =
            ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED) throw os_error(errno, "reserve memory to sort in");
        start_ = static_cast<char*>(memory);
    }
    ~Arena() { ::munmap(start_, size_); }
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    char* start() const noexcept { return start_; }
    std::size_t size() const noexcept { return size_; }

private:
    char* start_;
    std::size_t size_;
};

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

}  // namespace

struct Sorter::State {
    State(std::size_t budget, std::filesystem::path folder)
        : arena((std::max<std::size_t>(budget, 1 << 16) + 15) & ~std::size_t{15}), scratch(std::move(folder)) {}

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
        RunWriter run(scratch);
        for (const Entry* entry = entries_begin(); entry != entries_end(); ++entry) {
            run.add(pair(*entry));
            stop_check.step();
        }
        runs.push_back(run.finish());
        spilled += run.bytes_written();
        count = 0;
        used = 0;
        if (runs.size() >= kMaxRuns) merge_runs();
    }

    void merge_runs() {
        std::vector<std::unique_ptr<PairStream>> streams;
        for (File& file : runs) streams.push_back(read_run(std::move(file)));
        runs.clear();
        auto all = merge(std::move(streams));
        RunWriter run(scratch);
        while (all->next()) {
            run.add(all->pair());
            stop_check.step();
        }
        runs.push_back(run.finish());
        spilled += run.bytes_written();
    }

    Arena arena;
    std::filesystem::path scratch;
    std::size_t used = 0;   // bytes at the start of the arena
    std::size_t count = 0;  // entries at its end
    std::uint64_t total = 0;
    std::uint64_t spilled = 0;
    std::vector<File> runs;
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

class Merge final : public PairStream {
public:
    explicit Merge(std::vector<std::unique_ptr<PairStream>> streams) : streams_(std::move(streams)) {
        for (std::size_t i = 0; i < streams_.size(); ++i) {
            if (streams_[i]->next()) heap_.push_back(i);
        }
        std::make_heap(heap_.begin(), heap_.end(), [this](std::size_t a, std::size_t b) { return after(a, b); });
    }

    bool next() override {
        const auto later = [this](std::size_t a, std::size_t b) { return after(a, b); };
        if (current_ != SIZE_MAX) {
            if (streams_[current_]->next()) {
                // Runs of equal keys often come from one stream: no need to touch the heap then.
                if (heap_.empty() || !after(current_, heap_.front())) {
                    pair_ = streams_[current_]->pair();
                    return true;
                }
                heap_.push_back(current_);
                std::push_heap(heap_.begin(), heap_.end(), later);
            }
            current_ = SIZE_MAX;
        }
        if (heap_.empty()) return false;
        std::pop_heap(heap_.begin(), heap_.end(), later);
        current_ = heap_.back();
        heap_.pop_back();
        pair_ = streams_[current_]->pair();
        return true;
    }

private:
    bool after(std::size_t a, std::size_t b) const {
        const SortedPair& x = streams_[a]->pair();
        const SortedPair& y = streams_[b]->pair();
        if (const int order = x.key.compare(y.key)) return order > 0;
        if (x.ordinal != y.ordinal) return x.ordinal > y.ordinal;
        return a > b;
    }

    std::vector<std::unique_ptr<PairStream>> streams_;
    std::vector<std::size_t> heap_;
    std::size_t current_ = SIZE_MAX;
};

}  // namespace

Sorter::Sorter(std::size_t budget_bytes, std::filesystem::path scratch)
    : state_(std::make_unique<State>(std::min<std::size_t>(budget_bytes, std::size_t{8} << 30), std::move(scratch))) {}
Sorter::~Sorter() = default;
Sorter::Sorter(Sorter&&) noexcept = default;

void Sorter::stop_on(std::stop_token stop) { state_->stop_check = StopCheck(std::move(stop)); }

void Sorter::add(std::string_view key, std::string_view value, std::uint32_t ordinal) {
    State& s = *state_;
    const std::size_t bytes = (sizeof(PairHeader) + key.size() + value.size() + 7) & ~std::size_t{7};
    const std::size_t entries = (s.count + 1) * sizeof(Entry);
    if (s.used + bytes + entries > s.arena.size()) {
        s.spill();
        if (bytes + sizeof(Entry) > s.arena.size()) {
            throw Error(ErrorKind::child_output,
                        fmt::format("a pair of {} bytes does not fit in the {} bytes that sorting may use",
                                    key.size() + value.size(), s.arena.size()))
                .hint("make the map function's values smaller, or raise --sort-memory");
        }
    }
    char* at = s.arena.start() + s.used;
    auto* header = reinterpret_cast<PairHeader*>(at);
    header->key_bytes = static_cast<std::uint32_t>(key.size());
    header->value_bytes = static_cast<std::uint32_t>(value.size());
    std::memcpy(at + sizeof(PairHeader), key.data(), key.size());
    std::memcpy(at + sizeof(PairHeader) + key.size(), value.data(), value.size());
    ++s.count;
    *s.entries_begin() = {prefix_of(key), static_cast<std::uint32_t>(s.used / 8), ordinal};
    s.used += bytes;
    ++s.total;
}

std::uint64_t Sorter::pairs() const noexcept { return state_->total; }
std::uint64_t Sorter::spilled_bytes() const noexcept { return state_->spilled; }

std::vector<std::unique_ptr<PairStream>> Sorter::finish() {
    State& s = *state_;
    std::vector<std::unique_ptr<PairStream>> streams;
    for (File& file : s.runs) streams.push_back(read_run(std::move(file)));
    s.runs.clear();
    if (s.count > 0) {
        s.sort();
        streams.push_back(std::make_unique<MemoryRun<State>>(s));
    }
    return streams;
}

std::unique_ptr<PairStream> merge(std::vector<std::unique_ptr<PairStream>> streams) {
    if (streams.size() == 1) return std::move(streams.front());
    return std::make_unique<Merge>(std::move(streams));
}

}  // namespace af
