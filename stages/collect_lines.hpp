// stages/collect_lines - ObjectOutput -> lines of a map-only job, to be read back in the order of the input.
//
// Objects complete in any order, so their lines wait in one anonymous file below `scratch`.
// Errors   fatal: no_space, io.
// Threads  one worker.
#pragma once

#include "engine/stage.hpp"
#include "stages/gather.hpp"

#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

namespace af {

class LineStore {
public:
    LineStore(std::filesystem::path scratch, std::size_t objects);

    void add(const ObjectOutput& output);
    // Every object's lines, by ordinal, in chunks of at most 1 MB that need not end where a line does.
    void for_each(const std::function<void(std::string_view)>& each) const;

private:
    struct Extent {
        std::uint64_t offset = 0;
        std::uint64_t bytes = 0;
    };
    File file_;
    std::uint64_t size_ = 0;
    std::vector<Extent> extents_;  // by ordinal
};

Task<void> collect_lines(Ports<ObjectOutput, void> io, LineStore& store);

}  // namespace af
