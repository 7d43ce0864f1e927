// cli/cmd_result.cpp - "af result": the result of a finished task group, verified.
#include "cli/artifact_reading.hpp"
#include "cli/command.hpp"
#include "cli/known_group.hpp"
#include "cli/result_files.hpp"
#include "cli/watch_text.hpp"
#include "stages/submit/poll.hpp"
#include "stages/submit/result_parts.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace af {
namespace {

constexpr const char* kHelp =
    "Fetches the result of a task group that has completed. Every byte is checked against the size and the SHA-256 "
    "that the\n"
    "reducer's manifest states; a file appears whole or not at all. Beside FILE goes FILE.manifest.json. Several\n"
    "partitions become FILE-00000, FILE-00001 ..., as with `af run`.\n"
    "\n"
    "examples:\n"
    "  af result -o result.txt                            of your latest submission\n"
    "  af result fN1SbArXTPSVFNUvaOlinQ | sort -k2n\n"
    "\n"
    "exit status: 0 verified | 2 usage | 3 verified, with input missing that was allowed to be | 4 the group failed |\n"
    "  5 it still runs | 6 credentials or no such group | 11 network | 12 it is not what its manifest says | 73 disk "
    "full";

struct Options {
    GroupOptions group;
    std::string output = "-";
    std::string manifest;
};

void check_finished(const GroupSnapshot& snapshot, const GroupSummary& summary) {
    const std::string& id = snapshot.group_id;
    if (summary.verdict == Verdict::completed) return;
    const bool runs = summary.verdict == Verdict::running;
    Error error = Error(ErrorKind::not_found, "there is no result: " + watch_line(snapshot, summary)).about(id);
    if (runs) throw Failed(kExitStillRunning, std::move(error).hint("af watch " + id));
    std::string hint = summary.verdict == Verdict::failed ? fmt::format("af logs {0} --failed, then af rerun {0}", id)
                                                          : fmt::format("it was cancelled; af rerun {} goes on", id);
    throw Failed(kExitGraphFailed, std::move(error).hint(hint));
}

// One reducer's as it is; of several, all of them in one.
std::string manifest_of(const std::vector<ResultPart>& parts) {
    if (parts.size() == 1) return parts.front().manifest;
    std::string text = "{\"version\": 1, \"partitions\": [\n";
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) text += ",\n";
        text += parts[i].manifest;
    }
    return text + "]}\n";
}

class Fetch {
public:
    Fetch(const Options& options, Console& console)
        : options_(options), console_(console), cluster_(process_environment), reading_(cluster_) {}

    int run() {
        const std::string id = known_group(options_.group.group, console_);
        const GroupSnapshot snapshot =
            cluster_.wait(ClusterStep::taskcluster, look_at_group(cluster_.queue(), id, cluster_.token()));
        check_finished(snapshot, summarize(snapshot, cluster_.session().clock().wall()));
        const std::vector<ResultPart> parts = cluster_.wait(
            ClusterStep::result, find_result(reading_.store, reading_.retrier, snapshot, cluster_.token()));
        const ScratchFolder scratch(scratch_parent(process_environment));
        std::unique_ptr<ResultFiles> files = fetch_verified(snapshot, parts, scratch.path());
        publish(*files, parts);
        remember_state(id, word_of(Verdict::completed), console_);
        return parts.front().objects_lost > 0 ? kExitPartial : 0;
    }

private:
    // Bytes that turn out damaged are fetched once more (R3).
    std::unique_ptr<ResultFiles> fetch_verified(const GroupSnapshot& snapshot, const std::vector<ResultPart>& parts,
                                                const std::filesystem::path& scratch) {
        for (int attempt = 1;; ++attempt) {
            try {
                return fetch(snapshot, parts, scratch);
            } catch (const Failed& error) {
                if (error.kind() != ErrorKind::corrupt || attempt == 2) throw;
                console_.warn(fmt::format("{}: {}; it is fetched once more", error.item(), error.what()));
            }
        }
    }

