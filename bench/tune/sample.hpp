// Part of an input that stands for all of it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace af::bench {

struct InputObject {
    std::string name;
    std::uint64_t bytes = 0;
};

// Lines of `af index`, name TAB size. Throws Error{usage} for an object whose size is not known.
std::vector<InputObject> parse_index(const std::string& text);

std::uint64_t total_bytes(const std::vector<InputObject>& objects);

// Objects of about this share of the bytes, drawn by a fixed seed: the same share, the same objects, and a larger share
// has all that a smaller one has but for objects of more than a quarter of what is drawn, which would be most of a
// small sample. Never none; all of them for 1.
std::vector<InputObject> sample(const std::vector<InputObject>& objects, double share);

}  // namespace af::bench
