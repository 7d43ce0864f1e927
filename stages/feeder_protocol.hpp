// The words of container/helpers/PROTOCOL.md, written and read: pure functions of text.
#pragma once

#include "engine/child_stderr.hpp"
#include "engine/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace af {

inline constexpr std::size_t kMaxPartBytes = 65 << 20;  // one line of map output is at most 64 MiB
inline constexpr std::size_t kMaxMetaBytes = 64 << 20;
inline constexpr std::size_t kMaxHeaderBytes = 80;
inline constexpr std::size_t kMaxHandshakeBytes = 1 << 20;

// What a feeder says of itself once the script is loaded.
struct FeederReady {
    std::string language, version, json;
    bool lazy = false;     // it uses an INDEX
    bool memory = false;   // it reads payloads from shared memory
    std::string not_lazy;  // why it does not, when it was asked to
};

struct PartHeader {
    std::uint32_t sequence = 0;
    std::size_t bytes = 0;
};
struct DoneHeader {
    std::uint32_t sequence = 0;
    std::size_t bytes = 0;
};

struct BadEntry {
    std::uint64_t record = 0;  // in the batch, from 0
    std::string kind, reason;
};
struct BatchAccount {
    std::uint64_t records = 0;
    std::vector<BadEntry> bad;  // in order of records
    Counters counters;
    bool wants_nested = false;  // an INDEX should tell of the members of large objects too
    bool index_helps = true;    // false: the function touched most of the values, so that an INDEX was in vain
};

// `payload_at`: where in the shared memory the payload lies, which then does not follow.
std::string batch_header(std::uint32_t sequence, std::size_t file_bytes, std::size_t index_bytes,
                         std::size_t payload_bytes, std::optional<std::uint64_t> payload_at = std::nullopt);

// A line of the handshake, without its newline. `failed` and what cannot be spoken to throw Error(config); anything
// else Error(child_output).
FeederReady parse_handshake(std::string_view line);

// A line that begins an answer, without its newline. Throws Error(child_output).
std::variant<PartHeader, DoneHeader> parse_answer(std::string_view line);

// Throws Error(child_output) unless it is what the protocol says, of a batch of `records` records.
BatchAccount parse_account(std::string_view meta, std::uint64_t records);

}  // namespace af
