// Makes a data set and its true answers.
//
//   DIR/data/<key>            the objects; DIR/data is the content of the bucket
//   DIR/truth.json            records, bytes and OS counts of each object and each combination of dimensions; bad lines
//   DIR/truth/os-count.txt    what the os-count job prints: "KEY COUNT\n", sorted by key
//
// Same options, same bytes, whatever the thread count.
// Memory   about 2 MB and the compressor's own for each thread.
// Errors   Error{usage} for options that contradict each other or a DIR/data that has content already, or what the disk
//          said.
#pragma once

#include "bench/compress.hpp"
#include "bench/layout.hpp"
#include "bench/truth.hpp"

#include <filesystem>
#include <optional>

namespace af::bench {

struct GenerateOptions {
    std::filesystem::path directory;
    LayoutOptions layout;
    SizeRange record_bytes;
    std::optional<int> level;
    unsigned threads = 0;  // 0: one for each core
};

Truth generate(const GenerateOptions& options);

}  // namespace af::bench
