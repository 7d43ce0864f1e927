#include "stages/job/parse_steps.hpp"

#include "stages/job/parse_builtin.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace af {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostWorkers = 1024;
constexpr std::uint64_t kLongestTimeout = 7 * 24 * 3600;  // seconds

// Scripts travel with their folder into tasks, so nothing outside it may be named.
fs::path checked_script(YamlReader& reader, const std::string& script, Language language, const fs::path& folder) {
    if (script.empty()) throw reader.error("script", "is empty");
    const fs::path relative = fs::path(script).lexically_normal();
    if (relative.is_absolute() || *relative.begin() == "..") {
        throw reader.error("script", fmt::format("\"{}\" lies outside the folder of the job", escaped(script)))
            .hint("name it relative to the job file");
    }
    const fs::path path = folder / relative;
    std::error_code ignored;
    const fs::file_status status = fs::status(path, ignored);
    if (!fs::exists(status)) throw reader.error("script", fmt::format("there is no {}", path.string()));
    if (!fs::is_regular_file(status)) throw reader.error("script", fmt::format("{} is not a file", path.string()));
    if (::access(path.c_str(), R_OK) != 0)
        throw reader.error("script", fmt::format("{} cannot be read", path.string()));
    if (language == Language::binary && ::access(path.c_str(), X_OK) != 0) {
        throw reader.error("script", fmt::format("{} cannot be executed", path.string()))
            .hint(fmt::format("chmod +x {}", path.string()));
    }
    return path;
}

bool is_identifier(std::string_view name, Language language) {
    for (std::size_t i = 0; i < name.size(); ++i) {
        const auto c = static_cast<unsigned char>(name[i]);
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
        const bool digit = c >= '0' && c <= '9' && i > 0;
        if (!letter && !digit && !(c == '$' && language == Language::javascript)) return false;
    }
    return !name.empty();
}

ScriptSpec parse_code(YamlReader& reader, Language language, std::string_view default_function,
                      const fs::path& folder) {
    ScriptSpec code;
    code.language = language;
    const auto script = reader.text("script");
    if (!script) throw reader.error("script", "is missing");
    code.script = checked_script(reader, *script, language, folder);
    if (language == Language::binary || language == Language::native) {
        if (reader.has("function"))
            throw reader.error("function", fmt::format("{} code has no functions to choose from", word_of(language)));
    } else {
        code.function = reader.text("function").value_or(std::string(default_function));
        if (!is_identifier(code.function, language))
            throw reader.error("function", fmt::format("\"{}\" is not a name", escaped(code.function)));
    }
    code.arguments = reader.texts("arguments").value_or(std::vector<std::string>());
    return code;
}

Language parse_language(YamlReader& reader, bool is_map) {
    const auto language = reader.word("language", kLanguageWords);
    if (!language) throw reader.error("language", "is missing");
    if (*language == Language::native && !is_map) {
        throw reader.error("language", "native is for map alone").hint("use builtin, python, javascript or binary");
    }
    return *language;
}

unsigned parse_workers(YamlReader& reader) {
    const YamlNode* workers = reader.node("workers");
    if (!workers || workers->text == "auto") return 0;
    return static_cast<unsigned>(reader.number("workers", 1, kMostWorkers).value_or(0));
}

}  // namespace

MapSpec parse_map(const YamlNode& node, std::string_view file, const fs::path& folder) {
    YamlReader reader(node, file, "map");
    MapSpec map;
    const Language language = parse_language(reader, true);
    if (language == Language::builtin) {
        map.code.language = language;
        map.builtin = parse_builtin(reader, file);
    } else {
        map.code = parse_code(reader, language, "mapper", folder);
    }
    map.decompress = reader.word("decompress", kDecompressWords).value_or(map.decompress);
    map.input = reader.word("input", kInputWords).value_or(map.input);
    map.workers = parse_workers(reader);
    map.timeout = std::chrono::seconds(
        reader.number("timeout", 1, kLongestTimeout).value_or(static_cast<std::uint64_t>(map.timeout.count())));
    map.allow_early_exit = reader.boolean("allow_early_exit").value_or(false);
    reader.refuse_other_keys();
    return map;
}

GroupSpec parse_group(const YamlNode& node, std::string name, std::string_view file, const fs::path& folder,
                      std::optional<BuiltinOperation> implied) {
    YamlReader reader(node, file, std::move(name));
    GroupSpec group;
    const Language language = parse_language(reader, false);
    if (language == Language::builtin) {
        group.operation = reader.word("operation", kOperationWords);
        if (!group.operation) {
            if (!implied) throw reader.error("operation", "is missing").hint("one of sum, count, min, max, mean");
            group.operation = implied;
        }
    } else {
        group.code = parse_code(reader, language, "reduce", folder);
    }
    reader.refuse_other_keys();
    return group;
}

Job parse_form_of_2014(YamlReader& top, const fs::path& folder) {
    Job job;
    ScriptSpec& map = job.map.code;
    map.language = parse_language(top, true);
    if (map.language == Language::builtin || map.language == Language::native) {
        throw top.error("language", fmt::format("{} is not in the form of 2014", word_of(map.language)))
            .hint("write it below map:");
    }
    const auto named = top.text("script");
    if (!named && map.language != Language::python) throw top.error("script", "is missing");
    const std::string script = named.value_or("mapper.py");
    map.script = checked_script(top, script, map.language, folder);
    map.arguments = top.texts("arguments").value_or(std::vector<std::string>());
    job.map.decompress = top.word("decompress", kDecompressWords).value_or(job.map.decompress);
    top.refuse_other_keys();
    ScriptSpec reduce = map;
    if (map.language == Language::python) {
        const fs::path beside = fs::path(script).parent_path() / "reducer.py";
        reduce.script = checked_script(top, beside.string(), map.language, folder);
    }
    if (map.language != Language::binary) {
        map.function = "mapper";
        reduce.function = "reduce";
    }
    job.reduce = GroupSpec{.code = std::move(reduce), .operation = std::nullopt};
    return job;
}

}  // namespace af
