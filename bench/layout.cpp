#include "bench/layout.hpp"

#include "bench/random.hpp"
#include "engine/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <span>

namespace af::bench {
namespace {

// Quantile of the standard normal distribution, good to 4.5e-4 (Abramowitz and Stegun 26.2.23).
double normal_quantile(double p) {
    if (p > 0.5) return -normal_quantile(1 - p);
    const double t = std::sqrt(-2 * std::log(p));
    const double above = 2.515517 + t * (0.802853 + t * 0.010328);
    const double below = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
    return above / below - t;
}

struct Weighted {
    std::string_view value;
    unsigned percent;
};

// A golden-ratio sequence covers the weights evenly, so that even a few objects have some of everything.
std::string_view pick(std::span<const Weighted> choices, std::uint32_t position) {
    std::uint32_t rest = static_cast<std::uint32_t>((std::uint64_t{position} * 100) >> 32);
    for (const Weighted& choice : choices) {
        if (rest < choice.percent) return choice.value;
        rest -= choice.percent;
    }
    return choices.back().value;
}

constexpr std::array<Weighted, 3> kReasons{{{"saved-session", 70}, {"idle-daily", 25}, {"test-ping", 5}}};
constexpr std::array<Weighted, 3> kApps{{{"Firefox", 72}, {"Fennec", 20}, {"Thunderbird", 8}}};
constexpr std::array<Weighted, 4> kChannels{{{"nightly", 45}, {"aurora", 20}, {"beta", 20}, {"release", 15}}};

std::string sanitised(std::string text) {
    std::ranges::replace(text, '-', '_');
    return text;
}

std::string version_of(unsigned major, std::string_view channel) {
    if (channel == "nightly") return fmt::format("{}.0a1", major);
    if (channel == "aurora") return fmt::format("{}.0a2", major);
    return fmt::format("{}.0", major);
}

std::vector<std::uint64_t> shuffled(std::vector<std::uint64_t> values, std::uint64_t seed) {
    Random random(seed);
    for (std::size_t i = values.size(); i > 1; --i) {
        std::swap(values[i - 1], values[random.below(static_cast<std::uint32_t>(i))]);
    }
    return values;
}

ObjectPlan plan_object(const LayoutOptions& options, std::uint32_t ordinal, std::uint64_t bytes) {
    constexpr std::uint32_t kGolden = 2654435769u;
    ObjectPlan plan;
    plan.seed = mix(options.seed, ordinal, 1);
    plan.bytes = bytes;
    plan.codec = options.codecs[ordinal % options.codecs.size()];
    Random random(mix(options.seed, ordinal, 2));
    const auto start = static_cast<std::uint32_t>(options.seed * 0x61c88647u);
    const auto step = [&](std::uint32_t n) { return start + kGolden * n; };
    const std::string_view reason = pick(kReasons, step(ordinal * 7 + 3));
    const std::string_view app = pick(kApps, step(ordinal));
    const std::string_view channel = pick(kChannels, step(ordinal * 3 + 1));
    const unsigned major = 22 + random.below(7);
    const unsigned month = 1 + random.below(11);
    const unsigned day = 1 + random.below(20);
    const std::string build = fmt::format("2013{:02}{:02}03{:02}{:02}", month, day, random.below(60), random.below(60));
    const std::string date = fmt::format("2013{:02}{:02}", month, day + 1 + random.below(7));
    const std::string version = version_of(major, channel);
    plan.topic = {std::string(reason), std::string(app), std::string(channel), version, build};
    plan.dimensions = {sanitised(plan.topic.reason), plan.topic.app_name, plan.topic.channel, version, build, date};
    plan.key = fmt::format("{}/{}/{}/{}/{}.{}.v2.log.{:016x}{:016x}{}", plan.dimensions[0], app, channel, version,
                           build, date, random.next(), random.next(), codec_suffix(plan.codec));
    return plan;
}

// Bad lines fall on the bytes of the data set evenly at random, so mostly into large objects.
void place_bad_lines(std::vector<ObjectPlan>& plans, const LayoutOptions& options) {
    std::uint64_t total = 0;
    for (const ObjectPlan& plan : plans) total += plan.bytes;
    Random random(mix(options.seed, 0, 3));
    for (std::uint32_t i = 0; i < options.bad_lines; ++i) {
        std::uint64_t at = random.next() % total;
        auto plan = plans.begin();
        for (; at >= plan->bytes; ++plan) at -= plan->bytes;
        plan->bad.push_back({at, i % 2 ? BadLine::json : BadLine::format});
    }
    for (ObjectPlan& plan : plans) std::ranges::stable_sort(plan.bad, {}, &BadSpot::after_bytes);
}

}  // namespace

std::vector<std::uint64_t> heavy_tailed_sizes(std::uint64_t bytes, std::uint32_t objects) {
    constexpr double kSigma = 1.5;
    std::vector<double> shares;
    double total = 0;
    for (std::uint32_t i = 0; i < objects; ++i) {
        shares.push_back(std::exp(kSigma * normal_quantile(1 - (i + 0.5) / objects)));
        total += shares.back();
    }
    std::vector<std::uint64_t> sizes;
    for (const double share : shares) {
        const auto size = static_cast<std::uint64_t>(static_cast<double>(bytes) * share / total);
        sizes.push_back(std::max<std::uint64_t>(1, size));
    }
    return sizes;
}

std::vector<ObjectPlan> plan_layout(const LayoutOptions& options) {
    constexpr std::uint64_t kUsualObjectBytes = 7'000'000;
    const std::uint64_t objects =
        options.objects != 0 ? options.objects : std::max<std::uint64_t>(8, options.bytes / kUsualObjectBytes);
    if (objects > options.bytes || objects > UINT32_MAX) {
        throw Error(ErrorKind::usage, fmt::format("{} objects do not fit in {} bytes", objects, options.bytes))
            .about("--objects")
            .hint("raise --bytes or lower --objects");
    }
    const auto count = static_cast<std::uint32_t>(objects);
    const auto sizes = shuffled(heavy_tailed_sizes(options.bytes, count), mix(options.seed, 0, 4));
    std::vector<ObjectPlan> plans;
    for (std::uint32_t i = 0; i < count; ++i) plans.push_back(plan_object(options, i, sizes[i]));
    place_bad_lines(plans, options);
    return plans;
}

}  // namespace af::bench