    std::unique_ptr<ResultFiles> fetch(const GroupSnapshot& snapshot, const std::vector<ResultPart>& parts,
                                       const std::filesystem::path& scratch) {
        auto files = std::make_unique<ResultFiles>(result_paths(options_.output, parts.size()), scratch);
        std::uint64_t bytes = 0, fetched = 0;
        for (const ResultPart& part : parts) bytes += part.file.bytes;
        TimePoint shown{};
        for (std::size_t i = 0; i < parts.size(); ++i) {
            std::function<void(std::string_view)> take = [&](std::string_view block) {
                files->part(i).append(block);
                fetched += block.size();
                const TimePoint now = cluster_.session().clock().now();
                if (now - shown < std::chrono::milliseconds(200)) return;
                shown = now;
                console_.progress(fmt::format("{} of {}", size_text(fetched), size_text(bytes)));
            };
            cluster_.wait(ClusterStep::result,
                          read_result(reading_.store, reading_.retrier, snapshot, parts[i], take, cluster_.token()));
        }
        console_.progress("");
        return files;
    }

    void publish(ResultFiles& files, const std::vector<ResultPart>& parts) {
        const std::vector<ResultFacts> facts = files.prepare();
        std::optional<AtomicFile> manifest;
        if (const std::filesystem::path path = manifest_path(); !path.empty()) {
            manifest.emplace(path);
            manifest->append(manifest_of(parts));
            manifest->prepare();
        }
        try {
            files.commit(cluster_.token());
        } catch (const Error& error) {
            throw cluster_.control().cause_of(error);
        }
        if (manifest) manifest->commit();
        tell(facts, parts);
    }

    std::filesystem::path manifest_path() const {
        if (!options_.manifest.empty()) return options_.manifest;
        return options_.output == "-" ? std::filesystem::path()
                                      : std::filesystem::path(options_.output + ".manifest.json");
    }

    void tell(const std::vector<ResultFacts>& facts, const std::vector<ResultPart>& parts) {
        nlohmann::ordered_json event{{"type", "result"}, {"files", nlohmann::ordered_json::array()}};
        for (std::size_t i = 0; i < parts.size(); ++i) {
            console_.say(fmt::format("{}: {}, {}, verified", facts[i].name, plural(facts[i].lines, "line"),
                                     size_text(facts[i].bytes)));
            event["files"].push_back({{"name", facts[i].name},
                                      {"lines", facts[i].lines},
                                      {"bytes", facts[i].bytes},
                                      {"sha256", facts[i].sha256},
                                      {"task_id", parts[i].task_id},
                                      {"run_id", parts[i].run_id}});
        }
        const ResultPart& part = parts.front();
        event["objects_asked"] = part.objects_asked;
        event["objects_lost"] = part.objects_lost;
        console_.event(event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
        if (part.objects_lost == 0) return;
        console_.warn(fmt::format("{} of {} are missing, as was allowed; the manifest lists them",
                                  count_text(part.objects_lost), plural(part.objects_asked, "object")));
    }

    const Options& options_;
    Console& console_;
    Cluster cluster_;
    ArtifactReading reading_;
};

int result(const Options& options) {
    Console console = console_of(options.group);
    if (options.output != "-") check_folder_of(options.output);
    Fetch fetch(options, console);
    return fetch.run();
}

}  // namespace

void add_result(CLI::App& app, Action& chosen) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("result", kHelp);
    add_group_options(*command, options->group);
    command->add_option("-o,--output", options->output, "where it goes; .zst and .gz compress it (- for stdout)")
        ->type_name("FILE");
    command->add_option("--manifest", options->manifest, "the coverage statement (FILE.manifest.json)")
        ->type_name("FILE");
    command->callback([&chosen, options] { chosen = [options] { return result(*options); }; });
}

}  // namespace af
