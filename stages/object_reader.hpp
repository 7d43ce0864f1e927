// ObjectReader: one object from its first byte to its last, over connections that break.
//
// Resuming a body that breaks is opened again at the byte that was reached, only while the object keeps its etag: bytes
//          of two versions are never joined. While nothing was handed on, whatever version is there is read from its
//          start.
// Part     of a version of the object that is known already: only while the object has that etag.
// Retries  by the retrier's policy, counted from the last block that came; its deadline too.
// Whole    next() says nullopt only when the length is what the listing and the reply promised, and the checksum, if
//          the store gave one for the whole object, is right.
// Endless  an object that neither the listing nor the reply knows the size of may have 5 GiB.
// Errors   those of the store, and corrupt: changed while it was read, shorter or longer than promised, wrong checksum.
// Threads  the network executor; the store and the retrier outlive it.
#pragma once

#include "engine/retry.hpp"
#include "stages/object_store.hpp"
#include "stages/s3/checksums.hpp"

#include <optional>
#include <stop_token>

namespace af {

struct ObjectVersion {
    std::string etag;
    std::uint64_t size = kUnknownSize;
    HttpHeaders checksums{};  // x-amz-checksum-* headers of the whole object, if any
};

inline constexpr std::uint64_t kMaxBytesOfUnknownSize = std::uint64_t{5} << 30;

class ObjectReader {
public:
    ObjectReader(ObjectStore& store, ObjectPtr object, const Retrier& with, std::stop_token stop,
                 std::uint64_t max_unknown_bytes = kMaxBytesOfUnknownSize);
    // A part of an object; the checksum of the whole is looked at only when the part is all of it.
    ObjectReader(ObjectStore& store, ObjectPtr object, const Retrier& with, std::stop_token stop, ByteRange part,
                 ObjectVersion version);

    ObjectReader(const ObjectReader&) = delete;
    ObjectReader& operator=(const ObjectReader&) = delete;

    Task<void> open();  // before next(), once
    Task<std::optional<Block>> next();
    void close() { body_.reset(); }  // instead of reading on

    ObjectVersion version() const { return {etag_, size_, checksums_}; }  // once it is open

private:
    bool pinned() const noexcept { return known_version_ || reached_ > part_.begin; }
    std::uint64_t promised() const noexcept;
    Task<void> open_here();
    Task<void> resume(Error why);
    void take_version(OpenObject& opened);
    void take_checksum(OpenObject& opened);
    void check_length();
    void take(Block& block);
    Error changed(std::string_view how) const;

    ObjectStore& store_;
    ObjectPtr object_;
    const Retrier& with_;
    std::stop_token stop_;
    const std::uint64_t max_unknown_bytes_;
    const ByteRange part_;
    const bool known_version_ = false;
    RetryPlan plan_;
    std::optional<ChecksumVerifier> checksum_;
    std::unique_ptr<HttpBody> body_;
    bool checksum_watches_ = false;  // it is shown the bytes by the body, before that hands them on
    std::string etag_;
    HttpHeaders checksums_;
    std::uint64_t size_ = kUnknownSize;       // as the reply said
    std::uint64_t reached_ = 0;               // everything before this byte was handed on
    std::uint64_t to_skip_ = 0;               // of a body that begins before `reached_`
    bool went_on_ = false;                    // the body holds bytes behind the part
    std::optional<std::uint64_t> short_end_;  // where the body ended well but too early
};

}  // namespace af
