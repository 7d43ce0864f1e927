#include "stages/flow/tuning_file.hpp"

#include "engine/file.hpp"
#include "stages/job/yaml_reader.hpp"

#include <fmt/format.h>
#include <charconv>

namespace af {
namespace {

constexpr unsigned kMostWidth = 1024;

unsigned width(YamlReader& reader, std::string_view key) {
    const auto text = reader.written(key, "a number or auto");
    if (!text || *text == "auto") return 0;
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size() || value < 1 || value > kMostWidth)
        throw reader.error(key, fmt::format("must be auto or 1 to {}, it is \"{}\"", kMostWidth, escaped(*text)));
    return value;
}

std::string word(unsigned width) { return width == 0 ? "auto" : fmt::format("{}", width); }

}  // namespace

std::optional<Tuning> read_tuning(const std::filesystem::path& file) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) return std::nullopt;
    const std::string name = file.string();
    const YamlNode tree = parse_yaml(read_text(file, YamlLimits().max_bytes), name);
    YamlReader reader(tree, name, "");
    Tuning tuning;
    tuning.processors = static_cast<unsigned>(reader.number("processors", 1, kMostWidth).value_or(0));
    if (tuning.processors == 0)
        throw reader.error_at(1, "processors is missing: widths hold for the machine they were measured on");
    tuning.workers = width(reader, "workers");
    tuning.decoders = width(reader, "decoders");
    tuning.fetch = width(reader, "fetch_width");
    tuning.depth = width(reader, "depth");
    reader.refuse_other_keys();
    return tuning;
}

std::string tuning_text(const Tuning& tuning) {
    return fmt::format("processors: {}\nworkers: {}\ndecoders: {}\nfetch_width: {}\ndepth: {}\n", tuning.processors,
                       word(tuning.workers), word(tuning.decoders), word(tuning.fetch), word(tuning.depth));
}

std::string describe(const Tuning& tuning) {
    return fmt::format("workers {}, decoders {}, fetch width {}, depth {}", word(tuning.workers), word(tuning.decoders),
                       word(tuning.fetch), word(tuning.depth));
}

bool apply_tuning(WidthOptions& options, const Tuning& tuning, unsigned processors) {
    if (tuning.processors != processors) return false;
    const auto fill = [](unsigned& option, unsigned tuned) {
        if (option == 0) option = tuned;
    };
    fill(options.mappers, tuning.workers);
    fill(options.decoders, tuning.decoders);
    fill(options.fetch, tuning.fetch);
    fill(options.depth, tuning.depth);
    return true;
}

}  // namespace af
