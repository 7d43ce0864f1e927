#include "stages/parts/merged_parts.hpp"

#include <algorithm>

namespace af {
namespace {

struct Place {
    const ObjectAccount* account;
    std::size_t task;
};

void add_totals(Totals& sum, const Totals& part) {
    sum.objects_asked += part.objects_asked;
    sum.objects_read += part.objects_read;
    sum.objects_lost += part.objects_lost;
    sum.bytes_asked += part.bytes_asked;
    sum.bytes_stored += part.bytes_stored;
    sum.bytes_inflated += part.bytes_inflated;
    sum.lines += part.lines;
    sum.records += part.records;
    sum.bad += part.bad;
    sum.bytes_mapped += part.bytes_mapped;
    for (const auto& [kind, count] : part.bad_by_kind) sum.bad_by_kind[kind] += count;
    for (const auto& [name, count] : part.counters) sum.counters[name] += count;
}

// The ordinals of a part are those of its objects by name: else its pairs would not be in order any more.
void check_order(const PartManifest& task) {
    for (std::size_t i = 1; i < task.accounts.size(); ++i) {
        const std::string& name = task.accounts[i].object->name;
        if (task.accounts[i - 1].object->name >= name)
            throw Error(ErrorKind::corrupt, "the objects of its task's manifest are not sorted by name").about(name);
    }
}

ObjectAccount renumbered(const ObjectAccount& account, std::uint32_t ordinal) {
    ObjectRef object = *account.object;
    object.ordinal = ordinal;
    ObjectAccount copy = account;
    copy.object = std::make_shared<const ObjectRef>(std::move(object));
    return copy;
}

// As a job that is not shared out would name it.
std::optional<FirstBad> first_bad_of(const std::vector<PartManifest>& tasks) {
    std::optional<FirstBad> first;
    for (const PartManifest& task : tasks) {
        const std::optional<FirstBad>& bad = task.totals.first_bad;
        if (bad && (!first || bad->object < first->object)) first = bad;
    }
    return first;
}

}  // namespace

MergedParts merge_manifests(const std::vector<PartManifest>& tasks) {
    MergedParts merged;
    std::vector<Place> places;
    for (std::size_t task = 0; task < tasks.size(); ++task) {
        check_order(tasks[task]);
        add_totals(merged.totals, tasks[task].totals);
        merged.pairs += tasks[task].pairs;
        merged.ordinals.emplace_back(tasks[task].accounts.size());
        for (const ObjectAccount& account : tasks[task].accounts) places.push_back({&account, task});
    }
    merged.totals.first_bad = first_bad_of(tasks);
    std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
        return a.account->object->name < b.account->object->name;
    });
    for (const Place& place : places) {
        const std::string& name = place.account->object->name;
        if (!merged.accounts.empty() && merged.accounts.back().object->name == name)
            throw Error(ErrorKind::corrupt, "it was read by two tasks, or twice by one")
                .about(name)
                .hint("give each object to one task");
        const auto ordinal = static_cast<std::uint32_t>(merged.accounts.size());
        merged.ordinals[place.task][place.account->object->ordinal] = ordinal;
        merged.accounts.push_back(renumbered(*place.account, ordinal));
    }
    return merged;
}

}  // namespace af
