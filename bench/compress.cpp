#include "bench/compress.hpp"

#include "engine/error.hpp"

#include <array>
#include <bzlib.h>
#include <fmt/format.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

namespace af::bench {
namespace {

constexpr std::size_t kStep = 64 << 10;  // output is taken in pieces of this size

constexpr std::array kCodecs{Codec::lzma, Codec::xz, Codec::gz, Codec::zst, Codec::bz2, Codec::none};
constexpr std::array<std::string_view, 6> kSuffixes{".lzma", ".xz", ".gz", ".zst", ".bz2", ""};

[[noreturn]] void refuse(std::string_view library, long code) {
    throw Error(ErrorKind::bug, fmt::format("{} failed with {}", library, code));
}

void require_level(std::string_view codec, int level, int least, int most) {
    if (level >= least && level <= most) return;
    throw Error(ErrorKind::usage, fmt::format("{} has no level {}", codec, level))
        .about("--level")
        .hint(fmt::format("use --level {} to {}", least, most));
}

class Plain final : public Compressor {
public:
    void write(std::string_view bytes, std::string& out) override { out += bytes; }
    void finish(std::string&) override {}
};

class Lzma final : public Compressor {
public:
    Lzma(bool alone, int level) {
        require_level("lzma", level, 0, 9);
        lzma_options_lzma options{};
        if (lzma_lzma_preset(&options, static_cast<std::uint32_t>(level))) refuse("lzma_lzma_preset", level);
        if (alone) {
            check(lzma_alone_encoder(&stream_, &options));
        } else {
            const lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, nullptr}};
            check(lzma_stream_encoder(&stream_, filters, LZMA_CHECK_CRC64));
        }
    }
    Lzma(const Lzma&) = delete;
    Lzma& operator=(const Lzma&) = delete;
    ~Lzma() override { lzma_end(&stream_); }

    void write(std::string_view bytes, std::string& out) override {
        stream_.next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
        stream_.avail_in = bytes.size();
        while (stream_.avail_in > 0) step(LZMA_RUN, out);
    }
    void finish(std::string& out) override {
        while (step(LZMA_FINISH, out) != LZMA_STREAM_END) {}
    }

private:
    static lzma_ret check(lzma_ret code) {
        if (code != LZMA_OK && code != LZMA_STREAM_END) refuse("liblzma", code);
        return code;
    }
    lzma_ret step(lzma_action action, std::string& out) {
        const std::size_t before = out.size();
        out.resize(before + kStep);
        stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data() + before);
        stream_.avail_out = kStep;
        const lzma_ret code = lzma_code(&stream_, action);
        out.resize(before + kStep - stream_.avail_out);
        return check(code);
    }
    lzma_stream stream_ = LZMA_STREAM_INIT;
};

class Gzip final : public Compressor {
public:
    explicit Gzip(int level) {
        require_level("gz", level, 1, 9);
        constexpr int kGzipFraming = 16;
        const int code = deflateInit2(&stream_, level, Z_DEFLATED, 15 + kGzipFraming, 8, Z_DEFAULT_STRATEGY);
        if (code != Z_OK) refuse("zlib", code);
    }
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;
    ~Gzip() override { deflateEnd(&stream_); }

    void write(std::string_view bytes, std::string& out) override {
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib only reads it
        stream_.avail_in = static_cast<uInt>(bytes.size());
        while (stream_.avail_in > 0) step(Z_NO_FLUSH, out);
    }
    void finish(std::string& out) override {
        while (step(Z_FINISH, out) != Z_STREAM_END) {}
    }

private:
    int step(int flush, std::string& out) {
        const std::size_t before = out.size();
        out.resize(before + kStep);
        stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
        stream_.avail_out = kStep;
        const int code = deflate(&stream_, flush);
        out.resize(before + kStep - stream_.avail_out);
        if (code != Z_OK && code != Z_STREAM_END) refuse("zlib", code);
        return code;
    }
    z_stream stream_{};
};

class Zstd final : public Compressor {
public:
    explicit Zstd(int level) : context_(ZSTD_createCCtx()) {
        require_level("zst", level, 1, ZSTD_maxCLevel());
        check(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level));
        check(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1));
    }
    void write(std::string_view bytes, std::string& out) override {
        ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
        while (in.pos < in.size) step(in, ZSTD_e_continue, out);
    }
    void finish(std::string& out) override {
        ZSTD_inBuffer in{nullptr, 0, 0};
        while (step(in, ZSTD_e_end, out) != 0) {}
    }

private:
    struct Free {
        void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    };
    static std::size_t check(std::size_t code) {
        if (ZSTD_isError(code)) refuse(ZSTD_getErrorName(code), static_cast<long>(code));
        return code;
    }
    std::size_t step(ZSTD_inBuffer& in, ZSTD_EndDirective directive, std::string& out) {
        const std::size_t before = out.size();
        out.resize(before + kStep);
        ZSTD_outBuffer piece{out.data() + before, kStep, 0};
        const std::size_t left = ZSTD_compressStream2(context_.get(), &piece, &in, directive);
        out.resize(before + piece.pos);
        return check(left);
    }
    std::unique_ptr<ZSTD_CCtx, Free> context_;
};

class Bzip2 final : public Compressor {
public:
    explicit Bzip2(int level) {
        require_level("bz2", level, 1, 9);
        const int code = BZ2_bzCompressInit(&stream_, level, 0, 0);
        if (code != BZ_OK) refuse("bzip2", code);
    }
    Bzip2(const Bzip2&) = delete;
    Bzip2& operator=(const Bzip2&) = delete;
    ~Bzip2() override { BZ2_bzCompressEnd(&stream_); }

    void write(std::string_view bytes, std::string& out) override {
        stream_.next_in = const_cast<char*>(bytes.data());  // bzip2 only reads it
        stream_.avail_in = static_cast<unsigned>(bytes.size());
        while (stream_.avail_in > 0) step(BZ_RUN, out);
    }
    void finish(std::string& out) override {
        while (step(BZ_FINISH, out) != BZ_STREAM_END) {}
    }

private:
    int step(int action, std::string& out) {
        const std::size_t before = out.size();
        out.resize(before + kStep);
        stream_.next_out = out.data() + before;
        stream_.avail_out = kStep;
        const int code = BZ2_bzCompress(&stream_, action);
        out.resize(before + kStep - stream_.avail_out);
        if (code < 0) refuse("bzip2", code);
        return code;
    }
    bz_stream stream_{};
};

}  // namespace

std::string_view codec_suffix(Codec codec) { return kSuffixes[static_cast<std::size_t>(codec)]; }

std::string_view codec_name(Codec codec) {
    return codec == Codec::none ? "none" : codec_suffix(codec).substr(1);
}

std::optional<Codec> codec_named(std::string_view name) {
    for (const Codec codec : kCodecs) {
        if (codec_name(codec) == name) return codec;
    }
    return std::nullopt;
}

std::span<const Codec> all_codecs() { return kCodecs; }

std::unique_ptr<Compressor> make_compressor(Codec codec, std::optional<int> level) {
    switch (codec) {
        case Codec::lzma: return std::make_unique<Lzma>(true, level.value_or(2));
        case Codec::xz: return std::make_unique<Lzma>(false, level.value_or(2));
        case Codec::gz: return std::make_unique<Gzip>(level.value_or(6));
        case Codec::zst: return std::make_unique<Zstd>(level.value_or(3));
        case Codec::bz2: return std::make_unique<Bzip2>(level.value_or(9));
        case Codec::none: break;
    }
    return std::make_unique<Plain>();
}

}  // namespace af::bench
