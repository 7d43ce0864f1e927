#include "stages/pairs/run_file.hpp"

#include "engine/error.hpp"

#include <zstd.h>
#include <cstring>
#include <string>

namespace af {
namespace {

constexpr std::size_t kBufferBytes = 64 << 10;
constexpr int kWindowLog = 17;  // 128 KB: a merge reads many runs at once

void put_varint(std::string& out, std::uint64_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

void check(std::size_t code) {
    if (ZSTD_isError(code)) throw Error(ErrorKind::bug, std::string("sorted run: ") + ZSTD_getErrorName(code));
}

}  // namespace

struct RunWriter::State {
    File file;
    std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> zstd{ZSTD_createCCtx(), ZSTD_freeCCtx};
    std::string plain;
    std::string packed = std::string(kBufferBytes, '\0');
    std::string last_key;
    bool first = true;

    void put(std::string_view text) {
        while (!text.empty()) {
            const std::string_view piece = text.substr(0, kBufferBytes);
            plain += piece;
            text.remove_prefix(piece.size());
            if (plain.size() >= kBufferBytes) flush(ZSTD_e_continue);
        }
    }

    void flush(ZSTD_EndDirective how) {
        ZSTD_inBuffer in{plain.data(), plain.size(), 0};
        for (;;) {
            ZSTD_outBuffer out{packed.data(), packed.size(), 0};
            const std::size_t left = ZSTD_compressStream2(zstd.get(), &out, &in, how);
            check(left);
            file.append({packed.data(), out.pos});
            if (how == ZSTD_e_end ? left == 0 : in.pos == in.size) break;
        }
        plain.clear();
    }
};

RunWriter::RunWriter(const std::filesystem::path& scratch) : state_(std::make_unique<State>()) {
    state_->file = File::anonymous(scratch);
    check(ZSTD_CCtx_setParameter(state_->zstd.get(), ZSTD_c_compressionLevel, 1));
    check(ZSTD_CCtx_setParameter(state_->zstd.get(), ZSTD_c_windowLog, kWindowLog));
    check(ZSTD_CCtx_setParameter(state_->zstd.get(), ZSTD_c_checksumFlag, 1));
}
RunWriter::~RunWriter() = default;

void RunWriter::add(const SortedPair& pair) {
    State& s = *state_;
    if (!s.first && pair.key == s.last_key) {
        put_varint(s.plain, 0);
    } else {
        put_varint(s.plain, pair.key.size() + 1);
        s.put(pair.key);
        s.last_key = pair.key;
        s.first = false;
    }
    put_varint(s.plain, pair.ordinal);
    put_varint(s.plain, pair.value.size());
    s.put(pair.value);
}

File RunWriter::finish() {
    state_->flush(ZSTD_e_end);
    return std::move(state_->file);
}

namespace {

// A copy with room for `bytes`: a string that grows by itself takes up to twice of what it needs.
std::string with_room(std::string_view text, std::size_t bytes) {
    std::string grown;
    grown.reserve(bytes);
    grown += text;
    return grown;
}

class RunReader final : public PairStream {
public:
    explicit RunReader(File file) : file_(std::move(file)) {}

    bool next() override {
        if (!ensure(1)) {
            if (frame_left_ != 0) throw Error(ErrorKind::io, "a sorted run has no end");
            return false;
        }
        const std::uint64_t key_length = varint();
        if (key_length > 0) {
            key_.assign(bytes(key_length - 1));
            pair_.key = key_;
        }
        pair_.ordinal = static_cast<std::uint32_t>(varint());
        pair_.value = bytes(varint());
        return true;
    }

private:
    // Makes at least `count` plain bytes available; false when the run has ended before them.
    bool ensure(std::size_t count) {
        while (plain_.size() - at_ < count) {
            plain_.erase(0, at_);
            at_ = 0;
            const std::size_t have = plain_.size();
            const std::size_t want = std::max(count, have + kBufferBytes);
            if (want > plain_.capacity()) plain_ = with_room(plain_, want);
            plain_.resize(want);
            ZSTD_outBuffer out{plain_.data(), want, have};
            while (out.pos < out.size) {
                if (in_.pos == in_.size) {
                    const std::size_t got = file_.read_at(offset_, {packed_.data(), packed_.size()});
                    offset_ += got;
                    in_ = {packed_.data(), got, 0};
                    if (got == 0) break;
                }
                frame_left_ = ZSTD_decompressStream(zstd_.get(), &out, &in_);
                check(frame_left_);
            }
            plain_.resize(out.pos);
            if (out.pos == have) return false;
        }
        return true;
    }

    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (int shift = 0;; shift += 7) {
            if (!ensure(1)) throw Error(ErrorKind::io, "a sorted run ended in the middle of a pair");
            const auto byte = static_cast<unsigned char>(plain_[at_++]);
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return value;
        }
    }

    std::string_view bytes(std::size_t count) {
        if (!ensure(count)) throw Error(ErrorKind::io, "a sorted run ended in the middle of a pair");
        const std::string_view view(plain_.data() + at_, count);
        at_ += count;
        return view;
    }

    File file_;
    std::uint64_t offset_ = 0;
    std::size_t frame_left_ = 1;  // 0 once the frame has ended
    std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> zstd_{ZSTD_createDCtx(), ZSTD_freeDCtx};
    std::string packed_ = std::string(kBufferBytes, '\0');
    ZSTD_inBuffer in_{nullptr, 0, 0};
    std::string plain_;
    std::size_t at_ = 0;
    std::string key_;
};

}  // namespace

std::unique_ptr<PairStream> read_run(File file) { return std::make_unique<RunReader>(std::move(file)); }

}  // namespace af
