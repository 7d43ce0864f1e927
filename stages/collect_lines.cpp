#include "stages/collect_lines.hpp"

#include <algorithm>
#include <string>

namespace af {

LineStore::LineStore(std::filesystem::path scratch, std::size_t objects)
    : file_(File::anonymous(scratch)), extents_(objects) {}

void LineStore::add(const ObjectOutput& output) {
    Extent& extent = extents_.at(output.object->ordinal);
    extent.offset = size_;
    output.lines->for_each([&](std::string_view lines) {
        file_.append(lines);
        size_ += lines.size();
    });
    extent.bytes = size_ - extent.offset;
}

void LineStore::for_each(const std::function<void(std::string_view)>& each) const {
    std::string buffer(1 << 20, '\0');
    for (const Extent& extent : extents_) {
        for (std::uint64_t done = 0; done < extent.bytes;) {
            const std::size_t want = std::min<std::uint64_t>(buffer.size(), extent.bytes - done);
            if (file_.read_at(extent.offset + done, {buffer.data(), want}) != want) {
                throw Error(ErrorKind::io, "a temporary file is shorter than what was written to it");
            }
            each({buffer.data(), want});
            done += want;
        }
    }
}

Task<void> collect_lines(Ports<ObjectOutput, void> io, LineStore& store) {
    while (auto output = co_await io.in.next()) store.add(*output);
}

}  // namespace af
