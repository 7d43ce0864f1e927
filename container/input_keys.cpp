#include "container/input_keys.hpp"

#include "container/read_source.hpp"
#include "container/task_log.hpp"
#include "stages/list_inputs.hpp"
#include "stages/manifest.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace af {
namespace {

constexpr std::string_view kS3 = "s3://";
constexpr std::size_t kMostObjects = 1'000'000;

bool has_parent_step(const std::filesystem::path& path) {
    return std::any_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
}

Error refused_key(const std::string& key, std::string_view why) {
    return Error(ErrorKind::usage, fmt::format("the key \"{}\" {}", escaped(key), why)).about(key);
}

std::string full_name(const std::string& key, const std::string& input) {
    const bool plain = std::none_of(key.begin(), key.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (key.empty() || !plain) throw refused_key(key, "is empty or holds a control byte");
    if (key.starts_with(kS3) || key.starts_with('/')) return key;
    if (input.empty()) throw refused_key(key, "is not s3://bucket/key").hint("set AF_INPUT to what keys lie below");
    if (!input.starts_with(kS3) && has_parent_step(key)) throw refused_key(key, "leads out of AF_INPUT");
    return input + (input.ends_with('/') ? "" : "/") + key;
}

void add_manifest(std::vector<ObjectRef>& objects, const std::string& source, TaskServices& on,
                  const TaskSettings& settings) {
    const std::string text = read_source(on, settings, source, kMostManifestBytes);
    const std::string name = source.substr(0, source.find('?'));
    const ManifestForm form = manifest_form(name, text.substr(0, 64)).value_or(ManifestForm::tsv);
    for (ManifestEntry& entry : parse_manifest(text, form, name, kMostObjects)) {
        ObjectRef object;
        object.name = full_name(entry.name, settings.input);
        object.size = entry.size;
        objects.push_back(std::move(object));
    }
}

}  // namespace

std::vector<ObjectRef> input_objects(const MapArguments& arguments, TaskServices& on, const TaskSettings& settings) {
    std::vector<ObjectRef> objects;
    for (const std::string& key : arguments.keys) {
        ObjectRef object;
        object.name = full_name(key, settings.input);
        objects.push_back(std::move(object));
    }
    if (!arguments.manifest.empty()) add_manifest(objects, arguments.manifest, on, settings);
    if (objects.empty()) throw Error(ErrorKind::usage, "no keys are named, nor does the manifest hold any");
    const std::uint64_t twice = sort_and_number(objects);
    if (twice > 0) warn(fmt::format("{} named more than once; each is read once", plural(twice, "object")));
    return objects;
}

}  // namespace af
