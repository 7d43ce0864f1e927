#include "stages/pairs/fold_table.hpp"

#include "engine/release_memory.hpp"
#include "stages/pairs/key_prefix.hpp"

#include <algorithm>
#include <cstring>

namespace af {
namespace {

constexpr std::uint32_t kFree = UINT32_MAX;
constexpr std::size_t kLeastSlots = 256;

constexpr std::uint32_t tag_of(std::uint64_t hash) noexcept { return static_cast<std::uint32_t>(hash >> 32); }

}  // namespace

// The table's entries in the order of their keys.
class FoldTableStream final : public PairStream {
public:
    explicit FoldTableStream(const FoldTable& table) : table_(table) {}

    bool next() override {
        if (at_ == table_.sorted_.size()) return false;
        const FoldTable::Entry& entry = table_.entry(table_.sorted_[at_++].at);
        value_.clear();
        if (entry.fold == 0) {
            append_part(table_.stages_.combine, entry.small, value_);
        } else {
            value_ = table_.folds_[entry.fold - 1].result(table_.stages_.join);
        }
        pair_ = {table_.key_of(entry), value_, 0};
        return true;
    }

private:
    const FoldTable& table_;
    std::size_t at_ = 0;
    std::string value_;
};

FoldTable::FoldTable(const FoldStages& stages, std::size_t bytes) : stages_(stages), arena_(bytes & ~std::size_t{7}) {}

bool FoldTable::is_full(std::size_t more) const noexcept {
    const std::size_t for_sorting = size_ * (sizeof(Sorted) - sizeof(Slot));  // the slots are gone by then
    return used_ + fold_bytes_ + slots_.size() * sizeof(Slot) + for_sorting + more > arena_.size();
}

bool FoldTable::grow() {
    const std::size_t count = std::max(kLeastSlots, slots_.size() * 2);
    if (is_full((count - slots_.size()) * sizeof(Slot))) return false;
    std::vector<Slot> grown(count, Slot{0, kFree});
    mask_ = count - 1;
    for (const Slot& slot : slots_) {
        if (slot.at == kFree) continue;
        std::size_t to = slot.tag & mask_;
        while (grown[to].at != kFree) to = (to + 1) & mask_;
        grown[to] = slot;
    }
    slots_ = std::move(grown);
    return true;
}

FoldTable::Entry* FoldTable::find_or_add(std::string_view key, std::uint64_t hash, bool& is_new) {
    if ((size_ + 1) * 4 > slots_.size() * 3 && !grow()) return nullptr;
    const std::uint32_t tag = tag_of(hash);
    std::size_t at = tag & mask_;
    for (; slots_[at].at != kFree; at = (at + 1) & mask_) {
        if (slots_[at].tag != tag) continue;
        Entry& found = entry(slots_[at].at);
        if (key_of(found) == key) return &found;
    }
    const std::size_t bytes = entry_bytes(key.size());
    if (is_full(bytes)) return nullptr;
    slots_[at] = {tag, static_cast<std::uint32_t>(used_ / 8)};
    Entry& made = entry(slots_[at].at);
    made.small = SmallValue();
    made.fold = 0;
    made.key_bytes = static_cast<std::uint32_t>(key.size());
    std::memcpy(arena_.start() + used_ + sizeof(Entry), key.data(), key.size());
    used_ += bytes;
    ++size_;
    is_new = true;
    return &made;
}

bool FoldTable::add(std::string_view key, std::uint64_t hash, const SmallValue& value) {
    bool is_new = false;
    Entry* found = find_or_add(key, hash, is_new);
    if (!found) return false;
    if (is_new) {
        found->small = value;
        return true;
    }
    if (found->fold == 0 && add_small(stages_.combine, found->small, value)) return true;
    std::string part;
    append_part(stages_.combine, value, part);
    add_to_fold(*found, is_new, stages_.join, part);
    return true;
}

bool FoldTable::add(std::string_view key, std::uint64_t hash, std::string_view value) {
    bool is_new = false;
    Entry* found = find_or_add(key, hash, is_new);
    if (!found) return false;
    add_to_fold(*found, is_new, stages_.combine, value);
    return true;
}

void FoldTable::add_to_fold(Entry& entry, bool is_new, FoldOperation operation, std::string_view value) {
    if (entry.fold == 0) {
        folds_.push_back(is_new ? Fold() : fold_of(stages_, entry.small));
        entry.fold = static_cast<std::uint32_t>(folds_.size());
        fold_bytes_ += 2 * sizeof(Fold) + folds_.back().extra_bytes();
    }
    Fold& fold = folds_[entry.fold - 1];
    const std::size_t before = fold.extra_bytes();
    fold.add(operation, value);
    fold_bytes_ += fold.extra_bytes() - before;
    has_large_ |= fold.extra_bytes() > Aggregate::kMostPartBytes;
}

void FoldTable::sort(StopCheck& check) {
    release_memory(slots_);  // for what comes next
    sorted_.clear();
    sorted_.reserve(size_);
    for (std::size_t at = 0; at < used_;) {
        const auto place = static_cast<std::uint32_t>(at / 8);
        const Entry& next = entry(place);
        sorted_.push_back({key_prefix(key_of(next)), place});
        at += entry_bytes(next.key_bytes);
        check.step();
    }
    std::sort(sorted_.begin(), sorted_.end(), [this](const Sorted& a, const Sorted& b) {
        return key_before(a.prefix, key_of(entry(a.at)), b.prefix, key_of(entry(b.at)));
    });
}

void FoldTable::clear() {
    arena_.give_back();  // the next filling may need its share for something else
    used_ = 0;
    fold_bytes_ = 0;
    size_ = 0;
    has_large_ = false;
    release_memory(folds_);
    release_memory(sorted_);
}

std::unique_ptr<PairStream> FoldTable::stream() const { return std::make_unique<FoldTableStream>(*this); }

}  // namespace af
