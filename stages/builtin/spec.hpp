// What `language: builtin` says in a job: plain values, checked. stages/job/parse_builtin.hpp reads them.
#pragma once

#include "stages/filter/pattern.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace af {

enum class BuiltinOperation { sum, count, min, max, mean, unique, histogram, top_k };

struct PathStep {
    bool is_index = false;
    std::string member;
    std::int64_t index = 0;  // below 0: from the end
};

// Where a value is: in the record, or in what is known of it.
struct ValuePath {
    enum class Root { record, uuid, file, dimension };
    Root root = Root::record;
    std::size_t dimension = 0;    // place in kLevelNames (stages/filter/filter.hpp)
    std::vector<PathStep> steps;  // of a record; none: all of it
    std::string text;             // as the user wrote it
};

// Errors are in the words of the user.
struct BadPath {
    std::string why;
};

// "info.OS", "histograms.GC_MS[0]", "a[-1]", 'a["b.c"]', "[2]"; "uuid", "file", "file.reason"; "$.file.reason" is the
// member `file` of the record and "$" all of it. Throws BadPath.
ValuePath parse_path(std::string_view text);

struct Literal {
    enum class Kind { null, boolean, number, string };
    Kind kind = Kind::string;
    std::string text;
};

// One test of one value. A value that is not there passes none but `exists: false`.
struct ValueTest {
    enum class Test { equal, unequal, less, less_equal, greater, greater_equal, exists, missing, in, prefix, regex };
    ValuePath path;
    Test test = Test::exists;
    std::vector<Literal> values;  // one; several for `in`; none for exists, missing and regex
    std::optional<Pattern> pattern;
};

struct KeyPart {
    std::optional<ValuePath> path;  // none: `text` as it is
    std::string text;
};

struct BuiltinOutput {
    std::vector<KeyPart> key;
    std::optional<ValuePath> value;
    std::optional<BuiltinOperation> operation;  // none: the value itself, a line a record
    std::uint32_t most = 10;                    // of top_k: how many
    std::vector<ValueTest> where;
    bool skip_missing = false;  // a key or value that is not there: no output, instead of a bad record
    std::size_t line = 0;       // in the job file
};

struct BuiltinMap {
    std::vector<ValueTest> where;
    std::vector<BuiltinOutput> outputs;
    char separator = '|';

    // All outputs have an operation, or none has.
    bool combines() const noexcept { return !outputs.empty() && outputs.front().operation.has_value(); }
};

}  // namespace af
