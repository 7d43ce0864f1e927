// Keys with what their values fold to: one hash table of many (stages/pairs/folded_pairs.hpp), filled, sorted, read,
// and filled again.
//
// Memory   bytes, sorting included: about 70 for a short key with a small value. Touched only as it fills.
// Bounds   a key has at most longest_key_bytes().
// Errors   a value that the operation cannot take: child_output.
// Threads  one at a time.
#pragma once

#include "engine/stop_check.hpp"
#include "stages/pairs/arena.hpp"
#include "stages/pairs/pair_stream.hpp"
#include "stages/pairs/small_value.hpp"

#include <algorithm>
#include <vector>

namespace af {

class FoldTable {
public:
    FoldTable(const FoldStages& stages, std::size_t bytes);

    // With the key's text_hash(). False: there is no room, and nothing was added. What was added may have grown past
    // the table's bytes: it is to be read and cleared then, before it grows on.
    bool add(std::string_view key, std::uint64_t hash, const SmallValue& value);
    bool add(std::string_view key, std::uint64_t hash, std::string_view value);

    // After sort() it can be read, and after clear() filled again.
    void sort(StopCheck& check);
    void clear();
    // What there is, as parts, in the order of the keys. The table must outlive it.
    std::unique_ptr<PairStream> stream() const;

    bool is_over() const noexcept { return has_large_ || is_full(0); }
    std::size_t size() const noexcept { return size_; }
    static std::size_t longest_key_bytes(std::size_t table_bytes) noexcept {
        return std::min<std::size_t>(table_bytes / 4, 256 << 10);
    }
    std::size_t longest_key_bytes() const noexcept { return longest_key_bytes(arena_.size()); }

private:
    friend class FoldTableStream;

    struct Entry {  // its key lies behind it
        SmallValue small;
        std::uint32_t fold;  // 0: none, `small` is all there is
        std::uint32_t key_bytes;
    };
    struct Slot {
        std::uint32_t tag;  // of the hash: where the probing starts, and what tells most other keys apart
        std::uint32_t at;   // of the entry, in units of 8 bytes
    };
    struct Sorted {
        std::uint64_t prefix;
        std::uint32_t at;
    };

    Entry& entry(std::uint32_t at) const { return *reinterpret_cast<Entry*>(arena_.start() + std::size_t{at} * 8); }
    std::string_view key_of(const Entry& entry) const {
        return {reinterpret_cast<const char*>(&entry) + sizeof(Entry), entry.key_bytes};
    }
    static std::size_t entry_bytes(std::size_t key_bytes) noexcept {
        return (sizeof(Entry) + key_bytes + 7) & ~std::size_t{7};
    }
    // Null: there is no room.
    Entry* find_or_add(std::string_view key, std::uint64_t hash, bool& is_new);
    bool grow();
    bool is_full(std::size_t more) const noexcept;
    void add_to_fold(Entry& entry, bool is_new, FoldOperation operation, std::string_view value);

    const FoldStages stages_;
    Arena arena_;
    std::size_t used_ = 0;        // bytes of the arena
    std::size_t fold_bytes_ = 0;  // what the folds take
    std::size_t size_ = 0;
    std::size_t mask_ = 0;
    bool has_large_ = false;   // a fold that is a long line as a part
    std::vector<Slot> slots_;  // linear probing, at most three quarters full
    std::vector<Fold> folds_;
    std::vector<Sorted> sorted_;
};

}  // namespace af
