// Objects for tests: strings compressed by each codec, and their bytes as the pieces of an object in flight.
#pragma once

#include "stages/codec/decoder.hpp"
#include "stages/records.hpp"

#include <bzlib.h>
#include <isa-l/igzip_lib.h>
#include <lzma.h>
#include <zstd.h>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace af {

inline void sample_must(bool done) {
    if (!done) throw std::runtime_error("a sample object could not be made");
}

inline std::string lzma_coded(lzma_stream stream, std::string_view text) {
    std::string out(text.size() * 2 + 4096, '\0');
    stream.next_in = reinterpret_cast<const std::uint8_t*>(text.data());
    stream.avail_in = text.size();
    stream.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream.avail_out = out.size();
    sample_must(lzma_code(&stream, LZMA_FINISH) == LZMA_STREAM_END);
    out.resize(out.size() - stream.avail_out);
    lzma_end(&stream);
    return out;
}

inline std::string xz(std::string_view text, std::uint32_t preset = 1) {
    lzma_stream stream = LZMA_STREAM_INIT;
    sample_must(lzma_easy_encoder(&stream, preset, LZMA_CHECK_CRC64) == LZMA_OK);
    return lzma_coded(stream, text);
}

inline std::string lzma(std::string_view text, std::uint32_t preset = 1) {
    lzma_stream stream = LZMA_STREAM_INIT;
    lzma_options_lzma options;
    sample_must(!lzma_lzma_preset(&options, preset));
    sample_must(lzma_alone_encoder(&stream, &options) == LZMA_OK);
    return lzma_coded(stream, text);
}

inline std::string gzip(std::string_view text) {
    auto stream = std::make_unique<isal_zstream>();
    std::vector<std::uint8_t> level(ISAL_DEF_LVL1_DEFAULT);
    std::string out(text.size() * 2 + 4096, '\0');
    isal_deflate_init(stream.get());
    stream->level = 1;
    stream->level_buf = level.data();
    stream->level_buf_size = static_cast<std::uint32_t>(level.size());
    stream->gzip_flag = IGZIP_GZIP;
    stream->end_of_stream = 1;
    stream->next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    stream->avail_in = static_cast<std::uint32_t>(text.size());
    stream->next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream->avail_out = static_cast<std::uint32_t>(out.size());
    sample_must(isal_deflate(stream.get()) == COMP_OK && stream->internal_state.state == ZSTATE_END);
    out.resize(stream->total_out);
    return out;
}

inline std::string zstd(std::string_view text) {
    std::string out(ZSTD_compressBound(text.size()), '\0');
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    const std::size_t size = ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size());
    ZSTD_freeCCtx(context);
    sample_must(!ZSTD_isError(size));
    out.resize(size);
    return out;
}

inline std::string bzip2(std::string_view text) {
    std::string out(text.size() * 2 + 4096, '\0');
    auto size = static_cast<unsigned>(out.size());
    sample_must(BZ2_bzBuffToBuffCompress(out.data(), &size, const_cast<char*>(text.data()),
                                         static_cast<unsigned>(text.size()), 9, 0, 0) == BZ_OK);
    out.resize(size);
    return out;
}

inline std::string compressed(Codec codec, std::string_view text) {
    switch (codec) {
        case Codec::plain: return std::string(text);
        case Codec::xz: return xz(text);
        case Codec::lzma: return lzma(text);
        case Codec::gzip: return gzip(text);
        case Codec::zstd: return zstd(text);
        case Codec::bzip2: return bzip2(text);
    }
    throw std::runtime_error("no such codec");
}

inline std::string_view suffix_of(Codec codec) {
    switch (codec) {
        case Codec::plain: return ".txt";
        case Codec::xz: return ".xz";
        case Codec::lzma: return ".lzma";
        case Codec::gzip: return ".gz";
        case Codec::zstd: return ".zst";
        case Codec::bzip2: return ".bz2";
    }
    throw std::runtime_error("no such codec");
}

inline std::string named(std::string_view stem, Codec codec) { return std::string(stem).append(suffix_of(codec)); }

inline ObjectPtr sample_object(std::string name, std::uint64_t size = kUnknownSize) {
    return std::make_shared<const ObjectRef>(
        ObjectRef{.name = std::move(name), .size = size, .etag = "", .ordinal = 0});
}

namespace sample_detail {

inline Task<void> put_all(Sender<Piece> to, std::vector<Piece>& pieces) {
    for (Piece& piece : pieces) (void)co_await to.put(std::move(piece));
}

}  // namespace sample_detail

// A stream that holds all `pieces` at once and is closed behind them.
inline Receiver<Piece> stream_of(std::vector<Piece> pieces) {
    auto [sender, receiver] = channel<Piece>({.items = pieces.size() + 1});
    asio::io_context loop;
    asio::co_spawn(loop, sample_detail::put_all(std::move(sender), pieces), asio::detached);
    loop.run();
    return std::move(receiver);
}

// `bytes` in blocks of `piece_bytes` from `pool` (whose blocks hold as many), and no end mark.
inline std::vector<Piece> pieces_of(std::string_view bytes, std::size_t piece_bytes, BlockPool& pool) {
    std::vector<Piece> pieces;
    while (!bytes.empty()) {
        Block block = pool.take();
        block.append(bytes.substr(0, piece_bytes));
        bytes.remove_prefix(block.size());
        pieces.emplace_back(std::move(block));
    }
    return pieces;
}

inline Receiver<Piece> whole_stream_of(std::string_view bytes, std::size_t piece_bytes, BlockPool& pool) {
    std::vector<Piece> pieces = pieces_of(bytes, piece_bytes, pool);
    pieces.push_back(end_of_object());
    return stream_of(std::move(pieces));
}

}  // namespace af
