#include "stages/growing_bytes.hpp"

#include "engine/error.hpp"

#include <sys/mman.h>
#include <cerrno>
#include <cstring>

namespace af {

GrowingBytes::~GrowingBytes() {
    if (memory_) ::munmap(memory_, mapped_);
}

void GrowingBytes::append(std::string_view bytes) {
    if (bytes.empty()) return;
    const std::size_t needed = size_ + bytes.size();
    if (needed > mapped_) {
        const std::size_t rounded = (needed + kKept - 1) / kKept * kKept;
        void* memory = memory_ ? ::mremap(memory_, mapped_, rounded, MREMAP_MAYMOVE)
                               : ::mmap(nullptr, rounded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw os_error(errno, "map memory for a long record");
        memory_ = static_cast<char*>(memory);
        mapped_ = rounded;
    }
    std::memcpy(memory_ + size_, bytes.data(), bytes.size());
    size_ = needed;
}

void GrowingBytes::clear() noexcept {
    size_ = 0;
    if (mapped_ <= kKept) return;
    ::munmap(memory_, mapped_);
    memory_ = nullptr;
    mapped_ = 0;
}

}  // namespace af
