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

// All that a reader holds: it keeps the key of the pair before while it reads the next key or value.
constexpr std::size_t run_reader_bytes(std::size_t longest_key, std::size_t longest_value) {
    return kRunReaderBytes + longest_key + (longest_key > longest_value ? longest_key : longest_value);
}

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
