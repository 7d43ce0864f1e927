#include "stages/parts/part_manifest.hpp"

#include "stages/coverage.hpp"
#include "stages/taskcluster/json_fields.hpp"

#include <fmt/format.h>
#include <array>
#include <nlohmann/json.hpp>

namespace af {
namespace {

constexpr int kMostDepth = 64;

Error wrong(std::string message) { return Error(ErrorKind::corrupt, "the manifest: " + std::move(message)); }

nlohmann::json parse(std::string_view text) {
    if (text.size() > kMostPartManifestBytes) throw wrong("it is too long");
    bool too_deep = false;
    const auto watch = [&too_deep](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        too_deep = too_deep || depth > kMostDepth;
        return !too_deep;
    };
    nlohmann::json json = nlohmann::json::parse(text, watch, false);
    if (json.is_discarded() || too_deep) throw wrong("it is not JSON");
    return json;
}

FirstBad first_bad_of(const nlohmann::json& json) {
    const JsonFields fields(json, "\"first_bad\" of the manifest");
    return {fields.text("object"), fields.number("line"), fields.text("kind"), fields.text("reason")};
}

std::optional<ErrorKind> kind_named(std::string_view name) {
    for (int kind = 0; kind <= static_cast<int>(ErrorKind::bug); ++kind) {
        if (error_name(static_cast<ErrorKind>(kind)) == name) return static_cast<ErrorKind>(kind);
    }
    return std::nullopt;
}

ObjectAccount account_of(const nlohmann::json& json, std::uint32_t ordinal) {
    const JsonFields fields(json, "an object of the manifest");
    auto object = std::make_shared<ObjectRef>();
    object->name = fields.text("name");
    object->size = fields.optional_number("size", kUnknownSize);
    object->etag = fields.optional_text("etag");
    object->ordinal = ordinal;
    ObjectAccount account;
    account.object = std::move(object);
    account.read_again_because = fields.optional_text("read_again_because");
    const std::string status = fields.text("status");
    if (status == "whole") {
        account.whole = true;
        account.bytes_stored = fields.number("bytes_read");
        account.bytes_inflated = fields.number("bytes_inflated");
        account.lines = fields.number("lines");
        account.records = fields.number("records");
        account.bad = fields.number("bad");
        account.bytes_mapped = fields.number("bytes_mapped");
    } else if (status == "lost") {
        const JsonFields error(fields.object("error"), "an error of the manifest");
        account.lost = Error(kind_named(error.text("name")).value_or(ErrorKind::corrupt), error.text("message"));
    } else {
        throw wrong(fmt::format("an object is neither whole nor lost but \"{}\"", escaped(status)));
    }
    return account;
}

void add_account(PartManifest& manifest, ObjectAccount account) {
    Totals& totals = manifest.totals;
    if (account.whole) {
        ++totals.objects_read;
        totals.bytes_stored += account.bytes_stored;
        totals.bytes_inflated += account.bytes_inflated;
        totals.lines += account.lines;
        totals.records += account.records;
        totals.bad += account.bad;
        totals.bytes_mapped += account.bytes_mapped;
    } else {
        ++totals.objects_lost;
    }
    ++totals.objects_asked;
    const bool known = account.object->size != kUnknownSize;
    totals.bytes_asked += known ? account.object->size : account.bytes_stored;
    manifest.accounts.push_back(std::move(account));
}

void read_counters(const nlohmann::json& json, std::map<std::string, std::int64_t>& counters) {
    for (const auto& [group, names] : json.items()) {
        if (!names.is_object()) throw wrong("its counters are not grouped");
        for (const auto& [name, count] : names.items()) {
            if (!count.is_number_integer()) throw wrong("a counter is no whole number");
            counters[name.empty() ? group : group + "\t" + name] += count.get<std::int64_t>();
        }
    }
}

void read_outputs(const nlohmann::json& list, PartManifest& manifest) {
    for (const nlohmann::json& json : list) {
        const JsonFields fields(json, "an output of the manifest");
        ResultFacts facts;
        facts.name = fields.text("name");
        facts.bytes = fields.number("bytes");
        facts.lines = fields.number("lines");
        facts.sha256 = fields.text("sha256");
        if (json.contains("pairs")) {
            facts.pairs = fields.number("pairs");
            manifest.pairs += *facts.pairs;
        }
        if (facts.name != part_file_name(static_cast<unsigned>(manifest.outputs.size())))
            throw wrong(fmt::format("its outputs are not the parts 0, 1, 2 ... but \"{}\"", escaped(facts.name)));
        manifest.outputs.push_back(std::move(facts));
    }
}

// What the task said of itself must be what its objects say.
void check_sums(const PartManifest& manifest, const JsonFields& input) {
    const Totals& totals = manifest.totals;
    const std::array<std::pair<const char*, std::uint64_t>, 6> sums{{{"objects_asked", totals.objects_asked},
                                                                     {"objects_read", totals.objects_read},
                                                                     {"objects_lost", totals.objects_lost},
                                                                     {"lines", totals.lines},
                                                                     {"records_mapped", totals.records},
                                                                     {"bad", totals.bad}}};
    for (const auto& [name, sum] : sums) {
        if (input.number(name) != sum)
            throw wrong(fmt::format("it says {} {}, its objects {}", name, input.number(name), sum));
    }
}

}  // namespace

void check_manifest_version(const JsonFields& manifest) {
    const std::uint64_t version = manifest.number("version");
    if (version == kManifestVersion) return;
    throw Error(ErrorKind::config,
                fmt::format("the manifest: it is of version {}, this program reads {}", version, kManifestVersion))
        .hint("give all tasks of a job, and those who read its result, one version of the program");
}

std::string part_file_name(unsigned partition) { return fmt::format("part-{:05}.txt.zst", partition); }

PartManifest parse_part_manifest(std::string_view text) {
    const nlohmann::json json = parse(text);
    const JsonFields fields(json, "the manifest");
    check_manifest_version(fields);
    const std::string status = fields.text("status");
    if (status != "complete" && status != "partial")
        throw wrong(fmt::format("its status is \"{}\"", escaped(status)));
    PartManifest manifest;
    manifest.job_digest = fields.text("job_sha256");
    for (const nlohmann::json& object : fields.list("objects")) {
        const auto ordinal = static_cast<std::uint32_t>(manifest.accounts.size());
        add_account(manifest, account_of(object, ordinal));
    }
    const nlohmann::json& input = fields.object("input");
    const JsonFields input_fields(input, "\"input\" of the manifest");
    check_sums(manifest, input_fields);
    if (const auto first = input.find("first_bad"); first != input.end())
        manifest.totals.first_bad = first_bad_of(*first);
    if (manifest.totals.bad > 0 && !manifest.totals.first_bad) throw wrong("it names none of its bad records");
    const auto kinds = input.find("bad_by_kind");
    if (kinds != input.end() && kinds->is_object()) {
        for (const auto& [kind, count] : kinds->items()) {
            if (!count.is_number_unsigned()) throw wrong("a count of bad records is none");
            manifest.totals.bad_by_kind[kind] = count.get<std::uint64_t>();
        }
    }
    read_counters(fields.object("counters"), manifest.totals.counters);
    read_outputs(fields.list("output"), manifest);
    return manifest;
}

}  // namespace af
