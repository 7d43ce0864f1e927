#include "stages/record_index.hpp"

#include "stages/json_positions.hpp"
#include "stages/json_sweep.hpp"
#include "stages/json_walk.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>
#include <vector>

namespace af {

static_assert(std::endian::native == std::endian::little, "the index is written as it lies in memory");

struct RecordIndexer::Parser {
    JsonSweep sweep;
    JsonPositions positions;
};

namespace {

// One row of the table of records.
struct Row {
    std::uint32_t start, json_start, end, object;
};

Row row_of(std::string_view payload, std::size_t start, std::size_t end, JsonPlace place) {
    Row row{static_cast<std::uint32_t>(start), static_cast<std::uint32_t>(start), static_cast<std::uint32_t>(end), 0};
    if (place == JsonPlace::after_tab) {
        const void* tab = std::memchr(payload.data() + start, '\t', end - start);
        row.json_start = tab ? static_cast<std::uint32_t>(static_cast<const char*>(tab) - payload.data() + 1)
                             : RecordIndexer::kNoTab;
    }
    return row;
}

std::vector<Row> rows_of(std::string_view payload, std::span<const std::uint32_t> line_ends, JsonPlace place) {
    std::vector<Row> rows;
    for (std::size_t start = 0; start < payload.size();) {
        const std::size_t end = line_ends.empty() ? std::min(payload.find('\n', start), payload.size())
                                                  : line_ends[rows.size()] - std::size_t{1};
        rows.push_back(row_of(payload, start, end, place));
        start = end + 1;
    }
    return rows;
}

// The word number of the fields of the object that `json` is; 0 when it is none, or not valid, or not plain.
std::uint32_t walk(std::string_view json, std::uint32_t base, JsonPositions& stage1,
                   std::vector<std::uint32_t>& words) {
    const std::span<const std::uint32_t> positions = stage1.of(json);
    if (positions.empty()) return 0;
    const std::size_t before = words.size();
    JsonWalk tokens(json.data(), static_cast<std::uint32_t>(json.size()), positions.data(), base, words);
    const std::uint32_t place = tokens.root();
    if (place == 0) words.resize(before);
    return place;
}

}  // namespace

RecordIndexer::RecordIndexer(JsonPlace place) : place_(place), parser_(std::make_unique<Parser>()) {}
RecordIndexer::~RecordIndexer() = default;
RecordIndexer::RecordIndexer(RecordIndexer&&) noexcept = default;
RecordIndexer& RecordIndexer::operator=(RecordIndexer&&) noexcept = default;

RecordIndex RecordIndexer::build(std::string_view payload, JsonNoted noted, std::span<const std::uint32_t> line_ends) {
    constexpr std::size_t kRowWords = sizeof(Row) / sizeof(std::uint32_t);
    std::vector<Row> rows = rows_of(payload, line_ends, place_);
    std::vector<std::uint32_t> words(1 + rows.size() * kRowWords);
    RecordIndex index;
    index.records = words[0] = static_cast<std::uint32_t>(rows.size());
    for (Row& row : rows) {
        // The last line may lack its newline: then nothing may be read behind it.
        if (row.json_start == kNoTab || row.end == payload.size()) continue;
        std::string_view json = payload.substr(row.json_start, row.end - row.json_start);
        if (json.size() < kMinRecordBytes || json.size() > kMaxRecordBytes) continue;
        row.object = parser_->sweep.root(json, row.json_start, words, noted);
        if (row.object == 0) row.object = walk(json, row.json_start, parser_->positions, words);
        index.indexed += row.object != 0;
    }
    if (!rows.empty()) std::memcpy(words.data() + 1, rows.data(), rows.size() * sizeof(Row));
    index.words.assign(reinterpret_cast<const char*>(words.data()), words.size() * sizeof(std::uint32_t));
    return index;
}

}  // namespace af
