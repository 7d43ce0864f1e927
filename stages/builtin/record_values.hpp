// The values of one record that a job asks for, each found at most once.
//
// Threads  one thread at a time.
#pragma once

#include "stages/builtin/json_record.hpp"
#include "stages/builtin/spec.hpp"
#include "stages/filter/filter.hpp"
#include "stages/job/job.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace af {

struct Value {
    enum class Kind { missing, null, boolean, number, string, compound, column };  // column: text, of a tsv
    Kind kind = Kind::missing;
    std::string_view text;  // of a string what it says; of all others what is written
};

class RecordValues {
public:
    explicit RecordValues(RecordFormat format) : format_(format) {}

    // Paths are given numbers before the first record; the same path gets the same number.
    std::size_t number_of(const ValuePath& path);
    const ValuePath& path(std::size_t number) const { return slots_[number].path; }

    void begin_object(std::string_view name);
    // nullptr, or why the record is bad: "format" or "json". `line` without its '\n', which must be there.
    const char* begin_record(std::string_view line);
    // Valid until the next record.
    const Value& value(std::size_t number);

private:
    struct Slot {
        ValuePath path;
        std::optional<std::size_t> column;  // of a tsv, counted from the front
        bool known = false;
        Value value;
        std::string room;
    };
    Value find(Slot& slot);
    Value column(const Slot& slot);
    std::optional<std::string_view> nth_column(std::size_t number);
    std::optional<std::string_view> column_from_end(std::int64_t number) const;  // 1: the last
    Value json(Slot& slot);

    const RecordFormat format_;
    std::vector<Slot> slots_;
    std::string file_;
    std::optional<Dimensions> dimensions_;
    std::optional<std::string_view> uuid_;
    std::string_view line_;
    std::vector<std::size_t> column_ends_;  // of line_, as far as it was looked at
    JsonRecord record_;
};

}  // namespace af
