// Bytes that are wiped when they go: keys, tokens, decrypted text.
//
// Ownership its own memory, never shared and never copied by accident: moving hands the same bytes on.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace af {

class Secret {
public:
    Secret() = default;
    explicit Secret(std::size_t size) : bytes_(std::make_unique<char[]>(size)), size_(size), room_(size) {}
    explicit Secret(std::string_view text) : Secret(text.size()) {
        if (!text.empty()) std::memcpy(bytes_.get(), text.data(), text.size());
    }
    Secret(Secret&& from) noexcept { swap(from); }
    Secret& operator=(Secret&& from) noexcept {
        Secret taken(std::move(from));
        swap(taken);
        return *this;
    }
    ~Secret() {
        if (bytes_) ::explicit_bzero(bytes_.get(), room_);
    }

    char* data() noexcept { return bytes_.get(); }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    std::string_view view() const noexcept { return {bytes_.get(), size_}; }  // as long as this lives
    void shrink(std::size_t size) noexcept { size_ = size < size_ ? size : size_; }

private:
    void swap(Secret& other) noexcept {
        std::swap(bytes_, other.bytes_);
        std::swap(size_, other.size_);
        std::swap(room_, other.room_);
    }

    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
    std::size_t room_ = 0;
};

// The bytes of `text`, which is wiped.
inline Secret taken_from(std::string text) {
    Secret secret{std::string_view(text)};
    ::explicit_bzero(text.data(), text.size());
    return secret;
}

}  // namespace af
