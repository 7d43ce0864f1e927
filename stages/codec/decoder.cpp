#include "stages/codec/decoder.hpp"

#include "stages/codec/bzip2_decoder.hpp"
#include "stages/codec/gzip_decoder.hpp"
#include "stages/codec/lzma_decoder.hpp"
#include "stages/codec/plain_decoder.hpp"
#include "stages/codec/zstd_decoder.hpp"

namespace af {

std::string_view codec_name(Codec codec) noexcept {
    switch (codec) {
        case Codec::plain: return "plain";
        case Codec::xz: return "xz";
        case Codec::lzma: return "lzma";
        case Codec::gzip: return "gzip";
        case Codec::zstd: return "zstd";
        case Codec::bzip2: return "bzip2";
    }
    return "unknown";
}

std::unique_ptr<Decoder> make_decoder(Codec codec, std::size_t memory_bytes) {
    switch (codec) {
        case Codec::plain: return make_plain_decoder();
        case Codec::xz: return make_xz_decoder(memory_bytes);
        case Codec::lzma: return make_lzma_decoder(memory_bytes);
        case Codec::gzip: return make_gzip_decoder();
        case Codec::zstd: return make_zstd_decoder(memory_bytes);
        case Codec::bzip2: return make_bzip2_decoder();
    }
    throw Error(ErrorKind::bug, "a codec without a decoder");
}

}  // namespace af
