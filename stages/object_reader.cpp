#include "stages/object_reader.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace af {
namespace {

constexpr std::string_view kRunAgain = "the object changed while it was read: run again once nobody writes to it";

}  // namespace

ObjectReader::ObjectReader(ObjectStore& store, ObjectPtr object, const Retrier& with, std::stop_token stop,
                           std::uint64_t max_unknown_bytes)
    : store_(store),
      object_(std::move(object)),
      with_(with),
      stop_(std::move(stop)),
      max_unknown_bytes_(max_unknown_bytes),
      plan_(with.policy, with.clock.now()) {}

ObjectReader::ObjectReader(ObjectStore& store, ObjectPtr object, const Retrier& with, std::stop_token stop,
                           ByteRange part, ObjectVersion version)
    : store_(store),
      object_(std::move(object)),
      with_(with),
      stop_(std::move(stop)),
      max_unknown_bytes_(kMaxBytesOfUnknownSize),
      part_(part),
      known_version_(true),
      plan_(with.policy, with.clock.now()),
      etag_(std::move(version.etag)),
      size_(version.size),
      reached_(part.begin) {}

std::uint64_t ObjectReader::promised() const noexcept {
    if (part_.end != kUnknownSize) return part_.end;
    return size_ != kUnknownSize ? size_ : object_->size;
}

Task<void> ObjectReader::open() {
    co_await open_here();
    if (known_version_ || object_->size == kUnknownSize || size_ == kUnknownSize || size_ == object_->size) co_return;
    co_await open_here();  // once more, should one reply have been wrong
    if (size_ != object_->size) {
        throw changed(fmt::format("it has {} bytes, not the {} it was listed with", size_, object_->size));
    }
}

Task<std::optional<Block>> ObjectReader::next() {
    for (;;) {
        std::optional<Block> block;
        std::optional<Error> broken;
        try {
            block = co_await body_->next();
        } catch (const Error& error) {
            if (!error.may_heal()) throw;
            broken = error;
        }
        if (block) {
            take(*block);
            if (went_on_ && block->size() == 0) break;
            if (block->size() == 0) continue;
            co_return block;
        }
        // What breaks behind the last byte breaks nothing, and there is nothing left to ask for.
        if (reached_ == promised() || (!broken && promised() == kUnknownSize)) break;
        if (!broken) {
            broken.emplace(ErrorKind::unavailable, fmt::format("ended after {} of {} bytes", reached_, promised()));
            if (short_end_ == reached_)
                throw Error(ErrorKind::corrupt, std::string(broken->what())).after(plan_.setbacks() + 1);
            short_end_ = reached_;
        }
        Error why = std::move(*broken);
        co_await resume(std::move(why));
    }
    if (checksum_) {
        Result<void> right = checksum_->finish();
        if (!right) throw std::move(right.error());
    }
    co_return std::nullopt;
}

Task<void> ObjectReader::resume(Error why) {
    if (pinned() && etag_.empty()) {
        throw std::move(why).hint(
            "the store names no version (ETag) of the object, so reading cannot go on where it broke off: run again");
    }
    body_.reset();
    Setback setback{std::move(why)};
    co_await after_setback(with_, plan_, std::move(setback), stop_);
    if (with_.brake) co_await with_.brake->pass(stop_);
    co_await open_here();
}

Task<void> ObjectReader::open_here() {
    std::string name = object_->name;
    std::string if_match = pinned() ? etag_ : std::string();
    const ByteRange rest(reached_, part_.end);
    OpenObject opened = co_await store_.open(std::move(name), rest, std::move(if_match), stop_);
    if (pinned()) {
        if (opened.etag != etag_) throw changed("its etag is another");
        if (size_ != kUnknownSize && opened.size != size_) throw changed("its size is another");
    }
    if (opened.offset > reached_) {
        throw Error(ErrorKind::corrupt,
                    fmt::format("the store sent it from byte {} on, not from {}", opened.offset, reached_));
    }
    take_version(opened);
}

void ObjectReader::take_version(OpenObject& opened) {
    to_skip_ = reached_ - opened.offset;
    body_ = std::move(opened.body);
    went_on_ = false;
    if (reached_ == part_.begin) {
        if (!known_version_) {
            etag_ = std::move(opened.etag);
            size_ = opened.size;
        }
        take_checksum(opened);
    }
    // A body that breaks has handed on all that it showed.
    checksum_watches_ = checksum_ && to_skip_ == 0 &&
                        body_->watch([this](std::string_view bytes) { checksum_->update(bytes); });
}

void ObjectReader::take_checksum(OpenObject& opened) {
    checksum_.reset();
    if (!part_.whole()) return;
    checksums_ = std::move(opened.checksums);
    ChecksumVerifier verifier(checksums_);
    if (!verifier.algorithm().empty()) checksum_.emplace(std::move(verifier));
}

void ObjectReader::take(Block& block) {
    const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(to_skip_, block.size()));
    block.drop_front(skipped);
    to_skip_ -= skipped;
    if (block.size() > part_.end - reached_) {
        block.shrink_to(part_.end - reached_);
        went_on_ = true;
    }
    if (block.size() == 0) return;
    reached_ += block.size();
    check_length();
    if (checksum_ && !checksum_watches_) checksum_->update(block.view());
    plan_.progressed(with_.clock.now());
}

void ObjectReader::check_length() {
    const std::uint64_t promised = std::min(size_, object_->size);
    if (promised == kUnknownSize && reached_ > max_unknown_bytes_) {
        throw Error(ErrorKind::corrupt,
                    fmt::format("more than {} bytes of an object whose size nobody knows", max_unknown_bytes_));
    }
    if (reached_ > promised)
        throw Error(ErrorKind::corrupt, fmt::format("longer than the {} bytes it was said to have", promised));
}

Error ObjectReader::changed(std::string_view how) const {
    return Error(ErrorKind::corrupt, fmt::format("changed under us: {}", how)).hint(kRunAgain);
}

}  // namespace af
