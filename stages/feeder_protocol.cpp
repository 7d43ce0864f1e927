#include "stages/feeder_protocol.hpp"

#include <fmt/format.h>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

namespace af {
namespace {

using nlohmann::json;

constexpr int kProtocol = 1;

Error not_protocol(std::string_view what, std::string_view text) {
    return Error(ErrorKind::child_output, fmt::format("{}: \"{}\"", what, text.substr(0, 100)))
        .hint("does the script write to descriptor 1 behind the feeder's back?");
}

// A decimal number at the front of `text`, which is taken off with the space behind it, if any.
std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) return number;
    if (text.front() != ' ' || text.size() == 1) return std::nullopt;
    text.remove_prefix(1);
    return number;
}

json parse_object(std::string_view text, std::string_view what) {
    json value = json::parse(text, nullptr, false);
    if (!value.is_object()) throw not_protocol(what, text);
    return value;
}

std::string text_of(const json& object, const char* key) {
    auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::uint64_t unsigned_of(const json& value, std::string_view meta) {
    if (!value.is_number_unsigned()) throw not_protocol("an account of the wrong form", meta);
    return value.get<std::uint64_t>();
}

BadEntry bad_entry(const json& value, std::uint64_t records, std::string_view meta) {
    const bool right = value.is_array() && value.size() == 3 && value[1].is_string() && value[2].is_string();
    if (!right) throw not_protocol("an account of the wrong form", meta);
    BadEntry entry{.record = unsigned_of(value[0], meta),
                   .kind = value[1].get<std::string>(),
                   .reason = value[2].get<std::string>()};
    const bool known = entry.kind == "format" || entry.kind == "json" || entry.kind == "mapper";
    if (!known || entry.record >= records) throw not_protocol("an account of the wrong form", meta);
    return entry;
}

}  // namespace

std::string batch_header(std::uint32_t sequence, std::size_t file_bytes, std::size_t index_bytes,
                         std::size_t payload_bytes, std::optional<std::uint64_t> payload_at) {
    const std::string place = payload_at ? fmt::format(" {}", *payload_at) : "";
    return fmt::format("batch {} {} {} {}{}\n", sequence, file_bytes, index_bytes, payload_bytes, place);
}

FeederReady parse_handshake(std::string_view line) {
    if (line.starts_with("failed ")) {
        const json said = parse_object(line.substr(7), "not a handshake");
        const std::string error = text_of(said, "error");
        throw Error(ErrorKind::config,
                    "the script does not load: " + (error.empty() ? std::string("no reason given") : error));
    }
    if (!line.starts_with("ready ")) throw not_protocol("not a handshake", line);
    const json said = parse_object(line.substr(6), "not a handshake");
    auto protocol = said.find("protocol");
    if (protocol == said.end() || *protocol != kProtocol) {
        throw Error(ErrorKind::config, fmt::format("the feeder does not speak protocol {}", kProtocol))
            .hint("the helpers folder is of another version than this program");
    }
    const auto is_true = [&said](const char* key) {
        const auto found = said.find(key);
        return found != said.end() && found->is_boolean() && found->get<bool>();
    };
    return {.language = text_of(said, "language"),
            .version = text_of(said, "version"),
            .json = text_of(said, "json"),
            .lazy = is_true("lazy"),
            .memory = is_true("memory"),
            .not_lazy = text_of(said, "why")};
}

std::variant<PartHeader, DoneHeader> parse_answer(std::string_view line) {
    std::string_view rest = line;
    const bool part = rest.starts_with("part ");
    if (!part && !rest.starts_with("done ")) throw not_protocol("not an answer", line);
    rest.remove_prefix(5);
    const auto sequence = take_number(rest);
    const bool more = !rest.empty();
    const auto bytes = sequence && more ? take_number(rest) : std::nullopt;
    if (!bytes || !rest.empty() || *sequence > UINT32_MAX) throw not_protocol("not an answer", line);
    if (*bytes > (part ? kMaxPartBytes : kMaxMetaBytes)) throw not_protocol("an answer that is too long", line);
    if (part) return PartHeader{static_cast<std::uint32_t>(*sequence), *bytes};
    return DoneHeader{static_cast<std::uint32_t>(*sequence), *bytes};
}

BatchAccount parse_account(std::string_view meta, std::uint64_t records) {
    const json said = parse_object(meta, "an account of the wrong form");
    const bool complete = said.contains("records") && said.contains("bad") && said.contains("counters");
    if (!complete || !said["bad"].is_array() || !said["counters"].is_object())
        throw not_protocol("an account of the wrong form", meta);
    BatchAccount account;
    account.records = unsigned_of(said["records"], meta);
    if (account.records != records) {
        throw Error(ErrorKind::child_output, fmt::format("answered for {} records of {}", account.records, records));
    }
    for (const json& value : said["bad"]) {
        account.bad.push_back(bad_entry(value, records, meta));
        const std::size_t count = account.bad.size();
        if (count > 1 && account.bad[count - 2].record >= account.bad[count - 1].record) {
            throw not_protocol("an account out of order", meta);
        }
    }
    const auto take_word = [&](const char* key, bool& to) {
        const auto found = said.find(key);
        if (found == said.end()) return;
        if (!found->is_boolean()) throw not_protocol("an account of the wrong form", meta);
        to = found->get<bool>();
    };
    take_word("index", account.index_helps);
    take_word("nested", account.wants_nested);
    for (const auto& [name, amount] : said["counters"].items()) {
        if (!amount.is_number_integer()) throw not_protocol("an account of the wrong form", meta);
        const bool huge = amount.is_number_unsigned() && amount.get<std::uint64_t>() > INT64_MAX;
        account.counters[name] = huge ? INT64_MAX : amount.get<std::int64_t>();
    }
    return account;
}

}  // namespace af
