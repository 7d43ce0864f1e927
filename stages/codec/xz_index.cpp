#include "stages/codec/xz_index.hpp"

#include <lzma.h>
#include <memory>
#include <optional>

namespace af {
namespace {

constexpr std::uint64_t kIndexMemory = std::uint64_t{16} << 20;

struct EndIndex {
    void operator()(lzma_index* index) const noexcept { lzma_index_end(index, nullptr); }
};
using Index = std::unique_ptr<lzma_index, EndIndex>;

const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }
std::uint8_t* bytes_of(std::string& text) { return reinterpret_cast<std::uint8_t*>(text.data()); }

std::optional<lzma_stream_flags> footer_of(std::string_view tail) {
    lzma_stream_flags flags{};
    if (tail.size() < LZMA_STREAM_HEADER_SIZE) return std::nullopt;
    const std::string_view footer = tail.substr(tail.size() - LZMA_STREAM_HEADER_SIZE);
    if (lzma_stream_footer_decode(&flags, bytes_of(footer)) != LZMA_OK) return std::nullopt;
    return flags;
}

Index decode_index(std::string_view bytes) {
    lzma_index* decoded = nullptr;
    std::uint64_t memory = kIndexMemory;
    std::size_t position = 0;
    const lzma_ret done =
        lzma_index_buffer_decode(&decoded, &memory, nullptr, bytes_of(bytes), &position, bytes.size());
    if (done != LZMA_OK) return nullptr;
    Index index(decoded);
    return position == bytes.size() ? std::move(index) : nullptr;
}

std::string header_of(const lzma_stream_flags& stream) {
    lzma_stream_flags flags{};
    flags.check = stream.check;
    std::string header(LZMA_STREAM_HEADER_SIZE, '\0');
    return lzma_stream_header_encode(&flags, bytes_of(header)) == LZMA_OK ? header : std::string();
}

// The Index of those blocks alone, and the footer of their Stream.
std::string end_of_stream(const lzma_stream_flags& stream, const lzma_index* blocks) {
    lzma_stream_flags flags{};
    flags.check = stream.check;
    flags.backward_size = lzma_index_size(blocks);
    std::string end(flags.backward_size + LZMA_STREAM_HEADER_SIZE, '\0');
    std::size_t position = 0;
    const bool done = lzma_index_buffer_encode(blocks, bytes_of(end), &position, flags.backward_size) == LZMA_OK &&
                      lzma_stream_footer_encode(&flags, bytes_of(end) + position) == LZMA_OK;
    return done ? end : std::string();
}

// Puts blocks together. Empty strings where liblzma had no memory: such a segment does not decode.
class Cutter {
public:
    Cutter(const lzma_stream_flags& stream, const SegmentSizes& sizes) : stream_(stream), sizes_(sizes) {}

    bool add(const lzma_index_iter& at) {
        const std::uint64_t inflated = at.block.uncompressed_size;
        if (inflated > sizes_.most) return false;
        if (blocks_ && current_.inflated_bytes + inflated > sizes_.wanted) close();
        if (!blocks_) {
            blocks_.reset(lzma_index_init(nullptr));
            current_ = Segment();
            // The first one keeps the header that is there, so that it is verified too.
            current_.begin = done_.empty() ? 0 : at.block.compressed_file_offset;
            if (!done_.empty()) current_.before = header_of(stream_);
        }
        if (!blocks_ || lzma_index_append(blocks_.get(), nullptr, at.block.unpadded_size, inflated) != LZMA_OK)
            return false;
        current_.end = at.block.compressed_file_offset + at.block.total_size;
        current_.inflated_bytes += inflated;
        return true;
    }

    std::vector<Segment> finish() {
        if (blocks_) close();
        return std::move(done_);
    }

private:
    void close() {
        current_.after = end_of_stream(stream_, blocks_.get());
        done_.push_back(std::move(current_));
        blocks_.reset();
    }

    const lzma_stream_flags& stream_;
    const SegmentSizes& sizes_;
    Index blocks_;
    Segment current_;
    std::vector<Segment> done_;
};

}  // namespace

std::uint64_t xz_index_bytes(std::string_view tail) {
    const std::optional<lzma_stream_flags> flags = footer_of(tail);
    return flags ? flags->backward_size + LZMA_STREAM_HEADER_SIZE : 0;
}

std::vector<Segment> xz_segments(std::string_view tail, std::uint64_t stored_bytes, const SegmentSizes& sizes) {
    const std::optional<lzma_stream_flags> flags = footer_of(tail);
    const std::uint64_t index_bytes = xz_index_bytes(tail);
    if (!flags || tail.size() < index_bytes || !lzma_check_is_supported(flags->check)) return {};
    const Index index = decode_index(tail.substr(tail.size() - index_bytes, flags->backward_size));
    if (!index || lzma_index_file_size(index.get()) != stored_bytes) return {};
    Cutter cutter(*flags, sizes);
    lzma_index_iter at;
    lzma_index_iter_init(&at, index.get());
    while (!lzma_index_iter_next(&at, LZMA_INDEX_ITER_BLOCK)) {
        if (!cutter.add(at)) return {};
    }
    return cutter.finish();
}

}  // namespace af
