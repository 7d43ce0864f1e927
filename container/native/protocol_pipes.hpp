// A feeder's end of its pipes: batches in, answers out (container/helpers/PROTOCOL.md). What they were, 0 and 1, is
// then empty and stderr, so that nothing of the user's gets between.
//
// Errors   Error(io) when a pipe breaks, Error(bug) for what is not of the protocol.
#pragma once

#include "engine/unique_fd.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace af {

// Views hold until the next batch is read.
struct FedBatch {
    std::uint32_t sequence = 0;
    std::string_view file;
    std::string_view payload;  // whole lines
};

class ProtocolPipes {
public:
    ProtocolPipes();
    ~ProtocolPipes();

    // Maps the memory that the engine shares as descriptor 3, for payloads that lie there. False: that is something
    // else, or there is no room for it.
    bool take_memory(std::size_t bytes);

    std::optional<FedBatch> next();  // nullopt at the end of input
    void write(std::string_view bytes);

private:
    bool fill();
    std::optional<std::string> header();
    void read_exactly(std::string& to, std::size_t bytes);

    UniqueFd in_, out_;
    std::string buffer_;
    std::size_t begin_ = 0;  // of what was read and not yet taken
    std::string file_, index_, payload_;
    std::span<const char> memory_;  // mapped
};

}  // namespace af
