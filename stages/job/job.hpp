// A job as analysis-tools.yml describes it: plain values, checked.
#pragma once

#include "stages/builtin/spec.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace af {

enum class Language { python, javascript, binary, native, builtin };
enum class RecordFormat { uuid_json, json_lines, lines, tsv };
enum class MapInput { records, lines, files };
enum class Decompress { automatic, yes, no };
enum class OnBad { skip, fail };

// The user's code of one step.
struct ScriptSpec {
    Language language = Language::python;  // builtin: the rest is empty
    std::filesystem::path script;          // folder of the job / what the file says
    std::string function;                  // python, javascript
    std::vector<std::string> arguments;
};

struct MapSpec {
    ScriptSpec code;
    std::optional<BuiltinMap> builtin;  // for language: builtin
    Decompress decompress = Decompress::automatic;
    MapInput input = MapInput::records;
    unsigned workers = 0;               // processes; 0: as many as there are processors
    std::chrono::seconds timeout{600};  // without input or output before a child counts as hung
    bool allow_early_exit = false;      // a child may end, with status 0, before it has read all its input
};

// A step that sees a key with its values: user code, or an operation of ours. Exactly one of the two is set.
struct GroupSpec {
    std::optional<ScriptSpec> code;
    std::optional<BuiltinOperation> operation;
};

// More bad records than this end the job. Exactly one of the two is set.
struct BadLimit {
    std::optional<std::uint64_t> count;
    std::optional<double> share;  // 0..1, of all records
};

// What the longest record of a job may be told to be.
inline constexpr std::uint64_t kLeastRecordBytes = 1 << 10;
inline constexpr std::uint64_t kMostRecordBytes = 1 << 30;

struct RecordsSpec {
    RecordFormat format = RecordFormat::uuid_json;
    std::uint64_t max_bytes = 64 << 20;  // of one record; longer ones are bad
    OnBad on_bad = OnBad::skip;
    BadLimit max_bad{.count = std::nullopt, .share = 0.001};
};

struct Job {
    std::filesystem::path folder;  // where the scripts lie
    std::filesystem::path file;    // analysis-tools.yml itself
    bool form_of_2014 = false;
    MapSpec map;
    std::optional<GroupSpec> combine;
    std::optional<GroupSpec> reduce;  // none: map-only. Left out beside operations of a builtin map: those.
    RecordsSpec records;
    unsigned reducers = 1;
};

// The words of the file: "python", "sum", "uuid-json" ...
std::string_view word_of(Language language) noexcept;
std::string_view word_of(BuiltinOperation operation) noexcept;
std::string_view word_of(RecordFormat format) noexcept;
std::string_view word_of(MapInput input) noexcept;
std::string_view word_of(Decompress decompress) noexcept;
std::string_view word_of(OnBad on_bad) noexcept;

// Whether the map function itself combines what it finds, in parts that a built-in reduce puts together.
bool map_combines(const Job& job) noexcept;

// The job in lines for `--explain`.
std::string describe(const Job& job);

}  // namespace af
