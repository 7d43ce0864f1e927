#include "stages/dead_letters.hpp"

#include "engine/error.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

namespace af {
namespace {

constexpr std::uint64_t kCopiedBytes = 1 << 20;

}  // namespace

void DeadLetters::add(const ObjectRef& object, const BadRecord& bad) {
    if (path_.empty()) return;
    const nlohmann::ordered_json json{{"object", object.name},
                                      {"line", bad.line},
                                      {"kind", bad.kind},
                                      {"reason", bad.reason},
                                      {"record", bad.record}};
    try {
        append(object.ordinal, json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    } catch (const Error&) {
        drop();
        throw;
    }
}

void DeadLetters::drop() noexcept {
    if (published_) return;
    file_.reset();
    waiting_ = File();
    sections_.clear();
    path_.clear();
}

void DeadLetters::append(std::uint32_t ordinal, std::string_view line) {
    if (!waiting_) {
        file_.emplace(path_, staging_);  // fails now when it cannot be written
        waiting_ = File::anonymous(scratch_);
    }
    waiting_.append(line);
    if (sections_.empty() || sections_.back().ordinal != ordinal) sections_.push_back({ordinal, waiting_bytes_, 0});
    sections_.back().bytes += line.size();
    waiting_bytes_ += line.size();
}

void DeadLetters::copy(const Section& section) {
    std::string buffer(std::min<std::uint64_t>(section.bytes, kCopiedBytes), '\0');
    for (std::uint64_t done = 0; done < section.bytes;) {
        const std::size_t wanted = std::min<std::uint64_t>(section.bytes - done, buffer.size());
        const std::size_t got = waiting_.read_at(section.begin + done, {buffer.data(), wanted});
        if (got == 0) throw Error(ErrorKind::io, "what was written is not there any more").about(path_.string());
        file_->append({buffer.data(), got});
        done += got;
    }
}

void DeadLetters::prepare() {
    if (!waiting_) return;
    std::stable_sort(sections_.begin(), sections_.end(),
                     [](const Section& a, const Section& b) { return a.ordinal < b.ordinal; });
    try {
        for (const Section& section : sections_) copy(section);
        file_->prepare();
    } catch (const Error&) {
        drop();
        throw;
    }
    waiting_ = File();
}

std::optional<std::filesystem::path> DeadLetters::commit() {
    if (published_) return path_;
    prepare();
    if (!file_) return std::nullopt;
    try {
        file_->commit();
    } catch (const Error&) {
        drop();
        throw;
    }
    published_ = true;
    return path_;
}

}  // namespace af
