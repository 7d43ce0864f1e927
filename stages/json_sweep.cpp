#include "stages/json_sweep.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <optional>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace af {

#ifdef __x86_64__

#define AF_PRAGMA(words) _Pragma(#words)
#ifdef __clang__
#define AF_COMPILE_FOR(features) AF_PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define AF_COMPILE_FOR_ALL AF_PRAGMA(clang attribute pop)
#else
#define AF_COMPILE_FOR(features) AF_PRAGMA(GCC push_options) AF_PRAGMA(GCC target(features))
#define AF_COMPILE_FOR_ALL AF_PRAGMA(GCC pop_options)
#endif

// Compiled for five kinds of processors.

namespace {

namespace sse2 {
#define AF_LANES 1
#define AF_PEXT 0
#define AF_ICE_LAKE 0
#include "stages/json_way.inc"
}  // namespace sse2

AF_COMPILE_FOR("avx2,bmi,popcnt")
namespace avx2 {
#define AF_LANES 4
#define AF_PEXT 0
#define AF_ICE_LAKE 0
#include "stages/json_way.inc"
}  // namespace avx2
AF_COMPILE_FOR_ALL

AF_COMPILE_FOR("avx2,bmi,bmi2,popcnt")
namespace avx2_pext {
#define AF_LANES 4
#define AF_PEXT 1
#define AF_ICE_LAKE 0
#include "stages/json_way.inc"
}  // namespace avx2_pext
AF_COMPILE_FOR_ALL

AF_COMPILE_FOR("avx512f,avx512bw,bmi,bmi2,popcnt")
namespace avx512 {
#define AF_LANES 8
#define AF_PEXT 1
#define AF_ICE_LAKE 0
#include "stages/json_way.inc"
}  // namespace avx512
AF_COMPILE_FOR_ALL

AF_COMPILE_FOR("avx512f,avx512bw,avx512vbmi,avx512vbmi2,vpclmulqdq,bmi,bmi2,popcnt")
namespace ice_lake {
#define AF_LANES 8
#define AF_PEXT 1
#define AF_ICE_LAKE 1
#include "stages/json_way.inc"
}  // namespace ice_lake
AF_COMPILE_FOR_ALL

std::uint32_t sweep(JsonSweep::Way way, JsonNotes& notes, int levels) {
    switch (way) {
        case JsonSweep::Way::sse2: return sse2::Sweep(notes, levels).run();
        case JsonSweep::Way::avx2: return avx2::Sweep(notes, levels).run();
        case JsonSweep::Way::avx2_pext: return avx2_pext::Sweep(notes, levels).run();
        case JsonSweep::Way::avx512: return avx512::Sweep(notes, levels).run();
        case JsonSweep::Way::ice_lake: return ice_lake::Sweep(notes, levels).run();
    }
    return 0;
}

}  // namespace

std::vector<JsonSweep::Way> JsonSweep::ways() {
    std::vector<Way> found{Way::sse2};
    const bool has_avx2 =
        __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
    if (has_avx2) found.push_back(Way::avx2);
    // Before Zen 3, processors of AMD took as many steps for a pext as it has bits.
    const bool has_slow_pext =
        __builtin_cpu_is("bdver4") || __builtin_cpu_is("znver1") || __builtin_cpu_is("znver2");
    const bool has_pext = has_avx2 && __builtin_cpu_supports("bmi2") && !has_slow_pext;
    if (has_pext) found.push_back(Way::avx2_pext);
    const bool has_avx512 = has_pext && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
    if (has_avx512) found.push_back(Way::avx512);
    if (has_avx512 && __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
        __builtin_cpu_supports("vpclmulqdq")) {
        found.push_back(Way::ice_lake);
    }
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
