// How wide a job runs and what memory that takes: pure, so that it can be told before anything starts.
#pragma once

#include "stages/job/job.hpp"
#include "stages/records.hpp"

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
    std::size_t sort_bytes = std::size_t{112} << 20;
    std::size_t spool_bytes = std::size_t{64} << 20;
    std::size_t decoder_bytes = std::size_t{128} << 20;
};

// What is known of the input before it is read.
struct InputShape {
    InputShape(std::size_t count = 0) : objects(count) {}
    std::size_t objects;
    std::uint64_t bytes = 0;  // as stored
    // Of the objects that may have an index of segments (stages/fetch_segments.hpp): the size of the largest, and
    // whether there is one of unknown size, as a task is given them.
    std::uint64_t largest_indexed = 0;
    bool unknown_indexed = false;
};

struct Widths {
    unsigned fetch = 1;  // objects in flight, at most; the width in use follows the measured rates
    bool fetch_fixed = false;
    unsigned decoders = 1;
    unsigned splitters = 1;
    std::uint64_t cut_from_bytes = kUnknownSize;  // objects at least so large, as stored, are decoded by all decoders
    std::uint64_t ahead_bytes = 0;                // of such an object, decoded before its turn
    unsigned mappers = 1;                         // processes of the user's map function
    unsigned most_mappers = 1;                    // the same while it waits for something else than a processor
    unsigned depth = 4;                           // blocks buffered for each object in flight
    unsigned collectors = 1;                      // workers that fold or sort pairs
    std::size_t sort_bytes = 0;
    std::size_t spool_bytes = 0;
    std::size_t decoder_bytes = 0;

    bool operator==(const Widths&) const = default;
};

// `remote`: some input comes over the network.
Widths choose_widths(const WidthOptions& options, const Job& job, unsigned processors, bool remote, InputShape input);

// What a run worked with in the end: the transfers that the measured rates led to, and the workers it had.
struct SettledWidths {
    unsigned fetch = 0;
    unsigned decoders = 0;
    unsigned mappers = 0;
};
std::string settled_text(const SettledWidths& widths);  // "8 transfers, 2 decoders and 2 mappers"

struct MemoryLine {
    std::string what;
    std::uint64_t bytes = 0;
};

// The bound on this program's memory, children apart, line by line; independent of the size of the input but for the
// list of objects.
std::vector<MemoryLine> memory_bound(const Widths& widths, const Job& job, std::size_t objects);
std::uint64_t total(const std::vector<MemoryLine>& lines);

}  // namespace af
