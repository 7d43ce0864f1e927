#include "cli/explain.hpp"

#include "stages/text.hpp"

#include <fmt/format.h>

namespace af {
namespace {

std::string input_text(const std::vector<ObjectPtr>& objects) {
    std::uint64_t bytes = 0;
    std::size_t unknown = 0;
    for (const ObjectPtr& object : objects) {
        if (object->size == kUnknownSize)
            ++unknown;
        else
            bytes += object->size;
    }
    std::string text = fmt::format("input: {}, {} as stored", plural(objects.size(), "object"), size_text(bytes));
    if (unknown > 0) text += fmt::format(" and {} of unknown size", count_text(unknown));
    if (!objects.empty() && objects.front()->size != kUnknownSize) {
        text +=
            fmt::format("; the largest is {} ({})", escaped(objects.front()->name), size_text(objects.front()->size));
    }
    return text + "\n";
}

std::string mappers_text(const Job& job, const Widths& widths) {
    std::string text = fmt::format("{} map {}", widths.mappers, job.map.builtin ? "workers" : "processes");
    if (widths.most_mappers > widths.mappers) text += fmt::format(" (up to {} while the function waits)", widths.most_mappers);
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

}  // namespace af
