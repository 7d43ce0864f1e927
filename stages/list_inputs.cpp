#include "stages/list_inputs.hpp"

#include "engine/offload.hpp"
#include "stages/filter/explain.hpp"
#include "stages/filter/layout.hpp"
#include "stages/local_look.hpp"
#include "stages/manifest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <filesystem>

namespace af {
namespace {

constexpr std::string_view kS3 = "s3://";

struct Listing {
    const ListOptions& options;
    const InputSources& sources;
    std::stop_token stop;
    Found found;
};

TreeOptions tree_options(const Listing& listing, bool split_names) {
    TreeOptions options;
    options.filter = listing.options.filter ? &*listing.options.filter : nullptr;
    options.split_names = split_names;
    options.width = listing.options.width;
    options.max_objects = listing.options.max_objects;
    return options;
}

// As names of files are written: ./data// is data.
std::string normal_base(std::string base) {
    if (base.empty() || base.starts_with(kS3)) return base;
    return std::filesystem::path(base).lexically_normal().string();
}

// An object that was named itself rather than found below a root.
void add_named(Listing& listing, ObjectRef object) {
    ++listing.found.seen;
    if (listing.options.filter) {
        const std::string_view name = name_for_filter(object.name, listing.options.base);
        if (!listing.found.tally.keeps_object(*listing.options.filter, name)) return;
    }
    add_found(listing.found, std::move(object), listing.options.max_objects);
}

void add_manifest(Listing& listing, std::string_view text, ManifestForm form, std::string_view file) {
    const std::string& base = listing.options.base;
    const std::string_view slash = base.empty() || base.ends_with('/') ? "" : "/";
    for (ManifestEntry& entry : parse_manifest(text, form, file, listing.options.max_objects)) {
        const bool whole = base.empty() || entry.name.starts_with('/') || entry.name.starts_with(kS3);
        ObjectRef object;
        object.name = whole ? std::move(entry.name) : fmt::format("{}{}{}", base, slash, entry.name);
        // ./x and x are one file, to be read once.
        if (!object.name.starts_with(kS3)) object.name = std::filesystem::path(object.name).lexically_normal().string();
        object.size = entry.size;
        add_named(listing, std::move(object));
    }
}

Task<void> list_stdin(Listing& listing) {
    std::function<std::string()> work = [in = listing.sources.standard_input, stop = listing.stop] {
        return read_descriptor(in, kMostManifestBytes, "standard input", stop);
    };
    std::string text = co_await offload(listing.sources.files, std::move(work));
    add_manifest(listing, text, ManifestForm::tsv, "standard input");
}

Task<void> list_local(Listing& listing, std::string path, FileUse use) {
    std::function<LocalLook()> work = [path, use] { return look_at(path, use, kMostManifestBytes); };
    LocalLook look = co_await offload(listing.sources.files, std::move(work));
    if (look.is_folder) {
        TreeOptions options = tree_options(listing, false);
        co_await list_tree(listing.sources.local, look.object.name, options, listing.found, listing.stop);
    } else if (look.form) {
        add_manifest(listing, look.manifest, *look.form, path);
    } else {
        add_named(listing, std::move(look.object));
    }
}

Error nothing_there(const std::string& input, const ListPage& page) {
    std::vector<std::string> near;
    for (const std::string& prefix : page.prefixes) near.push_back(prefix);
    for (const ObjectRef& object : page.objects) near.push_back(object.name);
    if (near.size() > 3) near.resize(3);
    Error error(ErrorKind::no_match, fmt::format("{}: there is no such object, and nothing lies below it", input));
    if (near.empty()) return std::move(error).about(input);
    return std::move(error).about(input).hint(fmt::format("names that begin so: {}", fmt::join(near, ", ")));
}

Task<void> list_s3(Listing& listing, std::string input) {
    const std::string_view rest = std::string_view(input).substr(kS3.size());
    const std::size_t slash = rest.find('/');
    if (rest.empty() || slash == 0)
        throw Error(ErrorKind::usage, fmt::format("{}: a bucket must follow s3://", input)).about(input);
    std::string root = input;
    const bool may_be_object = slash != rest.npos && !root.ends_with('/');
    if (!root.ends_with('/')) root += '/';
    ListPage page;
    if (may_be_object) {
        page = co_await listing.sources.s3.list(input, "/", "", listing.stop);
        // The name itself sorts before all that it begins.
        if (!page.objects.empty() && page.objects.front().name == input) {
            add_named(listing, std::move(page.objects.front()));
            co_return;
        }
    }
    const std::uint64_t seen = listing.found.seen;
    const std::uint64_t folders = listing.found.tally.level(0).reached;
    TreeOptions options = tree_options(listing, true);
    co_await list_tree(listing.sources.s3, root, options, listing.found, listing.stop);
    const bool anything = listing.found.seen > seen || listing.found.tally.level(0).reached > folders;
    if (!anything) throw nothing_there(input, page);
}

Task<void> list_one(Listing& listing, std::string input) {
    constexpr std::string_view kManifest = "manifest:";
    constexpr std::string_view kFile = "file:";
    if (input.empty()) throw Error(ErrorKind::usage, "an input is empty");
    if (input == "-") {
        co_await list_stdin(listing);
    } else if (input.starts_with(kS3)) {
        co_await list_s3(listing, std::move(input));
    } else if (input.starts_with(kManifest)) {
        co_await list_local(listing, input.substr(kManifest.size()), FileUse::manifest);
    } else if (input.starts_with(kFile)) {
        co_await list_local(listing, input.substr(kFile.size()), FileUse::data);
    } else {
        co_await list_local(listing, std::move(input), FileUse::by_content);
    }
}

Error nothing_matches(const std::vector<std::string>& inputs, const Listing& listing) {
    constexpr std::size_t kShown = 3;
    std::vector<std::string> shown(inputs.begin(),
                                   inputs.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, inputs.size())));
    std::string where = fmt::format("{}", fmt::join(shown, ", "));
    if (inputs.size() > kShown) where += fmt::format(" and {} more", inputs.size() - kShown);
    std::string message = fmt::format("no input: looked at {}, ", where);
    if (!listing.options.filter) return Error(ErrorKind::no_match, message + "no files lie there").about(where);
    const Explanation explanation = explain(*listing.options.filter, listing.found.tally);
    if (const auto lost = where_all_was_lost(explanation))
        message += *lost;
    else if (explanation.misfits > 0)
        message += fmt::format("no name fits the layout, e.g. \"{}\"", escaped(explanation.misfit_examples.front()));
    else if (listing.found.seen == 0)
        message += "no files lie there";
    else
        message += "each level allows something, but no file has all of it";
    return Error(ErrorKind::no_match, message)
        .about(where)
        .hint("af filter explain shows what each level lets through");
}

