// Values by key, for the keys of a batch or an object: keys lie one behind the other in one buffer and values in
// another, so that adding one allocates nothing but now and then.
//
// Order    for_each() goes in the order in which keys were first seen.
// Memory   bytes() is the most that what it holds takes, apart from what the values own; it depends on the keys alone,
//          not on what was in the table before. clear() keeps the room.
// Threads  one thread at a time.
#pragma once

#include "stages/text_hash.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace af {

template <class V>
class FlatTable {
public:
    // The value of `key`; make() builds it when the key is new. Valid until the next call.
    template <class Make>
    V& at(std::string_view key, Make&& make) {
        if ((entries_.size() + 1) * 2 > slots_.size()) grow();
        const std::uint64_t hash = text_hash(key);
        for (std::size_t slot = hash & mask_;; slot = (slot + 1) & mask_) {
            const std::uint32_t number = slots_[slot];
            if (number == kFree) {
                slots_[slot] = static_cast<std::uint32_t>(entries_.size());
                entries_.push_back(Entry{hash, keys_.size(), key.size(), make()});
                keys_.append(key);
                return entries_.back().value;
            }
            Entry& entry = entries_[number];
            if (entry.hash == hash && key_of(entry) == key) return entry.value;
        }
    }

    template <class Each>
    void for_each(Each&& each) const {
        for (const Entry& entry : entries_) each(key_of(entry), entry.value);
    }

    std::size_t size() const noexcept { return entries_.size(); }
    std::size_t bytes() const noexcept {
        return keys_.size() + entries_.size() * (sizeof(Entry) + kMostSlotsPerEntry * sizeof(std::uint32_t));
    }
    void clear() {
        entries_.clear();
        keys_.clear();
        std::fill(slots_.begin(), slots_.end(), kFree);
    }

private:
    static constexpr std::uint32_t kFree = UINT32_MAX;
    static constexpr std::size_t kMostSlotsPerEntry = 4;
    struct Entry {
        std::uint64_t hash;
        std::size_t key_at;
        std::size_t key_size;
        V value;
    };

    std::string_view key_of(const Entry& entry) const { return {keys_.data() + entry.key_at, entry.key_size}; }

    void grow() {
        const std::size_t slots = std::max<std::size_t>(16, slots_.size() * 2);
        slots_.assign(slots, kFree);
        mask_ = slots - 1;
        for (std::uint32_t number = 0; number < entries_.size(); ++number) {
            std::size_t slot = entries_[number].hash & mask_;
            while (slots_[slot] != kFree) slot = (slot + 1) & mask_;
            slots_[slot] = number;
        }
    }

    std::vector<std::uint32_t> slots_;  // numbers of entries, linear probing, at most half full
    std::size_t mask_ = 0;
    std::vector<Entry> entries_;
    std::string keys_;
};

}  // namespace af
