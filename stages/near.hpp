// Which of some words a person may have meant: for "did you mean" in messages.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace af {

// Bytes to insert, delete, replace or swap with a neighbour to turn one word into the other; words count by their first
// 64 bytes.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The words nearest to `word`, best first, at most `most`; those too far away to be a slip (more than a third of the
// longer word, at least 1 edit) are left out. Upper and lower case count as the same letter.
std::vector<std::string> near_words(std::string_view word, const std::vector<std::string>& among, std::size_t most = 3);

// ` (did you mean "x"?)`, or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& among);

}  // namespace af
