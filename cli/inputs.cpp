#include "cli/inputs.hpp"

#include "engine/file.hpp"
#include "stages/filter/parse_filter.hpp"
#include "stages/submit/query_index.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <unistd.h>

namespace af {

Filter read_filter(const std::string& path) {
    const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now())};
    try {
        return parse_filter(read_text(path, 1 << 20), path, today);
    } catch (const Error& error) {
        // A filter is an argument of the command, not part of the job.
        if (error.kind() != ErrorKind::config && error.kind() != ErrorKind::not_found) throw;
        throw Error(ErrorKind::usage, error.what()).about(path).hint(error.advice());
    }
}

std::optional<Filter> load_filter(const std::string& path, Console& console) {
    if (path.empty()) return std::nullopt;
    Filter filter = read_filter(path);
    for (const FilterWarning& warning : filter.warnings()) {
        console.warn(fmt::format("{}: {}: {}", path, warning.path, warning.text));
    }
    return filter;
}

namespace {

Task<InputList> ask_index(const InputOptions& options, std::optional<Filter> filter, Session& session,
                          std::stop_token stop, bool may_be_empty) {
    if (options.inputs.size() > 1) throw Error(ErrorKind::usage, "an index is asked alone, without other inputs");
    if (!filter)
        throw Error(ErrorKind::usage, "an index is asked with a filter")
            .hint("name a Filter.json; see af filter --help");
    IndexQuery query;
    query.url = options.inputs.front();
    query.filter_json = filter->json();
    query.root = options.input_root;
    query.may_be_empty = may_be_empty;
    Retrier retrier{session.clock(), seeded_random(), one_shot_policy()};
    return query_index(session.http(), std::move(retrier), std::move(query), std::move(*filter), std::move(stop));
}

Task<InputList> list(const InputOptions& options, std::optional<Filter> filter, Session& session, std::stop_token stop,
                     bool may_be_empty) {
    if (std::any_of(options.inputs.begin(), options.inputs.end(), is_index_url))
        return ask_index(options, std::move(filter), session, std::move(stop), may_be_empty);
    ListOptions list;
    list.may_be_empty = may_be_empty;
    list.filter = std::move(filter);
    list.base = options.input_root;
    InputSources sources{session.local(), session.s3(), session.runtime().cpu(), STDIN_FILENO};
    return list_inputs(options.inputs, std::move(list), sources, std::move(stop));
}

}  // namespace

InputList find_inputs(const InputOptions& options, std::optional<Filter> filter, Session& session, Control& control,
                      Console& console, bool may_be_empty) {
    InputList found;
    try {
        found = session.runtime().block_on(list(options, std::move(filter), session, control.token(), may_be_empty));
    } catch (const Error& error) {
        throw control.cause_of(error);
    }
    for (const std::string& note : found.notes) console.warn(note);
    if (found.duplicates > 0) {
        console.warn(fmt::format("{} named more than once; each is read once", plural(found.duplicates, "object")));
    }
    return found;
}

}  // namespace af
