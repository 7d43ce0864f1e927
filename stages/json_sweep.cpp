#include "stages/json_sweep.hpp"

#include <array>
#include <bit>
#include <cstring>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace af {

#ifdef __x86_64__

// The same code for three kinds of processors.

namespace {

namespace sse2 {
#define AF_LANES 1
#include "stages/json_lanes.hpp"
//
#include "stages/json_kernel.hpp"
#undef AF_LANES
}  // namespace sse2

#pragma GCC push_options
#pragma GCC target("avx2,bmi,lzcnt,popcnt")
namespace avx2 {
#define AF_LANES 4
#include "stages/json_lanes.hpp"
//
#include "stages/json_kernel.hpp"
#undef AF_LANES
}  // namespace avx2
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,bmi,lzcnt,popcnt")
namespace avx512 {
#define AF_LANES 8
#include "stages/json_lanes.hpp"
//
#include "stages/json_kernel.hpp"
#undef AF_LANES
}  // namespace avx512
#pragma GCC pop_options

std::uint32_t sweep(JsonSweep::Way way, JsonNotes& notes, int levels) {
    switch (way) {
        case JsonSweep::Way::sse2: return sse2::Sweep(notes, levels).run();
        case JsonSweep::Way::avx2: return avx2::Sweep(notes, levels).run();
        case JsonSweep::Way::avx512: return avx512::Sweep(notes, levels).run();
    }
    return 0;
}

}  // namespace

std::vector<JsonSweep::Way> JsonSweep::ways() {
    std::vector<Way> found{Way::sse2};
    const bool has_bits =
        __builtin_cpu_supports("bmi") && __builtin_cpu_supports("lzcnt") && __builtin_cpu_supports("popcnt");
    if (has_bits && __builtin_cpu_supports("avx2")) found.push_back(Way::avx2);
    const bool has_avx512 =
        __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    if (has_bits && has_avx512) found.push_back(Way::avx512);
    return found;
}

std::uint32_t JsonSweep::root(std::string_view json, std::uint32_t base, std::vector<std::uint32_t>& words,
                              JsonNoted noted) {
    if (json.empty() || json.front() != '{') return 0;
    const std::size_t before = words.size();
    JsonNotes notes(json, base, fields_, words);
    const std::uint32_t place = sweep(way_, notes, noted == JsonNoted::root ? 1 : 2);
    if (place == 0) words.resize(before);
    return place;
}

#else

std::vector<JsonSweep::Way> JsonSweep::ways() { return {Way::sse2}; }
std::uint32_t JsonSweep::root(std::string_view, std::uint32_t, std::vector<std::uint32_t>&, JsonNoted) { return 0; }

#endif

JsonSweep::JsonSweep() : way_(ways().back()) {}

}  // namespace af
