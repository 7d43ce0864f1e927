#include "stages/list_tree.hpp"

#include "engine/join.hpp"
#include "stages/filter/layout.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <utility>

namespace af {
namespace {

// One round: all prefixes of one level (or, last, everything below those that are left).
struct Round {
    ObjectStore& store;
    const std::string& root;
    const TreeOptions& options;
    Found& found;
    std::stop_token stop;
    std::size_t level = 0;  // of the values that the delimiter separates; objects were judged up to here
    std::string delimiter = {};
    std::vector<std::string> prefixes = {};
    std::size_t next = 0;                // the first prefix that nobody has taken
    std::vector<std::string> kept = {};  // for the next round
};

void judge_object(Round& round, ObjectRef object) {
    if (object.name.ends_with('/')) return;
    ++round.found.seen;
    if (const Filter* filter = round.options.filter) {
        const auto name = relative_to(round.root, object.name);
        if (!name || !round.found.tally.keeps_object(*filter, *name, round.level)) return;
    }
    add_found(round.found, std::move(object), round.options.max_objects);
}

void judge_prefix(Round& round, const std::string& parent, std::string prefix) {
    std::string_view value = std::string_view(prefix).substr(parent.size());
    value.remove_suffix(round.delimiter.size());
    const bool in_file_name = round.level >= kDirectoryLevels;
    if (in_file_name && value.find('/') != value.npos) {  // a fifth directory: nothing below can fit
        round.found.tally.misfit(std::string_view(prefix).substr(round.root.size()));
        return;
    }
    if (round.found.tally.keeps_folder(*round.options.filter, round.level, value))
        round.kept.push_back(std::move(prefix));
}

Task<void> list_prefix(Round& round, std::string prefix) {
    std::string token;
    do {
        if (round.stop.stop_requested()) throw Error(ErrorKind::cancelled, fmt::format("list {}: stopped", prefix));
        ListPage page = co_await round.store.list(prefix, round.delimiter, token, round.stop);
        for (ObjectRef& object : page.objects) judge_object(round, std::move(object));
        for (std::string& below : page.prefixes) judge_prefix(round, prefix, std::move(below));
        for (std::string& note : page.notes) round.found.notes.push_back(std::move(note));
        if (!page.next_token.empty() && page.next_token == token) {
            throw Error(ErrorKind::corrupt,
                        fmt::format("list {}: the store answers with the same page again and again", prefix))
                .about(prefix);
        }
        token = std::move(page.next_token);
    } while (!token.empty());
}

Task<void> list_prefixes(Round& round) {
    while (round.next < round.prefixes.size()) {
        std::string prefix = round.prefixes[round.next++];
        try {
            co_await list_prefix(round, std::move(prefix));
        } catch (...) {
            round.next = round.prefixes.size();  // the others stop too
            throw;
        }
    }
}

Task<void> run_round(Round& round) {
    const std::size_t width = std::min<std::size_t>(std::max(1u, round.options.width), round.prefixes.size());
    std::vector<Task<void>> tasks;
    for (std::size_t i = 0; i < width; ++i) tasks.push_back(list_prefixes(round));
    co_await join(std::move(tasks));
}

}  // namespace

void add_found(Found& found, ObjectRef object, std::size_t max_objects) {
    if (found.objects.size() == max_objects) {
        throw Error(ErrorKind::usage, fmt::format("more than {} input files", max_objects))
            .about(object.name)
            .hint("narrow the filter or split the input into several runs");
    }
    found.objects.push_back(std::move(object));
}

Task<void> list_tree(ObjectStore& store, std::string root, TreeOptions options, Found& found, std::stop_token stop) {
    Round round{.store = store, .root = root, .options = options, .found = found, .stop = stop};
    round.prefixes.push_back(root);
    const std::size_t levels = !options.filter ? 0 : options.split_names ? kLevels : kDirectoryLevels;
    for (round.level = 0; round.level < levels && !round.prefixes.empty(); ++round.level) {
        round.delimiter.assign(1, round.level < kDirectoryLevels ? '/' : '.');
        co_await run_round(round);
        round.prefixes = std::exchange(round.kept, {});
        round.next = 0;
    }
    round.delimiter.clear();
    if (!round.prefixes.empty()) co_await run_round(round);
}

}  // namespace af
