#include "stages/job/load_job.hpp"

#include "engine/file.hpp"
#include "stages/job/parse_steps.hpp"
#include "stages/job/settle_operations.hpp"

#include <charconv>
#include <fmt/format.h>

namespace af {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kMostReducers = 1024;

RecordsSpec parse_records(const YamlNode& node, std::string_view file) {
    constexpr std::string_view kWanted = "a count or a share such as 0.1%";
    YamlReader reader(node, file, "records");
    RecordsSpec records;
    records.format = reader.word("format", kFormatWords).value_or(records.format);
    records.max_bytes = reader.bytes("max_bytes", kLeastRecordBytes, kMostRecordBytes).value_or(records.max_bytes);
    records.on_bad = reader.word("on_bad", kOnBadWords).value_or(records.on_bad);
    if (const auto text = reader.written("max_bad", kWanted)) {
        const auto limit = parse_bad_limit(*text);
        if (!limit) throw reader.error("max_bad", fmt::format("must be {}, it is \"{}\"", kWanted, escaped(*text)));
        records.max_bad = *limit;
    }
    reader.refuse_other_keys();
    return records;
}

void check_combiner(const Job& job, const YamlReader& top) {
    if (!job.combine) return;
    if (!job.reduce) throw top.error("combine", "a job without reduce has nothing to combine for");
    const auto combined = job.combine->operation;
    const auto reduced = job.reduce->operation;
    if (combined == BuiltinOperation::mean && reduced != BuiltinOperation::mean) {
        throw top.error("combine", "a mean of means is not the mean of all values")
            .hint("combine by mean only before reduce: {language: builtin, operation: mean}");
    }
    const bool counts_are_added = combined == BuiltinOperation::count && reduced == BuiltinOperation::sum;
    if (combined && reduced && *combined != *reduced && !counts_are_added) {
        throw top
            .error("combine", fmt::format("{} of values that {} has replaced is not {} of all values",
                                          word_of(*reduced), word_of(*combined), word_of(*reduced)))
            .hint("use the same operation for combine and reduce");
    }
}

Job parse_full(YamlReader& top, std::string_view file, const fs::path& folder) {
    Job job;
    job.map = parse_map(*top.node("map"), file, folder);
    if (const YamlNode* combine = top.node("combine")) job.combine = parse_group(*combine, "combine", file, folder);
    std::optional<BuiltinOperation> implied;
    if (job.map.builtin) implied = job.map.builtin->outputs.front().operation;
    if (const YamlNode* reduce = top.node("reduce")) job.reduce = parse_group(*reduce, "reduce", file, folder, implied);
    if (const YamlNode* records = top.node("records")) job.records = parse_records(*records, file);
    job.reducers = static_cast<unsigned>(top.number("reducers", 1, kMostReducers).value_or(1));
    top.refuse_other_keys();
    settle_operations(job, top);
    check_combiner(job, top);
    return job;
}

std::string text_of(const fs::path& file) {
    std::error_code ignored;
    const auto status = fs::status(file, ignored);
    const auto refuse = [&](std::string_view what) {
        return Error(ErrorKind::config, fmt::format("{}: {}", file.string(), what)).about(file.string());
    };
    if (!fs::exists(status)) throw refuse("there is no such file").hint("a job is a folder with analysis-tools.yml");
    if (!fs::is_regular_file(status)) throw refuse("not a file");
    return read_text(file, YamlLimits().max_bytes);
}

}  // namespace

std::optional<BadLimit> parse_bad_limit(std::string_view text) {
    BadLimit limit;
    const bool is_share = text.ends_with('%');
    if (is_share) text.remove_suffix(1);
    const char* end = text.data() + text.size();
    if (is_share) {
        double percent = 0;
        const auto [stop, error] = std::from_chars(text.data(), end, percent, std::chars_format::fixed);
        if (error != std::errc() || stop != end || !(percent >= 0 && percent <= 100)) return std::nullopt;
        limit.share = percent / 100;
    } else {
        std::uint64_t count = 0;
        const auto [stop, error] = std::from_chars(text.data(), end, count);
        if (error != std::errc() || stop != end) return std::nullopt;
        limit.count = count;
    }
    return limit;
}

Job parse_job(std::string_view text, const fs::path& file) {
    const std::string name = file.string();
    const YamlNode root = parse_yaml(text, name);
    YamlReader top(root, name, "");
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    const bool form_of_2014 = !top.has("map") && top.has("language");
    if (!form_of_2014 && !top.has("map"))
        throw top.error_at(1, "neither map (the full form) nor language (the form of 2014) is there");
    Job job = form_of_2014 ? parse_form_of_2014(top, folder) : parse_full(top, name, folder);
    job.form_of_2014 = form_of_2014;
    job.folder = folder;
    job.file = file;
    return job;
}

Job load_job(const fs::path& path) {
    std::error_code ignored;
    const fs::path file = fs::is_directory(path, ignored) ? path / "analysis-tools.yml" : path;
    return parse_job(text_of(file), file);
}

}  // namespace af
