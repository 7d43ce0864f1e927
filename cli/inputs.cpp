#include "cli/inputs.hpp"

#include "engine/file.hpp"
#include "stages/filter/parse_filter.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <chrono>
#include <unistd.h>

namespace af {

std::optional<Filter> load_filter(const std::string& path, Console& console) {
    if (path.empty()) return std::nullopt;
    const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now())};
    try {
        Filter filter = parse_filter(read_text(path, 1 << 20), path, today);
        for (const FilterWarning& warning : filter.warnings()) {
            console.warn(fmt::format("{}: {}: {}", path, warning.path, warning.text));
        }
        return filter;
    } catch (const Error& error) {
        // A filter is an argument of the command, not part of the job.
        if (error.kind() != ErrorKind::config && error.kind() != ErrorKind::not_found) throw;
        throw Error(ErrorKind::usage, error.what()).about(path).hint(error.advice());
    }
}

namespace {

InputList list_or_say_why(const std::vector<std::string>& inputs, ListOptions list, InputSources sources,
                          Session& session, Control& control) {
    try {
        return session.runtime().block_on(list_inputs(inputs, std::move(list), sources, control.token()));
    } catch (const Error& error) {
        throw control.cause_of(error);
    }
}

}  // namespace

InputList find_inputs(const InputOptions& options, std::optional<Filter> filter, Session& session, Control& control,
                      Console& console, bool may_be_empty) {
    ListOptions list;
    list.may_be_empty = may_be_empty;
    list.filter = std::move(filter);
    InputSources sources{session.local(), session.s3(), session.runtime().cpu(), STDIN_FILENO};
    InputList found = list_or_say_why(options.inputs, std::move(list), sources, session, control);
    for (const std::string& note : found.notes) console.warn(note);
    if (found.duplicates > 0) {
        console.warn(fmt::format("{} named more than once; each is read once", plural(found.duplicates, "object")));
    }
    return found;
}

}  // namespace af
