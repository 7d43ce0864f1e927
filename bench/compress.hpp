// Streaming compressors for made data. The same input bytes in the same order give the same output, however they are
// cut.
//
// Errors   Error{bug} when a library refuses what should always work; Error{usage} for a level the codec does not have.
// Threads  one compressor belongs to one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace af::bench {

enum class Codec : unsigned char { lzma, xz, gz, zst, bz2, none };

std::string_view codec_name(Codec codec);
std::string_view codec_suffix(Codec codec);  // ".lzma"; empty for none
std::optional<Codec> codec_named(std::string_view name);
std::span<const Codec> all_codecs();

class Compressor {
public:
    virtual ~Compressor() = default;
    // Appends to `out` what is ready.
    virtual void write(std::string_view bytes, std::string& out) = 0;
    // Appends the rest. Nothing may be written afterwards.
    virtual void finish(std::string& out) = 0;
};

// Without a level: 2 for lzma and xz (a modest one, see bench/README.md), 6 for gz, 3 for zst, 9 for bz2.
std::unique_ptr<Compressor> make_compressor(Codec codec, std::optional<int> level);

}  // namespace af::bench
