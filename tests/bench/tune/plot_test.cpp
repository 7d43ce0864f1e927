#include "bench/tune/plot.hpp"

#include <catch2/catch.hpp>

using namespace af;
using namespace af::bench;

namespace {

std::size_t count(const std::string& text, const std::string& what) {
    std::size_t found = 0;
    for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++found;
    return found;
}

}  // namespace

TEST_CASE("a plot has a panel for each setting and in it a dot for each measurement, and needs no other file") {
    const Tuning chosen{.processors = 2, .workers = 3, .decoders = 2, .fetch = 8, .depth = 4};
    const std::vector<Measured> measured{
        {.tuning = {.processors = 2}, .rung = 3, .share = 1, .seconds = 10, .speedup = 1},
        {.tuning = chosen, .rung = 3, .share = 1, .seconds = 8, .speedup = 1.25}};
    const std::string html = plot_html(measured, chosen, "a < b & \"c\"");
    CHECK(count(html, "<svg") == 4);
    CHECK(count(html, "<circle") == 8);
    CHECK(count(html, "stroke=\"#c00\"") == 4);  // the one that was chosen, in each panel
    CHECK(html.find("a &lt; b &amp; &quot;c&quot;") != html.npos);
    CHECK(html.find("1.25 x, 8.00 s") != html.npos);
    CHECK(html.find("http") == html.npos);
    CHECK(html.find("<script") == html.npos);
}
