// Where the structure of a JSON text lies: stage 1 of simdjson, which also finds invalid UTF-8, control characters in
// strings and a string that does not end.
//
// Memory   4 bytes for each byte of the largest text so far, rounded up to a power of two; at least 1 MB.
// Threads  one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace af {

class JsonPositions {
public:
    JsonPositions();
    ~JsonPositions();
    JsonPositions(JsonPositions&&) noexcept;
    JsonPositions& operator=(JsonPositions&&) noexcept;

    // The positions of brackets, colons, commas and of the first byte of each string, number and word, in order; one
    // behind the last of the span can be read and equals json.size(). Empty: the text cannot be valid. They hold until
    // the next call. Reads nothing behind `json`.
    std::span<const std::uint32_t> of(std::string_view json);

private:
    struct Parser;
    std::unique_ptr<Parser> parser_;
};

}  // namespace af
