#include "stages/coverage.hpp"

#include "stages/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

namespace af {
namespace {

using Json = nlohmann::ordered_json;

Json error_json(const Error& error) {
    return {{"name", error_name(error.kind())}, {"exit", exit_code(error.kind())}, {"message", error.what()}};
}

Json object_json(const ObjectAccount& account) {
    Json json{{"name", account.object->name}};
    if (account.object->size != kUnknownSize) json["size"] = account.object->size;
    if (!account.object->etag.empty()) json["etag"] = account.object->etag;
    json["status"] = account.whole ? "whole" : account.lost ? "lost" : "not read";
    if (account.whole) {
        json["bytes_read"] = account.bytes_stored;
        json["bytes_inflated"] = account.bytes_inflated;
        json["lines"] = account.lines;
        json["records"] = account.records;
        json["bad"] = account.bad;
        json["bytes_mapped"] = account.bytes_mapped;
    }
    if (!account.read_again_because.empty()) json["read_again_because"] = account.read_again_because;
    if (account.lost) json["error"] = error_json(*account.lost);
    return json;
}

std::string text_of(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace); }

// `text`: an object, which gets a last member. There may be a million accounts, too many for one tree in memory.
std::string with_objects(std::string text, const std::vector<ObjectAccount>& accounts) {
    text.erase(text.rfind('\n'));
    text += ",\n  \"objects\": [";
    bool first = true;
    for (const ObjectAccount& account : accounts) {
        if (!std::exchange(first, false)) text += ',';
        for (const char c : "\n" + text_of(object_json(account))) {
            text += c;
            if (c == '\n') text += "    ";
        }
    }
    text += first ? "]\n}\n" : "\n  ]\n}\n";
    return text;
}

Json first_bad_json(const FirstBad& bad) {
    return {{"object", bad.object}, {"line", bad.line}, {"kind", bad.kind}, {"reason", bad.reason}};
}

Json counters_json(const std::map<std::string, std::int64_t>& counters) {
    Json json = Json::object();
    for (const auto& [name, count] : counters) {
        const auto tab = name.find('\t');
        json[name.substr(0, tab)][tab == std::string::npos ? "" : name.substr(tab + 1)] = count;
    }
    return json;
}

Json output_json(const ResultFacts& output) {
    Json json{{"name", output.name}, {"bytes", output.bytes}, {"lines", output.lines}};
    if (output.pairs) json["pairs"] = *output.pairs;
    json["sha256"] = output.sha256;
    return json;
}

void add_task(Json& json, const ManifestFacts& facts) {
    if (facts.task) {
        json["task"] = {{"role", facts.task->role},
                        {"task_id", facts.task->task_id},
                        {"run_id", facts.task->run_id},
                        {"task_group_id", facts.task->task_group_id}};
    }
    for (const InputRun& input : facts.inputs) {
        json["input_tasks"].push_back({{"task_id", input.task_id},
                                       {"run_id", input.run_id},
                                       {"manifest_sha256", input.manifest_sha256}});
    }
    for (const MissingInput& missing : facts.missing) {
        json["missing_tasks"].push_back({{"task_id", missing.task_id}, {"reason", missing.reason}});
    }
    if (!facts.mail.empty()) json["mail"] = facts.mail;
}

Json stages_json(const std::vector<StageReport>& stages) {
    Json json = Json::array();
    const auto seconds = [](std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); };
    for (const StageReport& stage : stages) {
        json.push_back({{"name", stage.name},
                        {"workers", stage.workers},
                        {"items_in", stage.items_in},
                        {"items_out", stage.items_out},
                        {"busy_seconds", seconds(stage.busy)},
                        {"starved_seconds", seconds(stage.starved)},
                        {"blocked_seconds", seconds(stage.blocked)}});
    }
    return json;
}

const char* status_of(const ManifestFacts& facts) {
    if (facts.failed) return "failed";
    return facts.totals.objects_lost > 0 ? "partial" : "complete";
}

}  // namespace

std::string manifest_text(const ManifestFacts& facts) {
    const Totals& totals = facts.totals;
    Json json{{"version", kManifestVersion}, {"program", facts.program}, {"status", status_of(facts)}};
    if (facts.failed) json["error"] = error_json(*facts.failed);
    json["job_sha256"] = facts.job_digest;
    add_task(json, facts);
    json["input"] = {{"objects_asked", totals.objects_asked},
                     {"objects_read", totals.objects_read},
                     {"objects_lost", totals.objects_lost},
                     {"bytes_asked", totals.bytes_asked},
                     {"bytes_read", totals.bytes_stored},
                     {"bytes_inflated", totals.bytes_inflated},
                     {"lines", totals.lines},
                     {"records_mapped", totals.records},
                     {"bad", totals.bad},
                     {"bad_by_kind", totals.bad_by_kind}};
    if (totals.first_bad) json["input"]["first_bad"] = first_bad_json(*totals.first_bad);
    if (!facts.bad_records_file.empty()) json["input"]["bad_records_file"] = facts.bad_records_file;
    json["map_output_bytes"] = totals.bytes_mapped;
    json["counters"] = counters_json(facts.counters);
    json["output"] = Json::array();
    for (const ResultFacts& output : facts.outputs) json["output"].push_back(output_json(output));
    json["seconds"] = facts.seconds;
    json["stages"] = stages_json(facts.stages);
    return with_objects(text_of(json), facts.objects);
}

std::string coverage_text(const Totals& totals) {
    std::string text =
        fmt::format("coverage: {} of {} read ({} stored, {} uncompressed), {}", count_text(totals.objects_read),
                    plural(totals.objects_asked, "object"), size_text(totals.bytes_stored),
                    size_text(totals.bytes_inflated), plural(totals.lines, "record"));
    if (totals.bad == 0 && totals.objects_lost == 0) return text + ", none left out\n";
    text += fmt::format(", {} bad and left out", count_text(totals.bad));
    for (const auto& [kind, count] : totals.bad_by_kind) text += fmt::format("; {}: {}", kind, count_text(count));
    if (totals.objects_lost > 0) text += fmt::format("; {} LOST", plural(totals.objects_lost, "object"));
    return text + "\n";
}

}  // namespace af
