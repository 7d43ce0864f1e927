// How fast each decoder yields original bytes, 8 MB of telemetry-like lines, blocks of 256 KiB in and of 1 MiB out.
// Floor: `plain`, which only copies; `af-floor` has the codecs' own libraries without any of this.
#include "bench/compress.hpp"
#include "bench/micro/pings.hpp"
#include "stages/codec/decoder.hpp"
#include "stages/flow/widths.hpp"

#include <benchmark/benchmark.h>
#include <algorithm>
#include <vector>

namespace {

constexpr std::size_t kBytes = 8 << 20;
constexpr std::size_t kDecoderBytes = std::size_t{128} << 20;

std::string compressed(af::bench::Codec codec, const std::string& text) {
    const auto compressor = af::bench::make_compressor(codec, std::nullopt);
    std::string stored;
    compressor->write(text, stored);
    compressor->finish(stored);
    return stored;
}

std::uint64_t decode_all(af::Decoder& decoder, std::string_view stored, std::vector<char>& out) {
    std::uint64_t produced = 0;
    decoder.reset();
    for (;;) {
        const std::string_view in = stored.substr(0, af::kStoredBlockBytes);
        auto step = decoder.decode(in, in.size() == stored.size(), out);
        if (!step) return 0;
        produced += step->produced;
        if (step->ended) return produced;
        stored.remove_prefix(step->consumed);
    }
}

void decode(benchmark::State& state, af::bench::Codec made_by, af::Codec codec) {
    const std::string text = af::bench::pings(kBytes);
    const std::string stored = compressed(made_by, text);
    const auto decoder = af::make_decoder(codec, kDecoderBytes);
    std::vector<char> out(af::kRawBlockBytes);
    for (auto _ : state) {
        if (decode_all(*decoder, stored, out) != text.size()) state.SkipWithError("other bytes came out");
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
    state.counters["ratio"] = static_cast<double>(text.size()) / static_cast<double>(stored.size());
}

#define AF_CODEC_BENCH(made_by, codec) \
    BENCHMARK_CAPTURE(decode, codec, af::bench::Codec::made_by, af::Codec::codec)->Unit(benchmark::kMillisecond)
AF_CODEC_BENCH(none, plain);
AF_CODEC_BENCH(lzma, lzma);
AF_CODEC_BENCH(xz, xz);
AF_CODEC_BENCH(gz, gzip);
AF_CODEC_BENCH(zst, zstd);
AF_CODEC_BENCH(bz2, bzip2);

}  // namespace
