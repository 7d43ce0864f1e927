#include "bench/truth.hpp"

#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

namespace af::bench {
namespace {

using Json = nlohmann::ordered_json;

// The systems that occur, sorted bytewise.
std::map<std::string, std::uint64_t> by_name(const OsCounts& counts) {
    std::map<std::string, std::uint64_t> sorted;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        if (counts[i] != 0) sorted.emplace(kOsNames[i], counts[i]);
    }
    return sorted;
}

Json os_json(const OsCounts& counts) {
    Json out = Json::object();
    for (const auto& [name, count] : by_name(counts)) out[name] = count;
    return out;
}

void put_totals(Json& out, const Totals& sums) {
    out["object_count"] = sums.objects;
    out["records"] = sums.records;
    out["bad_lines"] = sums.bad_lines;
    out["bytes_stored"] = sums.bytes_stored;
    out["bytes_inflated"] = sums.bytes_inflated;
    out["os"] = os_json(sums.os);
}

Json object_json(const ObjectTruth& object) {
    Json bad = Json::array();
    for (const BadLineAt& line : object.bad) bad.push_back({{"line", line.line}, {"kind", bad_line_name(line.kind)}});
    return {{"key", object.key},
            {"codec", codec_name(object.codec)},
            {"records", object.records},
            {"bytes_stored", object.bytes_stored},
            {"bytes_inflated", object.bytes_inflated},
            {"os", os_json(object.os)},
            {"bad", std::move(bad)}};
}

}  // namespace

void Totals::add(const ObjectTruth& object) {
    ++objects;
    bytes_stored += object.bytes_stored;
    bytes_inflated += object.bytes_inflated;
    records += object.records;
    bad_lines += object.bad.size();
    for (std::size_t i = 0; i < os.size(); ++i) os[i] += object.os[i];
}

Totals totals(const Truth& truth) {
    Totals sums;
    for (const ObjectTruth& object : truth.objects) sums.add(object);
    return sums;
}

std::string os_count_text(const OsCounts& counts) {
    std::string out;
    for (const auto& [name, count] : by_name(counts)) out += fmt::format("{} {}\n", name, count);
    return out;
}

std::string truth_json(const Truth& truth) {
    std::map<std::vector<std::string>, Totals> combinations;
    Json objects = Json::array();
    for (const ObjectTruth& object : truth.objects) {
        combinations[object.dimensions].add(object);
        objects.push_back(object_json(object));
    }
    Json out = Json::object();
    const Totals sums = totals(truth);
    put_totals(out, sums);
    out["combinations"] = Json::array();
    for (const auto& [dimensions, part] : combinations) {
        Json entry{{"dimensions", dimensions}};
        put_totals(entry, part);
        out["combinations"].push_back(std::move(entry));
    }
    out["objects"] = std::move(objects);
    return out.dump(1) + "\n";
}

}  // namespace af::bench
