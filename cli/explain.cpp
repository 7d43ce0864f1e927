#include "cli/explain.hpp"

#include "stages/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {
namespace {

struct StoredSize {
    std::uint64_t bytes = 0;
    std::size_t unknown = 0;  // objects
};

StoredSize stored_size(const std::vector<ObjectPtr>& objects) {
    StoredSize size;
    for (const ObjectPtr& object : objects) {
        if (object->size == kUnknownSize)
            ++size.unknown;
        else
            size.bytes += object->size;
    }
    return size;
}

std::string input_text(const std::vector<ObjectPtr>& objects) {
    const StoredSize size = stored_size(objects);
    std::string text = fmt::format("input: {}, {} as stored", plural(objects.size(), "object"), size_text(size.bytes));
    if (size.unknown > 0) text += fmt::format(" and {} of unknown size", count_text(size.unknown));
    if (!objects.empty() && objects.front()->size != kUnknownSize) {
        text +=
            fmt::format("; the largest is {} ({})", escaped(objects.front()->name), size_text(objects.front()->size));
    }
    return text + "\n";
}

std::string mappers_text(const Job& job, const Widths& widths) {
    std::string text = fmt::format("{} map {}", widths.mappers, job.map.builtin ? "workers" : "processes");
    if (widths.most_mappers > widths.mappers)
        text += fmt::format(" (up to {} while the function waits)", widths.most_mappers);
    return text;
}

}  // namespace

std::string plan_text(const Job& job, const Widths& widths, const std::vector<ObjectPtr>& objects) {
    std::string text = describe(job);
    if (!text.ends_with('\n')) text += '\n';
    text += input_text(objects);
    text += fmt::format(
        "widths: up to {} objects fetched at a time, {} decompressed, {} split, {}, {} collecting\n", widths.fetch,
        widths.decoders, widths.splitters, mappers_text(job, widths), widths.collectors);
    const auto lines = memory_bound(widths, job, objects.size());
    text += fmt::format("memory: at most {} ({} bytes), the job's own processes apart\n", size_text(total(lines)),
                        total(lines));
    for (const MemoryLine& line : lines) text += fmt::format("  {:>7}  {}\n", size_text(line.bytes), line.what);
    return text;
}

std::string plan_json(const Job& job, const Widths& widths, const std::vector<ObjectPtr>& objects) {
    const StoredSize size = stored_size(objects);
    const auto lines = memory_bound(widths, job, objects.size());
    nlohmann::ordered_json plan{
        {"type", "plan"},
        {"job", describe(job)},
        {"input",
         {{"objects", objects.size()}, {"stored_bytes", size.bytes}, {"objects_of_unknown_size", size.unknown}}},
        {"widths",
         {{"fetch", widths.fetch},
          {"decoders", widths.decoders},
          {"splitters", widths.splitters},
          {"mappers", widths.mappers},
          {"most_mappers", widths.most_mappers},
          {"collectors", widths.collectors},
          {"depth", widths.depth}}},
        {"memory_bytes", total(lines)},
        {"memory", nlohmann::ordered_json::array()}};
    for (const MemoryLine& line : lines) plan["memory"].push_back({{"what", line.what}, {"bytes", line.bytes}});
    return plan.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace af
