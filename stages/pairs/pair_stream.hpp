// Pairs in the order of their keys, read once.
//
// Order    by key (bytewise), then by ordinal.
// Threads  one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace af {

// One pair of the sorted stream. The views hold until the next step of what they came from.
struct SortedPair {
    std::string_view key;
    std::string_view value;
    std::uint32_t ordinal = 0;
};

class PairStream {
public:
    virtual ~PairStream() = default;
    // Steps to the next pair: false at the end.
    virtual bool next() = 0;
    const SortedPair& pair() const noexcept { return pair_; }

protected:
    SortedPair pair_;
};

// Merges sorted streams into one. Equal (key, ordinal) pairs come in the order of the streams.
std::unique_ptr<PairStream> merge(std::vector<std::unique_ptr<PairStream>> streams);

}  // namespace af
