#include "stages/builtin/hyperloglog.hpp"

#include "engine/error.hpp"
#include "engine/release_memory.hpp"
#include "stages/s3/hash.hpp"
#include "stages/seal/base64.hpp"
#include "stages/text_hash.hpp"

#include <algorithm>
#include <bit>
#include <array>
#include <cmath>
#include <limits>

namespace af {
namespace {

constexpr unsigned kIndexBits = 14;
constexpr std::uint32_t kRegisters = 1 << kIndexBits;
constexpr unsigned kRankBits = 64 - kIndexBits;  // ranks are 1 to kRankBits + 1
constexpr std::size_t kMostSparse = 1024;
constexpr char kSparse = 's';  // three bytes an entry
constexpr char kDense = 'd';   // a byte a register

double sigma(double x) {
    if (x == 1) return std::numeric_limits<double>::infinity();
    double y = 1;
    double z = x;
    for (double before = -1; before != z;) {
        x *= x;
        before = z;
        z += x * y;
        y += y;
    }
    return z;
}

double tau(double x) {
    if (x == 0 || x == 1) return 0;
    double y = 1;
    double z = 1 - x;
    for (double before = -1; before != z;) {
        x = std::sqrt(x);
        before = z;
        y *= 0.5;
        z -= (1 - x) * (1 - x) * y;
    }
    return z / 3;
}

}  // namespace

void HyperLogLog::add(std::string_view text) {
    const std::uint64_t hash = text_hash(text);
    const std::uint64_t rest = hash << kIndexBits;
    const unsigned zeros = rest == 0 ? kRankBits : std::min<unsigned>(std::countl_zero(rest), kRankBits);
    raise(static_cast<std::uint32_t>(hash >> kRankBits), static_cast<std::uint8_t>(zeros + 1));
}

void HyperLogLog::raise(std::uint32_t index, std::uint8_t rank) {
    if (!dense_.empty()) {
        dense_[index] = std::max(dense_[index], rank);
        return;
    }
    const auto at = std::lower_bound(sparse_.begin(), sparse_.end(), index << 8);
    if (at != sparse_.end() && *at >> 8 == index) {
        *at = std::max(*at, index << 8 | rank);
        return;
    }
    sparse_.insert(at, index << 8 | rank);
    if (sparse_.size() <= kMostSparse) return;
    dense_.resize(kRegisters);
    for (const std::uint32_t entry : sparse_) dense_[entry >> 8] = static_cast<std::uint8_t>(entry);
    release_memory(sparse_);
}

std::string HyperLogLog::to_text() const {
    if (!dense_.empty()) return kDense + base64({reinterpret_cast<const char*>(dense_.data()), dense_.size()});
    std::string bytes;
    for (const std::uint32_t entry : sparse_) {
        for (const unsigned shift : {16, 8, 0}) bytes.push_back(static_cast<char>(entry >> shift));
    }
    return kSparse + base64(bytes);
}

void HyperLogLog::merge(std::string_view sketch) {
    const auto bytes = sketch.empty() ? std::nullopt : strict_base64(sketch.substr(1));
    const bool dense = sketch.starts_with(kDense);
    if (!bytes || (!dense && !sketch.starts_with(kSparse)) ||
        (dense ? bytes->size() != kRegisters : bytes->size() % 3 != 0)) {
        throw Error(ErrorKind::child_output, "not a sketch of unique values");
    }
    const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>((*bytes)[at]); };
    for (std::uint32_t i = 0; dense && i < kRegisters; ++i) {
        if (byte(i) != 0) raise(i, byte(i));
    }
    for (std::size_t i = 0; !dense && i < bytes->size(); i += 3) {
        const std::uint32_t index = std::uint32_t{byte(i)} << 8 | byte(i + 1);
        if (index >= kRegisters) throw Error(ErrorKind::child_output, "not a sketch of unique values");
        raise(index, byte(i + 2));
    }
}

std::uint64_t HyperLogLog::estimate() const {
    std::array<std::uint32_t, kRankBits + 2> counts{};  // registers by rank
    counts[0] = dense_.empty() ? kRegisters - static_cast<std::uint32_t>(sparse_.size()) : 0;
    const auto count = [&](std::uint8_t rank) { ++counts[std::min<std::size_t>(rank, kRankBits + 1)]; };
    for (const std::uint32_t entry : sparse_) count(static_cast<std::uint8_t>(entry));
    for (const std::uint8_t rank : dense_) count(rank);
    constexpr double kM = kRegisters;
    double z = kM * tau(1 - counts[kRankBits + 1] / kM);
    for (unsigned rank = kRankBits; rank > 0; --rank) z = 0.5 * (z + counts[rank]);
    z += kM * sigma(counts[0] / kM);
    constexpr double kAlpha = 0.5 / 0.69314718055994530942;
    return static_cast<std::uint64_t>(std::llround(kAlpha * kM * kM / z));
}

}  // namespace af
