// How wide a job runs and what memory that takes: pure, so that it can be told before anything starts.
#pragma once

#include "stages/job/job.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace af {

inline constexpr std::size_t kStoredBlockBytes = 256 << 10;
inline constexpr std::size_t kRawBlockBytes = 1 << 20;
inline constexpr std::size_t kRawHeadroomBytes = 128 << 10;

// 0: chosen from the machine and the input.
struct WidthOptions {
    unsigned fetch = 0;
    unsigned decoders = 0;
    unsigned mappers = 0;
    unsigned depth = 0;
    std::size_t sort_bytes = std::size_t{128} << 20;
    std::size_t spool_bytes = std::size_t{64} << 20;
    std::size_t decoder_bytes = std::size_t{128} << 20;
};

struct Widths {
    unsigned fetch = 1;  // objects in flight, at most; the width in use follows the measured rates
    bool fetch_fixed = false;
    unsigned decoders = 1;    // also splitters
    unsigned mappers = 1;     // processes of the user's map function
    unsigned depth = 4;       // blocks buffered for each object in flight
    unsigned collectors = 1;  // workers that sort
    std::size_t sort_bytes = 0;
    std::size_t spool_bytes = 0;
    std::size_t decoder_bytes = 0;
};

// `remote`: some input comes over the network. `objects`: how many there are.
Widths choose_widths(const WidthOptions& options, const Job& job, unsigned processors, bool remote,
                     std::size_t objects);

struct MemoryLine {
    std::string what;
    std::uint64_t bytes = 0;
};

// The bound on this program's memory, children apart, line by line; independent of the size of the input but for the
// list of objects.
std::vector<MemoryLine> memory_bound(const Widths& widths, const Job& job, std::size_t objects);
std::uint64_t total(const std::vector<MemoryLine>& lines);

}  // namespace af
