#include "stages/local_store.hpp"

#include "engine/offload.hpp"
#include "stages/folder_list.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>

namespace af {
namespace {

Error changed(const std::string& name) {
    return Error(ErrorKind::corrupt, fmt::format("{}: the file changed while it was read", name))
        .about(name)
        .hint("read it again once nothing writes to it");
}

// An open file that remembers what it was like when it was opened. Every member may block.
class OpenFile {
public:
    explicit OpenFile(std::string name) : name_(std::move(name)) {
        descriptor_ =
            ::open(name_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);  // a pipe must not make us wait
        if (descriptor_ < 0) throw os_error(errno, fmt::format("open {}", name_)).about(name_);
        struct stat status = current();
        if (!S_ISREG(status.st_mode)) {
            ::close(descriptor_);
            const char* what = S_ISDIR(status.st_mode) ? "a folder" : "neither a file nor a folder";
            throw Error(ErrorKind::usage, fmt::format("{} is {}", name_, what)).about(name_).hint("name a file");
        }
        size_ = static_cast<std::uint64_t>(status.st_size);
        etag_ = local_etag(status);
        ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    ~OpenFile() { ::close(descriptor_); }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    std::uint64_t size() const noexcept { return size_; }
    const std::string& etag() const noexcept { return etag_; }
    const std::string& name() const noexcept { return name_; }

    // As much as `block` has room for from `offset` on, up to `end`; there the file must still be the same.
    void read(Block& block, std::uint64_t offset, std::uint64_t end) {
        while (offset < end && !block.room().empty()) {
            const std::size_t most = std::min<std::uint64_t>(block.room().size(), end - offset);
            const ssize_t count = ::pread(descriptor_, block.room().data(), most, static_cast<off_t>(offset));
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) throw os_error(errno, fmt::format("read {} at byte {}", name_, offset)).about(name_);
            if (count == 0) throw changed(name_);
            block.grow(static_cast<std::size_t>(count));
            offset += static_cast<std::uint64_t>(count);
        }
        if (offset == end && local_etag(current()) != etag_) throw changed(name_);
    }

private:
    struct stat current() const {
        struct stat status {};
        if (::fstat(descriptor_, &status) != 0) throw os_error(errno, fmt::format("stat {}", name_)).about(name_);
        return status;
    }

    std::string name_;
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
    std::string etag_;
};

class FileBody final : public HttpBody {
public:
    FileBody(std::shared_ptr<OpenFile> file, ByteRange range, Place files, BlockPool& pool, std::stop_token stop)
        : file_(std::move(file)),
          offset_(range.begin),
          end_(std::min(range.end, file_->size())),
          files_(std::move(files)),
          pool_(pool),
          stop_(std::move(stop)) {}

    Task<std::optional<Block>> next() override {
        if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, fmt::format("read {}: stopped", file_->name()));
        if (ended_) co_return std::nullopt;
        std::function<Block()> work = [file = file_, offset = offset_, end = end_, &pool = pool_] {
            Block block = pool.take();
            file->read(block, offset, end);
            return block;
        };
        std::optional<Block> block = co_await offload(files_, std::move(work));
        offset_ += block->size();
        ended_ = offset_ == end_;
        if (block->size() == 0) co_return std::nullopt;
        co_return block;
    }

private:
    std::shared_ptr<OpenFile> file_;
    std::uint64_t offset_;
    std::uint64_t end_;
    bool ended_ = false;
    Place files_;
    BlockPool& pool_;
    std::stop_token stop_;
};

}  // namespace

Task<ListPage> LocalStore::list(std::string prefix, std::string delimiter, std::string, std::stop_token stop) {
    if (!delimiter.empty() && delimiter != "/")
        throw Error(ErrorKind::bug, "a folder is listed whole or one level at a time");
    const bool whole = delimiter.empty();
    std::function<ListPage()> work = [prefix, whole, stop] { return list_folder(prefix, whole, stop); };
    ListPage page = co_await offload(files_, std::move(work));
    co_return page;
}

Task<OpenObject> LocalStore::open(std::string name, ByteRange range, std::string if_match, std::stop_token stop) {
    if (stop.stop_requested()) throw Error(ErrorKind::cancelled, fmt::format("open {}: stopped", name));
    std::function<std::shared_ptr<OpenFile>()> work = [name] { return std::make_shared<OpenFile>(name); };
    std::shared_ptr<OpenFile> file = co_await offload(files_, std::move(work));
    if (range.begin > file->size() || (!if_match.empty() && if_match != file->etag())) throw changed(name);
    OpenObject object;
    object.size = file->size();
    object.offset = range.begin;
    object.etag = file->etag();
    object.body = std::make_unique<FileBody>(std::move(file), range, files_, pool_, std::move(stop));
    co_return object;
}

}  // namespace af
