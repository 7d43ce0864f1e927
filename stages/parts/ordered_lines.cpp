#include "stages/parts/ordered_lines.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>

namespace af {
namespace {

void write_at(const File& file, std::uint64_t offset, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(file.descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0) {
            if (errno == EINTR) continue;
            throw os_error(errno, "write " + file.name());
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
}

}  // namespace

class OrderedLines::Writer final : public PartWriter {
public:
    Writer(const File& file, const std::vector<Extent>& extents) : file_(file), extents_(extents) { skip_empty(); }

    void add(std::string_view bytes) override {
        while (!bytes.empty()) {
            if (at_ == extents_.size()) throw other_length();
            const Extent& extent = extents_[at_];
            const std::string_view part = bytes.substr(0, extent.bytes - done_);
            write_at(file_, extent.offset + done_, part);
            done_ += part.size();
            bytes.remove_prefix(part.size());
            skip_empty();
        }
    }
    void finish() override {
        if (at_ != extents_.size()) throw other_length();
    }

private:
    void skip_empty() {
        while (at_ < extents_.size() && done_ == extents_[at_].bytes) {
            ++at_;
            done_ = 0;
        }
    }
    static Error other_length() {
        return Error(ErrorKind::bug, "it has not as many bytes as the objects of its manifest");
    }

    const File& file_;
    const std::vector<Extent>& extents_;
    std::size_t at_ = 0;
    std::uint64_t done_ = 0;
};

OrderedLines::OrderedLines(const std::filesystem::path& scratch, const MergedParts& merged)
    : file_(File::anonymous(scratch)) {
    std::vector<std::uint64_t> offsets;
    for (const ObjectAccount& account : merged.accounts) {
        offsets.push_back(size_);
        size_ += account.bytes_mapped;
    }
    for (const std::vector<std::uint32_t>& ordinals : merged.ordinals) {
        std::vector<Extent>& extents = of_task_.emplace_back();
        for (const std::uint32_t ordinal : ordinals)
            extents.push_back({offsets[ordinal], merged.accounts[ordinal].bytes_mapped});
    }
}

std::unique_ptr<PartWriter> OrderedLines::open(std::uint32_t place) {
    return std::make_unique<Writer>(file_, of_task_.at(place));
}

void OrderedLines::for_each(const std::function<void(std::string_view)>& each) const {
    std::string buffer(1 << 20, '\0');
    for (std::uint64_t done = 0; done < size_;) {
        const std::size_t want = std::min<std::uint64_t>(buffer.size(), size_ - done);
        if (file_.read_at(done, {buffer.data(), want}) != want)
            throw Error(ErrorKind::io, "a temporary file is shorter than what was written to it");
        each({buffer.data(), want});
        done += want;
    }
}

}  // namespace af
