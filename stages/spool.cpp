#include "stages/spool.hpp"

#include "engine/error.hpp"
#include "engine/release_memory.hpp"

#include <algorithm>
#include <tuple>

namespace af {

Spool::~Spool() { budget_->used_bytes -= in_memory_; }

void Spool::add(std::uint32_t unit, std::uint32_t part, std::string lines) {
    if (lines.empty()) return;
    const std::size_t size = lines.size();
    parts_.push_back({unit, part, std::move(lines), 0, size});
    in_memory_ += size;
    bytes_ += size;
    budget_->used_bytes += size;
}

void Spool::spill() {
    if (in_memory_ == 0) return;
    if (!file_) file_ = File::anonymous(budget_->scratch);
    for (Part& part : parts_) {
        if (part.lines.empty()) continue;
        file_.append(part.lines);
        part.offset = on_disk_;
        on_disk_ += part.bytes;
        release_memory(part.lines);
    }
    budget_->used_bytes -= in_memory_;
    in_memory_ = 0;
}

void Spool::for_each(const std::function<void(std::string_view)>& each) {
    std::sort(parts_.begin(), parts_.end(),
              [](const Part& a, const Part& b) { return std::tie(a.unit, a.part) < std::tie(b.unit, b.part); });
    std::string buffer;
    for (const Part& part : parts_) {
        if (!part.lines.empty()) {
            each(part.lines);
            continue;
        }
        buffer.resize(part.bytes);
        if (file_.read_at(part.offset, {buffer.data(), buffer.size()}) != part.bytes) {
            throw Error(ErrorKind::io, "a temporary file is shorter than what was written to it");
        }
        each(buffer);
    }
}

}  // namespace af
