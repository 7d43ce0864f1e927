// How often each text was there, exactly; the most frequent ones are the result.
//
// Memory   every different text is kept: more than kMostBytes of them for one key is Error(child_output).
// Order    of the result: most frequent first, then by bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace af {

class TopCounts {
public:
    static constexpr std::size_t kMostBytes = std::size_t{64} << 20;

    void add(std::string_view text, std::uint64_t times = 1);
    void merge(std::string_view counts);  // what to_text() wrote

    std::string to_text() const;                // "TEXT TAB COUNT TAB ..." in the order of bytes
    std::string result(std::size_t most) const;  // JSON: [["TEXT",COUNT],...]
    std::size_t extra_bytes() const noexcept { return bytes_; }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, std::uint64_t, Hash, std::equal_to<>> counts_;
    std::size_t bytes_ = 0;
};

}  // namespace af
