// The lines of a part: what a map task hands on to a reducer, sorted.
//
//   key <TAB> ordinal <TAB> value <NEWLINE>
//
// Ordinal  decimal; which object of the task's manifest the pair was made of. With the names there, whoever merges the
//          parts of several tasks puts the values of a key into the order of all the input, whichever task had which
//          object: the same bytes as on one machine. 0 where the reduce is built in, which takes parts in any order.
// Order    by key (bytewise), then by ordinal; pairs of one object and key in the object's own order.
#pragma once

#include "engine/block_pool.hpp"
#include "engine/stage.hpp"
#include "stages/pairs/pair_stream.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace af {

// stages/parts/part_lines - PairStream -> Block: the lines of a part. `pairs` is their number when it has ended.
Task<void> part_lines(Ports<void, Block> io, PairStream& stream, std::uint64_t& pairs, BlockPool& pool);

// Reads them back from chunks that may end anywhere. Errors: corrupt, with the number of the line: not of the form, not
// in order, an ordinal that the task has no object for.
class PartParser {
public:
    using Each = std::function<void(const SortedPair&)>;
    // `objects`: how many the task has. `each` may keep nothing of what it is handed.
    PartParser(std::uint32_t objects, Each each) : objects_(objects), each_(std::move(each)) {}

    void add(std::string_view bytes);
    void finish();  // what is left must be a whole line
    std::uint64_t pairs() const noexcept { return pairs_; }

private:
    void take(std::string_view line);

    std::uint32_t objects_;
    Each each_;
    std::string rest_;  // of a line that goes on in the next chunk
    std::string last_key_;
    std::uint32_t last_ordinal_ = 0;
    std::uint64_t pairs_ = 0;
};

}  // namespace af
