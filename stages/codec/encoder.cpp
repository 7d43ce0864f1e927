#include "stages/codec/encoder.hpp"

#include "engine/error.hpp"

#include <zlib.h>
#include <zstd.h>
#include <string>

namespace af {
namespace {

constexpr std::size_t kOutBytes = 128 << 10;

class Plain final : public Encoder {
public:
    void add(std::string_view bytes, const Sink& sink) override { sink(bytes); }
    void finish(const Sink&) override {}
};

class Zstd final : public Encoder {
public:
    Zstd() { ZSTD_CCtx_setParameter(zstd_.get(), ZSTD_c_checksumFlag, 1); }
    void add(std::string_view bytes, const Sink& sink) override { run(bytes, ZSTD_e_continue, sink); }
    void finish(const Sink& sink) override { run({}, ZSTD_e_end, sink); }

private:
    void run(std::string_view bytes, ZSTD_EndDirective how, const Sink& sink) {
        ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
        for (;;) {
            ZSTD_outBuffer out{buffer_.data(), buffer_.size(), 0};
            const std::size_t left = ZSTD_compressStream2(zstd_.get(), &out, &in, how);
            if (ZSTD_isError(left)) throw Error(ErrorKind::bug, std::string("zstd: ") + ZSTD_getErrorName(left));
            if (out.pos > 0) sink({buffer_.data(), out.pos});
            if (how == ZSTD_e_end ? left == 0 : in.pos == in.size) return;
        }
    }

    std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> zstd_{ZSTD_createCCtx(), ZSTD_freeCCtx};
    std::string buffer_ = std::string(kOutBytes, '\0');
};

class Gzip final : public Encoder {
public:
    Gzip() {
        constexpr int kGzipWindow = 15 + 16;
        if (deflateInit2(&zlib_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
            throw Error(ErrorKind::os, "zlib has no memory");
        }
    }
    ~Gzip() override { deflateEnd(&zlib_); }
    void add(std::string_view bytes, const Sink& sink) override { run(bytes, Z_NO_FLUSH, sink); }
    void finish(const Sink& sink) override { run({}, Z_FINISH, sink); }

private:
    void run(std::string_view bytes, int how, const Sink& sink) {
        zlib_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        zlib_.avail_in = static_cast<uInt>(bytes.size());
        int code = Z_OK;
        do {
            zlib_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
            zlib_.avail_out = static_cast<uInt>(buffer_.size());
            code = deflate(&zlib_, how);
            if (code == Z_STREAM_ERROR) throw Error(ErrorKind::bug, "zlib refused its own stream");
            if (const std::size_t made = buffer_.size() - zlib_.avail_out) sink({buffer_.data(), made});
        } while (how == Z_FINISH ? code != Z_STREAM_END : zlib_.avail_in > 0 || zlib_.avail_out == 0);
    }

    z_stream zlib_{};
    std::string buffer_ = std::string(kOutBytes, '\0');
};

}  // namespace

std::unique_ptr<Encoder> encoder_for(std::string_view name) {
    if (name.ends_with(".zst")) return std::make_unique<Zstd>();
    if (name.ends_with(".gz")) return std::make_unique<Gzip>();
    return std::make_unique<Plain>();
}

}  // namespace af
