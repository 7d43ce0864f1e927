#include "container/native/native_feeder.hpp"

#include "container/native/crash_note.hpp"
#include "container/native/mapper_library.hpp"
#include "container/native/native_output.hpp"
#include "container/native/protocol_pipes.hpp"
#include "engine/error.hpp"
#include "stages/builtin/json_record.hpp"
#include "stages/job/words.hpp"

#include <fmt/format.h>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

namespace af {
namespace {

using nlohmann::json;

constexpr std::size_t kPartBytes = 1 << 20;

struct Arguments {
    std::string script;
    RecordFormat format = RecordFormat::uuid_json;
    std::size_t memory_bytes = 0;  // 0: none
    std::vector<std::string> of_script;
};

Arguments parse(const std::vector<std::string>& words) {
    Arguments arguments;
    std::size_t at = 1;  // behind "map"
    for (; at + 1 < words.size() && words[at] != "--"; ++at) {
        const std::string& value = words[at + 1];
        if (words[at] == "--memory") arguments.memory_bytes = std::strtoull(value.c_str(), nullptr, 10);
        if (words[at] == "--script") arguments.script = value;
        for (const auto& [word, format] : kFormatWords) {
            if (words[at] == "--format" && value == word) arguments.format = format;
        }
        ++at;
    }
    for (++at; at < words.size(); ++at) arguments.of_script.push_back(words[at]);
    return arguments;
}

std::string text_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

class Feeder {
public:
    Feeder(MapperLibrary& mapper, RecordFormat format, NativeOutput& out, ProtocolPipes& pipes)
        : mapper_(mapper), format_(format), out_(out), pipes_(pipes) {}

    void answer(const FedBatch& batch) {
        bad_ = json::array();
        out_.counters().clear();
        std::uint64_t number = 0;
        for (std::string_view rest = batch.payload; !rest.empty(); ++number) {
            const std::size_t size = rest.find('\n');
            map(number, rest.substr(0, size), batch.file);
            rest.remove_prefix(size + 1);
            if (out_.lines().size() >= kPartBytes) send_parts(batch.sequence);
        }
        at_record(0, {});
        send_parts(batch.sequence);
        const json meta{{"records", number}, {"bad", std::move(bad_)}, {"counters", out_.counters()}};
        const std::string text = text_of(meta);
        pipes_.write(fmt::format("done {} {}\n", batch.sequence, text.size()));
        pipes_.write(text);
    }

private:
    void map(std::uint64_t number, std::string_view line, std::string_view file) {
        const bool has_uuid = format_ == RecordFormat::uuid_json || format_ == RecordFormat::tsv;
        const std::size_t tab = has_uuid ? line.find('\t') : line.npos;
        if (format_ == RecordFormat::uuid_json && tab == line.npos) {
            bad_.push_back({number, "format", "no TAB between uuid and JSON"});
            return;
        }
        const std::string_view uuid = has_uuid ? line.substr(0, tab) : std::string_view();
        const std::string_view value = format_ == RecordFormat::uuid_json ? line.substr(tab + 1) : line;
        const bool is_json = format_ == RecordFormat::uuid_json || format_ == RecordFormat::json_lines;
        if (is_json && !json_.parse(value)) {
            bad_.push_back({number, "json", "not valid JSON"});
            return;
        }
        const auto text = [](std::string_view view) { return af_text{view.data(), view.size()}; };
        const af_record record{sizeof(af_record), text(file), text(uuid), text(value)};
        at_record(number + 1, uuid);
        std::string why = call(record);
        if (!why.empty()) bad_.push_back({number, "mapper", std::move(why)});
    }

    // Why the record does not count; empty when it does. C++ code may throw, as Python may raise.
    std::string call(const af_record& record) {
        out_.begin_record();
        int status = 1;
        try {
            status = mapper_.map(record, out_.table());
        } catch (const std::exception& error) {
            out_.set_error(error.what());
        } catch (...) {
            out_.set_error("map threw something that is no std::exception");
        }
        return out_.end_record(status);
    }

    // In parts of whole lines, of about a megabyte.
    void send_parts(std::uint32_t sequence) {
        for (std::string_view rest = out_.lines(); !rest.empty();) {
            std::size_t size = rest.size();
            if (size > 2 * kPartBytes) size = rest.find('\n', kPartBytes) + 1;
            pipes_.write(fmt::format("part {} {}\n", sequence, size));
            pipes_.write(rest.substr(0, size));
            rest.remove_prefix(size);
        }
        out_.lines().clear();
    }

    MapperLibrary& mapper_;
    const RecordFormat format_;
    NativeOutput& out_;
    ProtocolPipes& pipes_;
    JsonRecord json_;
    json bad_;
};

int failed(ProtocolPipes& pipes, std::string_view why) {
    pipes.write("failed " + text_of({{"error", why}}) + "\n");
    return 1;
}

int feed(const Arguments& arguments) {
    ProtocolPipes pipes;
    const bool has_memory = arguments.memory_bytes > 0 && pipes.take_memory(arguments.memory_bytes);
    NativeOutput out;
    std::optional<MapperLibrary> mapper;
    try {
        mapper.emplace(arguments.script);
        if (const int status = mapper->init(arguments.of_script, out.table()); status != 0) {
            return failed(pipes, fmt::format("init returned {}: {}", status, out.error()));
        }
    } catch (const std::exception& error) {
        return failed(pipes, error.what());
    }
    pipes.write("ready " +
                text_of({{"protocol", 1},
                         {"language", "native"},
                         {"version", std::to_string(AF_MAPPER_ABI)},
                         {"json", ""},
                         {"lazy", false},
                         {"memory", has_memory}}) +
                "\n");
    note_crashes();
    Feeder feeder(*mapper, arguments.format, out, pipes);
    while (const auto batch = pipes.next()) feeder.answer(*batch);
    out.begin_record();
    const int status = mapper->finish(out.table());
    if (status != 0) std::fprintf(stderr, "finish returned %d: %s\n", status, out.error().c_str());
    return status == 0 ? 0 : 1;
}

}  // namespace

std::optional<int> run_native_feeder(int argc, char** argv) {
    if (argc < 3 || std::string_view(argv[1]) != "native-feeder") return std::nullopt;
    try {
        return feed(parse({argv + 2, argv + argc}));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}

}  // namespace af
