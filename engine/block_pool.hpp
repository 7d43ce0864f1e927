// Blocks: pooled, prefaulted byte buffers that travel through channels.
//
// Why      the first touch of a fresh page costs more than decoding what goes into it, so a block is mapped and touched
//          once, handed out last in first out (warm in cache), and never unmapped while the pool lives.
// Bounds   a pool hands out as many blocks as are asked for: the channels bound how many that is. peak_bytes() says how
//          many it ever was.
// Threads  a pool is shared by all threads; a Block belongs to one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace af {

class SharedMemory;

namespace detail {
class PoolCore;
}

// A window [data, data + size) into a buffer of fixed capacity, with room in front of it: whoever has to put bytes
// before the content (the tail of the record that the block before it ended in) grows to the front and copies nothing
// else. Move-only; goes back to its pool when destroyed, which keeps the pool's memory alive.
class Block {
public:
    Block() = default;
    Block(Block&& from) noexcept;
    Block& operator=(Block&& from) noexcept;
    ~Block();

    explicit operator bool() const noexcept { return memory_ != nullptr; }
    char* data() noexcept { return memory_ + begin_; }
    const char* data() const noexcept { return memory_ + begin_; }
    std::size_t size() const noexcept { return end_ - begin_; }
    std::string_view view() const noexcept { return {data(), size()}; }

    // Free bytes behind the content: write there, then call grow().
    std::span<char> room() noexcept { return {memory_ + end_, capacity_ - end_}; }
    void grow(std::size_t bytes) noexcept { end_ += bytes; }
    void append(std::string_view bytes);  // no more than room().size()
    void shrink_to(std::size_t bytes) noexcept { end_ = begin_ + bytes; }
    void drop_front(std::size_t bytes) noexcept { begin_ += bytes; }

    // Free bytes in front of the content.
    std::size_t headroom() const noexcept { return begin_; }
    void prepend(std::string_view bytes);  // no more than headroom()

    // Where the content begins in the memory that the pool shares with children; nullopt when it does not lie there.
    std::optional<std::uint64_t> shared_offset() const noexcept;

private:
    friend class BlockPool;
    Block(std::shared_ptr<detail::PoolCore> pool, char* memory, std::size_t capacity, std::size_t begin) noexcept;

    std::shared_ptr<detail::PoolCore> pool_;
    char* memory_ = nullptr;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

inline std::size_t byte_size(const Block& block) noexcept { return block.size(); }

class BlockPool {
public:
    // Every block has room for `block_bytes` behind `headroom_bytes`. Blocks lie in `shared` for as long as it has
    // room.
    explicit BlockPool(std::size_t block_bytes, std::size_t headroom_bytes = 0,
                       std::shared_ptr<SharedMemory> shared = nullptr);
    ~BlockPool();
    BlockPool(const BlockPool&) = delete;
    BlockPool& operator=(const BlockPool&) = delete;

    // An empty block. Throws Error(os) when the system has no memory.
    Block take();

    std::size_t block_bytes() const noexcept;
    std::size_t peak_bytes() const noexcept;

private:
    std::shared_ptr<detail::PoolCore> core_;
};

}  // namespace af
