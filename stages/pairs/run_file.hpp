// A sorted run on disk: pairs in order, compressed with zstd. A key equal to the one before it is not written again.
//
// Form     for each pair: varint(0) for the key before, else varint(length + 1) and the key; varint(ordinal);
//          varint(length) and the value. Little-endian base 128 varints.
// Memory   a writer holds one key and 128 KB, a reader one key, one value and kRunReaderBytes; zstd comes on top of the
//          writer's.
#pragma once

#include "engine/file.hpp"
#include "stages/pairs/pair_stream.hpp"

#include <filesystem>
#include <memory>

namespace af {

// What a reader holds besides the longest key and value: zstd's window and buffers, and what was read ahead.
inline constexpr std::size_t kRunReaderBytes = 512 << 10;

class RunWriter {
public:
    explicit RunWriter(const std::filesystem::path& scratch);
    ~RunWriter();

    void add(const SortedPair& pair);
    // Flushes and gives the file up for reading.
    File finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

std::unique_ptr<PairStream> read_run(File file);

}  // namespace af
