// What verifying an object costs: each checksum that a store gives, over 256 KiB as they come from the network.
// Floor: copying the same bytes once.
#include "stages/s3/checksums.hpp"
#include "stages/s3/crc64nvme.hpp"

#include <benchmark/benchmark.h>
#include <cstring>
#include <string>

namespace {

const std::string kBytes(256 << 10, 'x');

template <class T, T (*Step)(T, std::string_view)>
void checksum(benchmark::State& state) {
    T crc = 0;
    for (auto _ : state) benchmark::DoNotOptimize(crc = Step(crc, kBytes));
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kBytes.size()));
}

void copying(benchmark::State& state) {
    std::string to(kBytes.size(), '\0');
    for (auto _ : state) {
        std::memcpy(to.data(), kBytes.data(), kBytes.size());
        benchmark::ClobberMemory();
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kBytes.size()));
}

BENCHMARK(copying)->Name("copying");
BENCHMARK(checksum<std::uint32_t, af::crc32>)->Name("CRC32");
BENCHMARK(checksum<std::uint32_t, af::crc32c>)->Name("CRC32C");
BENCHMARK(checksum<std::uint64_t, af::crc64nvme>)->Name("CRC64NVME");
BENCHMARK(checksum<std::uint64_t, af::detail::crc64nvme_by_tables>)->Name("CRC64NVME by tables");

}  // namespace
