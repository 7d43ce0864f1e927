#include "stages/gather.hpp"

#include "engine/release_memory.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <iterator>
#include <limits>
#include <unordered_map>
#include <unordered_set>

namespace af {
namespace {

constexpr std::size_t kBadTextPerObject = 4 << 20;  // of the records themselves; lines and reasons go on

struct Open {
    std::shared_ptr<Spool> lines;
    std::optional<ObjectEnd> end;
    std::uint32_t units_done = 0;
    WholeObject made;
    std::uint64_t no_text_from = std::numeric_limits<std::uint64_t>::max();  // the line from which there was no room

    bool complete() const { return end && (end->failed || units_done == end->units); }

    // Of all that were told so far the first by line, and of their text what comes before the first that has no room:
    // the same in the end, whatever order units come in.
    void keep_bad(std::vector<BadRecord>&& more) {
        for (const BadRecord& record : more) ++made.bad_by_kind[record.kind];
        std::stable_sort(more.begin(), more.end(), is_before);
        std::vector<BadRecord>& kept = made.bad;
        if (more.empty() || (kept.size() == kBadKeptPerObject && !is_before(more.front(), kept.back()))) return;
        const auto known = static_cast<std::ptrdiff_t>(kept.size());
        std::move(more.begin(), more.end(), std::back_inserter(kept));
        std::inplace_merge(kept.begin(), kept.begin() + known, kept.end(), is_before);
        if (kept.size() > kBadKeptPerObject) kept.resize(kBadKeptPerObject);
        drop_text_without_room();
    }

private:
    static bool is_before(const BadRecord& a, const BadRecord& b) { return a.line < b.line; }

    void drop_text_without_room() {
        std::size_t left = kBadTextPerObject;
        for (BadRecord& record : made.bad) {
            if (record.record.size() > left) no_text_from = std::min(no_text_from, record.line);
            if (record.line >= no_text_from) release_memory(record.record);
            left -= record.record.size();
        }
    }
};

using OpenObjects = std::unordered_map<std::uint32_t, Open>;  // by ordinal

void take(Open& open, MapOutput&& output) {
    open.lines->add(output.sequence, output.part, std::move(output.lines));
    if (!output.last) return;
    ++open.units_done;
    open.made.records += output.records_in;
    open.keep_bad(std::move(output.bad));
    for (const auto& [kind, count] : output.more_bad) open.made.bad_by_kind[kind] += count;
    for (const auto& [name, count] : output.counters) open.made.counters[name] += count;
}

std::uint64_t more_bad(const MapOutput& output) {
    std::uint64_t sum = 0;
    for (const auto& [kind, count] : output.more_bad) sum += count;
    return sum;
}

void spill_largest(OpenObjects& objects) {
    const auto largest = std::max_element(objects.begin(), objects.end(), [](const auto& a, const auto& b) {
        return a.second.lines->bytes_in_memory() < b.second.lines->bytes_in_memory();
    });
    if (largest != objects.end()) largest->second.lines->spill();
}

void settle(Open& open, Ledger& ledger) {
    WholeObject& made = open.made;
    const std::uint64_t told = open.end->bad.size();  // the splitter tells the first long lines and counts all
    open.keep_bad(std::move(open.end->bad));
    if (open.end->long_lines > told) made.bad_by_kind["long_line"] += open.end->long_lines - told;
    std::uint64_t all = 0;
    for (const auto& [kind, count] : made.bad_by_kind) all += count;
    if (all > made.bad.size()) {
        made.bad.push_back(
            {0, "more",
             fmt::format("{} more bad records of this object are counted but not listed", all - made.bad.size()), ""});
    }
    made.bytes_mapped = open.lines->bytes();
    ledger.whole(*open.end, made);
}

}  // namespace

Task<void> gather(Ports<MapItem, ObjectOutput> io, SpoolBudget& budget, Ledger& ledger) {
    OpenObjects objects;
    std::unordered_set<std::uint32_t> failed;  // parts of a failed object may still be on their way
    while (auto item = co_await io.in.next()) {
        auto* output = std::get_if<MapOutput>(&*item);
        const ObjectPtr object = output ? output->object : std::get<ObjectEnd>(*item).object;
        if (failed.contains(object->ordinal)) continue;
        Open& open = objects[object->ordinal];
        if (!open.lines) open.lines = std::make_shared<Spool>(budget);
        if (output) {
            if (output->last) ledger.seen(*object, output->records_in, output->bad, more_bad(*output));
            take(open, std::move(*output));
            if (budget.used_bytes > budget.limit_bytes) spill_largest(objects);
        } else {
            open.end = std::move(std::get<ObjectEnd>(*item));
            ledger.seen(*object, open.end->long_lines, open.end->bad);
        }
        if (!open.complete()) continue;
        if (open.end->failed) {
            io.failed(object->name, *open.end->failed);
            ledger.lost(object, *open.end->failed);
            failed.insert(object->ordinal);
            objects.erase(object->ordinal);
            continue;
        }
        settle(open, ledger);
        ObjectOutput done{object, open.lines};
        objects.erase(object->ordinal);
        co_await io.out.put(std::move(done));
    }
    if (!objects.empty()) {
        throw Error(ErrorKind::bug, fmt::format("{} objects never ended", objects.size()));
    }
}

}  // namespace af
