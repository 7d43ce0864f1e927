#include "bench/tune/space.hpp"

#include "engine/error.hpp"

#include <algorithm>
#include <charconv>

namespace af::bench {
namespace {

constexpr unsigned kMostWidth = 1024;

unsigned parse_value(const std::string& option, std::string_view text) {
    if (text == "auto") return 0;
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > kMostWidth)
        throw Error(ErrorKind::usage, "\"" + std::string(text) + "\" is neither auto nor a number from 1 to 1024")
            .about(option)
            .hint("list what is to be tried, e.g. auto,2,8");
    return value;
}

std::vector<unsigned> distinct(std::vector<unsigned> values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
}

}  // namespace

TuneValues usual_values(unsigned processors, bool remote) {
    const std::vector<unsigned> around =
        distinct({std::max(1u, processors / 2), processors, processors + (processors + 1) / 2});
    return {.workers = around,
            .decoders = around,
            .fetch = remote ? std::vector<unsigned>{0, 8, 32} : std::vector<unsigned>{0, 2, 8},
            .depth = {2, 4, 16}};
}

std::vector<unsigned> parse_values(const std::string& option, const std::string& text) {
    std::vector<unsigned> values;
    for (std::string_view rest = text;;) {
        const std::size_t comma = rest.find(',');
        values.push_back(parse_value(option, rest.substr(0, comma)));
        if (comma == rest.npos) return distinct(std::move(values));
        rest.remove_prefix(comma + 1);
    }
}

std::vector<Tuning> combinations(const TuneValues& values, unsigned processors) {
    std::vector<Tuning> all;
    for (const unsigned workers : values.workers)
        for (const unsigned decoders : values.decoders)
            for (const unsigned fetch : values.fetch)
                for (const unsigned depth : values.depth)
                    all.push_back({.processors = processors,
                                   .workers = workers,
                                   .decoders = decoders,
                                   .fetch = fetch,
                                   .depth = depth});
    return all;
}

std::vector<Tuning> distinct_in_effect(const std::vector<Tuning>& settings, const Job& job, bool remote,
                                       const InputShape& input) {
    std::vector<Tuning> kept;
    std::vector<Widths> effects;
    const auto add = [&](const Tuning& tuning) {
        WidthOptions options;
        apply_tuning(options, tuning, tuning.processors);
        const Widths effect = choose_widths(options, job, tuning.processors, remote, input);
        if (std::find(effects.begin(), effects.end(), effect) != effects.end()) return;
        effects.push_back(effect);
        kept.push_back(tuning);
    };
    add({.processors = settings.front().processors});
    for (const Tuning& tuning : settings) add(tuning);
    return kept;
}

}  // namespace af::bench
