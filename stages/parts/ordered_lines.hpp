// The parts of a map-only job, put into the order of all the input: manifests say how many bytes each object gave, so
// every line's place is known before the first part arrives.
//
// Disk     one anonymous file below `scratch`, as large as the result.
// Errors   bug: a part has not as many bytes as its manifest says; no_space, io.
// Threads  open() and its writers from any; the rest once no writer is left.
#pragma once

#include "engine/file.hpp"
#include "stages/parts/collect_parts.hpp"
#include "stages/parts/merged_parts.hpp"

#include <filesystem>
#include <functional>

namespace af {

class OrderedLines final : public PartTarget {
public:
    OrderedLines(const std::filesystem::path& scratch, const MergedParts& merged);

    std::unique_ptr<PartWriter> open(std::uint32_t place) override;
    // All of it in chunks of at most 1 MB.
    void for_each(const std::function<void(std::string_view)>& each) const;

private:
    struct Extent {
        std::uint64_t offset = 0;
        std::uint64_t bytes = 0;
    };
    class Writer;

    File file_;
    std::vector<std::vector<Extent>> of_task_;  // in the order of the task's own objects
    std::uint64_t size_ = 0;
};

}  // namespace af
