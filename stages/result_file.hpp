// Where a result goes: a file that appears whole or not at all, or standard output, which gets the result only once it
// is whole. The name decides on compression: .zst and .gz, anything else is plain.
//
// Errors   no_space, io, refused, not_found; a target that cannot be written is refused by the constructor.
#pragma once

#include "engine/atomic_file.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace af {

// What was written, for the manifest.
struct ResultFacts {
    std::string name;         // path, or "-"
    std::uint64_t bytes = 0;  // as stored
    std::uint64_t lines = 0;
    std::string sha256;  // of the bytes as stored, hex
    std::optional<std::uint64_t> pairs = std::nullopt;  // of a part for a reducer
};

class ResultFile {
public:
    // `target` "-": standard output, collected below `scratch` until commit(). Otherwise what is not committed yet lies
    // in `staging` (see AtomicFile).
    ResultFile(const std::filesystem::path& target, const std::filesystem::path& scratch,
               const std::filesystem::path& staging = {});
    ~ResultFile();

    void append(std::string_view bytes);
    // All but the rename: what can fail for want of space. Nothing may be appended afterwards.
    ResultFacts prepare();
    // Publishes what was prepared. Standard output: Error(cancelled) once `stop` is requested, with a part written.
    void commit(std::stop_token stop = {});
    // Takes a published file back, for a result of several that could not all be published.
    void withdraw() noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace af
