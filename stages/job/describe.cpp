#include "stages/job/words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace af {
namespace {

template <class E, std::size_t N>
std::string_view word_in(const WordTable<E, N>& table, E value) noexcept {
    for (const auto& [word, enumerator] : table) {
        if (enumerator == value) return word;
    }
    return "?";
}

std::string described(const ScriptSpec& code) {
    std::string text = fmt::format("{} {}", word_of(code.language), code.script.string());
    if (!code.function.empty()) text += fmt::format(", function {}", code.function);
    if (!code.arguments.empty()) text += fmt::format(", arguments {}", fmt::join(code.arguments, " "));
    return text;
}

std::string described(const KeyPart& part) { return part.path ? part.path->text : "\"" + part.text + "\""; }

std::string described(const BuiltinOutput& output, char separator) {
    std::string text;
    for (const KeyPart& part : output.key) text += (text.empty() ? "" : std::string(1, separator)) + described(part);
    if (output.operation) text += fmt::format(", {}", word_of(*output.operation));
    if (output.value) text += fmt::format(" {}", output.value->text);
    return text;
}

std::string described(const MapSpec& map) {
    if (!map.builtin) return described(map.code);
    std::string text = "builtin";
    for (const BuiltinOutput& output : map.builtin->outputs) {
        text += (text == "builtin" ? " " : "; ") + described(output, map.builtin->separator);
    }
    return text;
}

std::string described(const std::optional<GroupSpec>& step, std::string_view without) {
    if (!step) return std::string(without);
    if (step->operation) return fmt::format("builtin {}", word_of(*step->operation));
    return described(*step->code);
}

std::string described(const BadLimit& limit) {
    if (limit.count) return fmt::format("at most {}", *limit.count);
    return fmt::format("at most {:g} % of all", limit.share.value_or(0) * 100);
}

}  // namespace

std::string_view word_of(Language language) noexcept { return word_in(kLanguageWords, language); }
std::string_view word_of(BuiltinOperation operation) noexcept { return word_in(kOperationWords, operation); }
std::string_view word_of(RecordFormat format) noexcept { return word_in(kFormatWords, format); }
std::string_view word_of(MapInput input) noexcept { return word_in(kInputWords, input); }
std::string_view word_of(Decompress decompress) noexcept { return word_in(kDecompressWords, decompress); }
std::string_view word_of(OnBad on_bad) noexcept { return word_in(kOnBadWords, on_bad); }

bool map_combines(const Job& job) noexcept { return job.reduce && job.map.builtin && job.map.builtin->combines(); }

std::string describe(const Job& job) {
    const MapSpec& map = job.map;
    std::string text = fmt::format("job       {}{}\n", job.file.string(), job.form_of_2014 ? " (form of 2014)" : "");
    text += fmt::format("map       {}; input {}, decompress {}, workers {}, hung after {} s{}\n", described(map),
                        word_of(map.input), word_of(map.decompress), map.workers ? std::to_string(map.workers) : "auto",
                        map.timeout.count(), map.allow_early_exit ? ", may end early" : "");
    text += fmt::format("combine   {}\n", described(job.combine, map_combines(job) ? "by the map, in parts" : "no"));
    text += fmt::format("reduce    {}{}\n",
                        map_combines(job) && job.reduce->operation ? "builtin, the parts of the map"
                                                                   : described(job.reduce, "no (map-only)"),
                        job.reducers > 1 ? fmt::format(", {} reducers", job.reducers) : "");
    text += fmt::format("records   {} of at most {} bytes; bad ones: {}, {}\n", word_of(job.records.format),
                        job.records.max_bytes, word_of(job.records.on_bad), described(job.records.max_bad));
    return text;
}

}  // namespace af
