#include "stages/codec/zstd_seek_table.hpp"

#include <algorithm>
#include <optional>

namespace af {
namespace {

constexpr std::uint32_t kSkippable = 0x184D2A5E;
constexpr std::uint32_t kSeekable = 0x8F92EAB1;
constexpr std::size_t kHeaderBytes = 8;
constexpr std::size_t kFooterBytes = 9;
constexpr std::uint8_t kHasChecksums = 0x80;
constexpr std::uint8_t kReserved = 0x7C;

// Little-endian; `bytes` has them.
std::uint32_t word_at(std::string_view bytes, std::size_t at) {
    std::uint32_t word = 0;
    for (std::size_t i = 4; i-- > 0;) word = word << 8 | static_cast<unsigned char>(bytes[at + i]);
    return word;
}

struct Shape {
    std::uint64_t frames = 0;
    std::size_t entry_bytes = 0;
    std::uint64_t table_bytes() const { return kHeaderBytes + frames * entry_bytes + kFooterBytes; }
};

std::optional<Shape> shape_of(std::string_view tail) {
    if (tail.size() < kFooterBytes) return std::nullopt;
    const std::string_view footer = tail.substr(tail.size() - kFooterBytes);
    const auto descriptor = static_cast<std::uint8_t>(footer[4]);
    if (word_at(footer, 5) != kSeekable || (descriptor & kReserved) != 0) return std::nullopt;
    return Shape{.frames = word_at(footer, 0), .entry_bytes = descriptor & kHasChecksums ? 12u : 8u};
}

bool joins(const Segment& segment, std::uint64_t more, const SegmentSizes& sizes) {
    return segment.inflated_bytes + more <= sizes.wanted;
}

}  // namespace

std::uint64_t zstd_table_bytes(std::string_view tail) {
    const std::optional<Shape> shape = shape_of(tail);
    return shape ? shape->table_bytes() : 0;
}

std::vector<Segment> zstd_segments(std::string_view tail, std::uint64_t stored_bytes, const SegmentSizes& sizes) {
    const std::optional<Shape> shape = shape_of(tail);
    if (!shape || tail.size() < shape->table_bytes() || stored_bytes < shape->table_bytes()) return {};
    const std::string_view table = tail.substr(tail.size() - shape->table_bytes());
    if (word_at(table, 0) != kSkippable || word_at(table, 4) != shape->table_bytes() - kHeaderBytes) return {};
    std::vector<Segment> segments;
    std::uint64_t offset = 0;
    for (std::uint64_t i = 0; i < shape->frames; ++i) {
        const std::uint32_t stored = word_at(table, kHeaderBytes + i * shape->entry_bytes);
        const std::uint32_t inflated = word_at(table, kHeaderBytes + i * shape->entry_bytes + 4);
        if (stored == 0 || inflated > sizes.most) return {};
        if (segments.empty() || !joins(segments.back(), inflated, sizes)) {
            segments.emplace_back();
            segments.back().begin = offset;
        }
        offset += stored;
        segments.back().end = offset;
        segments.back().inflated_bytes += inflated;
    }
    if (offset + shape->table_bytes() != stored_bytes) return {};
    return segments;
}

}  // namespace af
