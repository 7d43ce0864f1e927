// The parts of one partition as sorted runs on disk, to be merged into one sorted stream.
//
// Memory   independent of how many parts there are: above kMostRuns of one size they are merged into one, so at most
//          kMostRuns of each size are open; reading one takes about 256 KiB.
// Disk     anonymous files below `scratch`, zstd level 1; gone with the process.
// Stop     merging, which takes long, ends with cancelled once stop is requested.
// Errors   corrupt: what PartParser says; bug: a part has not as many pairs as its manifest says; no_space, io.
// Threads  open() and its writers from any; the rest once no writer is left.
#pragma once

#include "engine/file.hpp"
#include "stages/pairs/sorter.hpp"
#include "stages/parts/collect_parts.hpp"

#include <filesystem>
#include <stop_token>

namespace af {

class PartRuns final : public PartTarget {
public:
    static constexpr std::size_t kMostRuns = 64;

    struct Source {
        std::vector<std::uint32_t> ordinals;  // the part's -> those of the merged stream; increasing
        std::uint64_t pairs = 0;
    };

    PartRuns(std::filesystem::path scratch, std::vector<Source> sources, std::stop_token stop = {})
        : scratch_(std::move(scratch)), sources_(std::move(sources)), stop_(std::move(stop)) {}

    std::unique_ptr<PartWriter> open(std::uint32_t place) override;

    // Once.
    std::unique_ptr<PairStream> stream();
    std::uint64_t pairs() const noexcept { return pairs_; }

private:
    class Writer;
    void add(File run, std::uint64_t pairs);
    File merged(std::vector<File> runs) const;

    const std::filesystem::path scratch_;
    const std::vector<Source> sources_;
    const std::stop_token stop_;
    std::mutex mutex_;
    std::vector<std::vector<File>> runs_;  // by how often they were merged
    std::uint64_t pairs_ = 0;
};

}  // namespace af
