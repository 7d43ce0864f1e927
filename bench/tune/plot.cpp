#include "bench/tune/plot.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

namespace af::bench {
namespace {

constexpr double kWidth = 260, kHeight = 240, kLeft = 44, kRight = 12, kTop = 28, kBottom = 34;

struct Axis {
    const char* title;
    unsigned Tuning::*value;
};
constexpr Axis kAxes[] = {{"workers", &Tuning::workers},
                          {"decoders", &Tuning::decoders},
                          {"fetch width", &Tuning::fetch},
                          {"depth", &Tuning::depth}};

// Later rungs, with more data behind them, are darker.
constexpr const char* kColours[] = {"#c6dbef", "#6baed6", "#08306b"};

std::string escape_html(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
        switch (c) {
            case '&': escaped += "&amp;"; break;
            case '<': escaped += "&lt;"; break;
            case '>': escaped += "&gt;"; break;
            case '"': escaped += "&quot;"; break;
            default: escaped += c;
        }
    }
    return escaped;
}

std::string value_text(unsigned value) { return value == 0 ? "auto" : fmt::format("{}", value); }

// The speeds that are drawn, with some room around.
struct Scale {
    double least = 1, most = 1;
    double y(double speedup) const { return kTop + (kHeight - kTop - kBottom) * (most - speedup) / (most - least); }
};

Scale scale_of(const std::vector<Measured>& measured) {
    Scale scale;
    for (const Measured& one : measured) {
        scale.least = std::min(scale.least, one.speedup);
        scale.most = std::max(scale.most, one.speedup);
    }
    const double room = std::max(0.05, 0.05 * (scale.most - scale.least));
    return {scale.least - room, scale.most + room};
}

std::string panel(const Axis& axis, const std::vector<Measured>& measured, const Tuning& chosen, const Scale& scale) {
    std::vector<unsigned> values{chosen.*axis.value};
    for (const Measured& one : measured) values.push_back(one.tuning.*axis.value);
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    const double step = (kWidth - kLeft - kRight) / static_cast<double>(values.size());
    const auto x = [&](unsigned value) {
        const auto place = std::lower_bound(values.begin(), values.end(), value) - values.begin();
        return kLeft + step * (static_cast<double>(place) + 0.5);
    };
    std::string svg = fmt::format("<svg width=\"{}\" height=\"{}\" role=\"img\"><title>speed by {}</title>\n", kWidth,
                                  kHeight, axis.title);
    svg += fmt::format("<text x=\"{:.0f}\" y=\"16\" text-anchor=\"middle\" font-weight=\"bold\">{}</text>\n",
                       kWidth / 2, axis.title);
    for (const double speed : {scale.least, 1.0, scale.most}) {
        svg += fmt::format(
            "<line x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#bbb\"/><text x=\"{}\" y=\"{:.1f}\" "
            "text-anchor=\"end\">{:.2f}</text>\n",
            kLeft, kWidth - kRight, scale.y(speed), scale.y(speed), kLeft - 5, scale.y(speed) + 4, speed);
    }
    for (const unsigned value : values) {
        const bool mine = value == chosen.*axis.value;
        svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\"{}>{}</text>\n", x(value), kHeight - 14,
                           mine ? " font-weight=\"bold\" fill=\"#c00\"" : "", value_text(value));
    }
    for (std::size_t i = 0; i < measured.size(); ++i) {
        const Measured& one = measured[i];
        // Side by side, so that equal ones can be told apart.
        const double aside = step * 0.5 * (static_cast<double>(i * 7 % 11) / 10 - 0.5);
        svg += fmt::format(
            "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"{}\"{}><title>{}: {:.2f} x, {:.2f} s on {:.1f} %"
            "</title></circle>\n",
            x(one.tuning.*axis.value) + aside, scale.y(one.speedup),
            kColours[std::min<std::size_t>(one.rung, std::size(kColours) - 1)],
            one.tuning == chosen ? " stroke=\"#c00\" stroke-width=\"2\"" : "", describe(one.tuning), one.speedup,
            one.seconds, 100 * one.share);
    }
    return svg + "</svg>\n";
}

}  // namespace

std::string plot_html(const std::vector<Measured>& measured, const Tuning& chosen, const std::string& sentence) {
    std::string html =
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>af-bench "
        "tune</title>\n<style>body{font:14px "
        "sans-serif;margin:24px}svg{font:12px sans-serif}</style></head><body>\n";
    html += "<p>" + escape_html(sentence) + "</p>\n<div>\n";
    const Scale scale = scale_of(measured);
    for (const Axis& axis : kAxes) html += panel(axis, measured, chosen, scale);
    html +=
        "</div>\n<p>Each dot is a measurement: how many times as fast as without any setting, on the same share of the "
        "data. "
        "Darker: on more of it. Red: what was chosen. Point at a dot for its figures.</p>\n</body></html>\n";
    return html;
}

}  // namespace af::bench
