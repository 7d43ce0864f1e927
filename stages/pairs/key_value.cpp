#include "stages/pairs/key_value.hpp"

#include <cstdint>

namespace af {

KeyValue split_key_value(std::string_view line) {
    std::size_t at = line.find('\t');
    if (at == std::string_view::npos) at = line.find(' ');
    if (at == std::string_view::npos) return {line, {}};
    return {line.substr(0, at), line.substr(at + 1)};
}

unsigned partition_of(std::string_view key, unsigned partitions) {
    if (partitions <= 1) return 0;
    std::uint64_t hash = 0xcbf29ce484222325;
    for (unsigned char c : key) hash = (hash ^ c) * 0x100000001b3;
    hash ^= hash >> 32;  // the low bits of FNV alone are weak for short keys
    return static_cast<unsigned>(hash % partitions);
}

}  // namespace af
