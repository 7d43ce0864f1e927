// Where the values of JSON records lie, so that a child parses only what its function touches
// (container/helpers/PROTOCOL.md).
//
// Form     32-bit little-endian words; offsets are bytes of the payload. count, then for each record: start, start of
//          its JSON (kNoTab: it has no TAB), end, object an object, at its word number: n, then n times: key start, key
//          end, value start, value end, object `object` is the word number of the object's fields, 0 when there are
//          none: the record or value is to be parsed as it lies. Keys are given without quotes and hold no escapes; the
//          same key may come twice.
// Which    records of kMinRecordBytes to kMaxRecordBytes whose root is an object; of its values, objects of at least
//          kMinNestedBytes, where they are asked for.
// Sound    a record is indexed only when its whole text was validated, and is such that every JSON parser reads the
//          same values from it: UTF-8, no lone surrogates, integers of at most 18 digits, numbers of at most 40
//          characters with exponents of at most two, no NaN, at most 60 levels. All others, broken ones too, are left
//          to the child's parser, so an index never changes an answer.
// Memory   the index itself, and, kept by the indexer, 4 bytes for each byte of the largest record that a sweep did not
//          take.
// Threads  one indexer belongs to one thread at a time.
// Source   RFC 8259; json_sweep.hpp finds nearly all of it, json_walk.hpp the rest.
#pragma once

#include "stages/json_walk.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace af {

enum class JsonPlace {
    line,       // the whole line (json-lines)
    after_tab,  // behind the first TAB (uuid-json)
};

struct RecordIndex {
    std::string words;          // the form above; its size is a multiple of 4
    std::uint32_t records = 0;  // in the payload
    std::uint32_t indexed = 0;  // of them, those whose values can be parsed one by one
};

class RecordIndexer {
public:
    static constexpr std::uint32_t kNoTab = 0xFFFFFFFF;
    static constexpr std::size_t kMinRecordBytes = 4 << 10;
    static constexpr std::size_t kMaxRecordBytes = 4 << 20;
    static constexpr std::size_t kMinNestedBytes = 8 << 10;

    explicit RecordIndexer(JsonPlace place);
    ~RecordIndexer();
    RecordIndexer(RecordIndexer&&) noexcept;
    RecordIndexer& operator=(RecordIndexer&&) noexcept;

    // `payload` is whole records, each ended by '\n', less than 4 GiB in all. `line_ends`: where, if that is known
    // (line_ends.hpp). Never throws for what it contains.
    RecordIndex build(std::string_view payload, JsonNoted noted = JsonNoted::large_objects,
                      std::span<const std::uint32_t> line_ends = {});

private:
    struct Parser;
    JsonPlace place_;
    std::unique_ptr<Parser> parser_;
};

}  // namespace af
