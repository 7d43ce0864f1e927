// cli/cmd_index.cpp - "af index": what an input and a filter match, with sizes.
#include "cli/command.hpp"
#include "cli/inputs.hpp"
#include "engine/file.hpp"
#include "stages/manifest_json.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace af {
namespace {

constexpr const char* kHelp =
    "Lists the objects that an input and a filter match: name<TAB>size lines, in the order of names.\n"
    "What it prints is a manifest: `af index --filter F s3://b/ > m.tsv; af run --job J m.tsv`.\n"
    "\n"
    "example: af index --filter Filter.json s3://telemetry/\n"
    "exit status: 0 listed | 2 usage | 9 nothing matched | 66 missing | 69 refused | 75 network";

struct IndexOptions {
    InputOptions input;
    bool json = false;
    bool quiet = false;
};

std::string line_of(const ObjectRef& object, bool json) {
    const bool known = object.size != kUnknownSize;
    if (!json) check_entry_name(object.name, "af index");  // a newline in a name would make it two
    if (!json) return known ? fmt::format("{}\t{}\n", object.name, object.size) : object.name + "\n";
    nlohmann::ordered_json row{{"file_name", object.name}};
    if (known) row["size"] = object.size;
    return row.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

// The known bytes of all of them.
std::uint64_t print(const std::vector<ObjectRef>& objects, bool json, const std::stop_token& stop) {
    std::string text;
    std::uint64_t bytes = 0;
    for (const ObjectRef& object : objects) {
        text += line_of(object, json);
        if (object.size != kUnknownSize) bytes += object.size;
        if (text.size() < (1 << 20)) continue;
        write_stdout(text, stop);
        text.clear();
    }
    write_stdout(text, stop);
    return bytes;
}

int list(const IndexOptions& options) {
    Console console(console_options(options.quiet ? Verbosity::quiet : Verbosity::normal, false, false));
    std::optional<Filter> filter = load_filter(options.input.filter, console);
    Control control;
    Session session(options.input.store, process_environment, control, 1);
    const InputList found = find_inputs(options.input, std::move(filter), session, control, console);
    std::uint64_t bytes = 0;
    try {
        bytes = print(found.objects, options.json, control.token());
    } catch (const Error& error) {
        throw control.cause_of(error);
    }
    console.say(fmt::format("{} of {} looked at, {}", plural(found.objects.size(), "object"), count_text(found.seen),
                            size_text(bytes)));
    return 0;
}

}  // namespace

void add_index(CLI::App& app, Action& chosen) {
    auto options = std::make_shared<IndexOptions>();
    CLI::App* index = app.add_subcommand("index", kHelp);
    add_input_options(*index, options->input)->required();
    add_filter_option(*index, options->input);
    index->add_flag("--json", options->json, "one JSON object a line, as a .jsonl manifest");
    index->add_flag("-q,--quiet", options->quiet, "no total on stderr");
    index->callback([&chosen, options] { chosen = [options] { return list(*options); }; });
}

}  // namespace af
