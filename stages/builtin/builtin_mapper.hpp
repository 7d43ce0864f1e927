// The map function of `language: builtin`, over a batch of records.
//
// Out      with operations and a reduce: for each batch a line a key, in parts (stages/builtin/aggregate.hpp); else a
//          line for each record and output, "key<TAB>value".
// Keys     text is what a string says, and what is written for all else; the parts of a key are joined by the
//          separator. A backslash, TAB, newline or carriage return in a part is written as \\ \t \n \r, the separator
//          as \ and itself: different keys stay different, and a line stays a line. Values are written alike, without
//          the separator.
// Bad      records that are not valid, that have no key or value for an output whose conditions they meet (unless the
//          job says skip: then they are counted), or a value the operation cannot take. A record counts wholly or not
//          at all.
// Memory   a table of at most kTableBytes and what one record adds to it, written out when it is full; the largest
//          record's positions (stages/json_positions.hpp).
// Threads  one thread at a time.
#pragma once

#include "stages/builtin/condition.hpp"
#include "stages/builtin/record_values.hpp"
#include "stages/builtin/sightings.hpp"
#include "stages/builtin/small_aggregate.hpp"
#include "stages/feeder_protocol.hpp"
#include "stages/flat_table.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace af {

class BuiltinMapper {
public:
    static constexpr std::size_t kTableBytes = 4 << 20;

    // `combine`: parts, for a reduce that puts them together.
    BuiltinMapper(const BuiltinMap& map, RecordFormat format, bool combine);

    void begin(std::string_view object, BatchAccount& account);
    // `line` with its '\n'. Adds to the account; what is written so far is in lines().
    void record(std::string_view line);
    void end();  // of the batch: writes out the table

    std::string& lines() noexcept { return lines_; }

    // What it looked for in all records so far.
    std::vector<Sighting> sightings() const;

private:
    // What a record makes for an output, before any of it counts.
    struct Made {
        bool made = false;
        std::string key;
        Number number;
        std::string_view text;
    };
    struct Condition {
        Tester test;
        Sighting met;
    };
    struct Output {
        BuiltinOutput spec;
        std::vector<Condition> where;
        std::vector<std::size_t> key;  // numbers of paths, in the order of the parts that have one
        std::optional<std::size_t> value;
        FlatTable<SmallAggregate> table;
        Made made;
    };

    std::vector<Condition> conditions(const std::vector<ValueTest>& tests);
    std::size_t numbered(const ValuePath& path);
    std::size_t wanted(const ValuePath& path);  // to be told of when it is never there
    const Value& look_up(std::size_t path);
    bool meets(std::vector<Condition>& where);
    // False: the record is bad, and reason_ says why.
    bool make(Output& output);
    bool make_key(Output& output);
    bool make_value(Output& output);
    bool missing(Output& output, std::size_t path);
    void count(Output& output);
    void write(Output& output);
    void write_part(std::string_view key, const SmallAggregate& aggregate);
    void write_out(Output& output);
    void bad(std::string kind, std::string reason);

    const char separator_;
    const bool combine_;
    RecordValues values_;
    std::vector<Sighting> paths_;  // by their numbers; without a name: not to be told of
    std::vector<Condition> where_;
    std::vector<Output> outputs_;
    bool watching_ = true;         // until all that is looked for was found
    std::uint64_t record_ = 0;     // its number, from 1 on
    std::size_t owned_bytes_ = 0;  // by what is in the tables
    std::string lines_;
    std::string reason_;
    BatchAccount* account_ = nullptr;
};

}  // namespace af