void note_misfits(Found& found) {
    if (found.tally.misfits() == 0) return;
    found.notes.push_back(fmt::format("{} names do not fit the layout and were left out, e.g. \"{}\"",
                                      found.tally.misfits(), escaped(found.tally.misfit_examples().front())));
}

}  // namespace

std::uint64_t sort_and_number(std::vector<ObjectRef>& objects) {
    std::sort(objects.begin(), objects.end(), [](const ObjectRef& a, const ObjectRef& b) {
        if (a.name != b.name) return a.name < b.name;
        if (a.size != b.size) return a.size < b.size;  // kUnknownSize is the largest
        return a.etag > b.etag;
    });
    const auto same = [](const ObjectRef& a, const ObjectRef& b) { return a.name == b.name; };
    const auto end = std::unique(objects.begin(), objects.end(), same);
    const auto duplicates = static_cast<std::uint64_t>(objects.end() - end);
    objects.erase(end, objects.end());
    for (std::size_t i = 0; i < objects.size(); ++i) objects[i].ordinal = static_cast<std::uint32_t>(i);
    return duplicates;
}

std::string_view name_for_filter(std::string_view name, std::string_view base) {
    if (base.empty()) return layout_tail(name);
    const bool outside = name.starts_with('/') || name.starts_with("../") || name.starts_with(kS3);
    if (base == "." || base == "./") return outside ? layout_tail(name) : name;
    while (base.ends_with('/')) base.remove_suffix(1);
    if (!name.starts_with(base) || !name.substr(base.size()).starts_with('/')) return layout_tail(name);
    return name.substr(base.size() + 1);
}

Task<InputList> list_inputs(std::vector<std::string> inputs, ListOptions options, InputSources sources,
                            std::stop_token stop) {
    options.base = normal_base(std::move(options.base));
    if (inputs.empty())
        throw Error(ErrorKind::usage, "no input is named")
            .hint("name a folder, files, s3://bucket/prefix, a manifest or -");
    Listing listing{.options = options, .sources = sources, .stop = stop, .found = {}};
    for (const std::string& input : inputs) {
        std::string one = input;
        co_await list_one(listing, std::move(one));
    }
    if (listing.found.objects.empty() && !options.may_be_empty) throw nothing_matches(inputs, listing);
    note_misfits(listing.found);
    InputList list;
    list.objects = std::move(listing.found.objects);
    list.duplicates = sort_and_number(list.objects);
    list.seen = listing.found.seen;
    list.tally = std::move(listing.found.tally);
    list.notes = std::move(listing.found.notes);
    co_return list;
}

}  // namespace af
