// Bytes that grow without being copied (mremap) and whose memory goes back to the system when they are dropped: what a
// record is kept in whose end has not come yet.
#pragma once

#include <cstddef>
#include <string_view>

namespace af {

class GrowingBytes {
public:
    GrowingBytes() = default;
    ~GrowingBytes();
    GrowingBytes(const GrowingBytes&) = delete;
    GrowingBytes& operator=(const GrowingBytes&) = delete;

    void append(std::string_view bytes);  // throws Error(os) when the system has no memory
    // Keeps at most kKept bytes mapped.
    void clear() noexcept;

    std::string_view view() const noexcept { return {memory_, size_}; }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

    static constexpr std::size_t kKept = std::size_t{1} << 20;

private:
    char* memory_ = nullptr;
    std::size_t size_ = 0;
    std::size_t mapped_ = 0;
};

}  // namespace af
