#include "engine/block_pool.hpp"

#include "engine/error.hpp"
#include "engine/shared_memory.hpp"

#include <sys/mman.h>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

namespace af {

namespace detail {

class PoolCore {
public:
    PoolCore(std::size_t block_bytes, std::size_t headroom_bytes, std::shared_ptr<SharedMemory> shared)
        : block_bytes(block_bytes),
          headroom_bytes(headroom_bytes),
          mapped_bytes_(page_rounded(block_bytes + headroom_bytes)),
          shared_(std::move(shared)) {}

    ~PoolCore() {
        for (char* memory : free_) {
            if (!offset_of(memory)) ::munmap(memory, mapped_bytes_);
        }
    }

    char* take() {
        {
            std::lock_guard lock(mutex_);
            if (!free_.empty()) {
                char* memory = free_.back();
                free_.pop_back();
                return memory;
            }
            ++mapped_;
            free_.reserve(mapped_);  // so that give() cannot throw
        }
        if (char* memory = shared_ ? shared_->allot(mapped_bytes_) : nullptr) return memory;
        void* memory =
            ::mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (memory == MAP_FAILED) throw os_error(errno, "map a block of memory");
        return static_cast<char*>(memory);
    }

    void give(char* memory) noexcept {
        std::lock_guard lock(mutex_);
        free_.push_back(memory);
    }

    std::size_t peak_bytes() const noexcept {
        std::lock_guard lock(mutex_);
        return mapped_ * mapped_bytes_;
    }

    std::optional<std::uint64_t> offset_of(const char* memory) const noexcept {
        return shared_ ? shared_->offset_of(memory) : std::nullopt;
    }

    const std::size_t block_bytes;
    const std::size_t headroom_bytes;

private:
    static std::size_t page_rounded(std::size_t bytes) { return (bytes + 4095) & ~std::size_t{4095}; }

    const std::size_t mapped_bytes_;
    const std::shared_ptr<SharedMemory> shared_;
    mutable std::mutex mutex_;
    std::vector<char*> free_;
    std::size_t mapped_ = 0;
};

}  // namespace detail

Block::Block(std::shared_ptr<detail::PoolCore> pool, char* memory, std::size_t capacity, std::size_t begin) noexcept
    : pool_(std::move(pool)), memory_(memory), capacity_(capacity), begin_(begin), end_(begin) {}

Block::Block(Block&& from) noexcept
    : pool_(std::move(from.pool_)),
      memory_(std::exchange(from.memory_, nullptr)),
      capacity_(std::exchange(from.capacity_, 0)),
      begin_(std::exchange(from.begin_, 0)),
      end_(std::exchange(from.end_, 0)) {}

Block& Block::operator=(Block&& from) noexcept {
    Block moved(std::move(from));
    std::swap(pool_, moved.pool_);
    std::swap(memory_, moved.memory_);
    std::swap(capacity_, moved.capacity_);
    std::swap(begin_, moved.begin_);
    std::swap(end_, moved.end_);
    return *this;
}

Block::~Block() {
    if (memory_) pool_->give(memory_);
}

void Block::append(std::string_view bytes) {
    if (bytes.size() > capacity_ - end_) throw Error(ErrorKind::bug, "a block has no room for what is appended");
    std::memcpy(memory_ + end_, bytes.data(), bytes.size());
    end_ += bytes.size();
}

void Block::prepend(std::string_view bytes) {
    if (bytes.size() > begin_) throw Error(ErrorKind::bug, "a block has no headroom for what is prepended");
    begin_ -= bytes.size();
    std::memcpy(memory_ + begin_, bytes.data(), bytes.size());
}

std::optional<std::uint64_t> Block::shared_offset() const noexcept {
    return pool_ ? pool_->offset_of(data()) : std::nullopt;
}

BlockPool::BlockPool(std::size_t block_bytes, std::size_t headroom_bytes, std::shared_ptr<SharedMemory> shared)
    : core_(std::make_shared<detail::PoolCore>(block_bytes, headroom_bytes, std::move(shared))) {}
BlockPool::~BlockPool() = default;

Block BlockPool::take() {
    char* memory = core_->take();
    return Block(core_, memory, core_->block_bytes + core_->headroom_bytes, core_->headroom_bytes);
}

std::size_t BlockPool::block_bytes() const noexcept { return core_->block_bytes; }
std::size_t BlockPool::peak_bytes() const noexcept { return core_->peak_bytes(); }

}  // namespace af
