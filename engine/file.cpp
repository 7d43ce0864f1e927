#include "engine/file.hpp"

#include "engine/error.hpp"

#include <fcntl.h>
#include <poll.h>
#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace af {
namespace {

[[noreturn]] void fail(std::string_view doing, const std::string& name) {
    throw os_error(errno, fmt::format("{} {}", doing, name)).about(name);
}

// A place to write to that cannot be used is no missing input and no refusal of a store.
[[noreturn]] void fail_to_make(std::string_view what, const std::string& name) {
    Error error = os_error(errno, fmt::format("{} {}", what, name)).about(name);
    if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::refused) throw error;
    throw Error(ErrorKind::usage, error.what()).about(name).hint("name a place that exists and may be written to");
}

File opened(int descriptor, const std::string& name, std::string_view doing) {
    if (descriptor < 0) fail(doing, name);
    return File(descriptor, name);
}

}  // namespace

File::File(File&& from) noexcept : descriptor_(std::exchange(from.descriptor_, -1)), name_(std::move(from.name_)) {}

File& File::operator=(File&& from) noexcept {
    std::swap(descriptor_, from.descriptor_);
    std::swap(name_, from.name_);
    return *this;
}

File::~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

File File::open_to_read(const std::filesystem::path& path) {
    return opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC), path.string(), "open");
}

File File::create(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (descriptor < 0) fail_to_make("create", path.string());
    return File(descriptor, path.string());
}

File File::anonymous(const std::filesystem::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor >= 0) return File(descriptor, "a temporary file in " + folder.string());
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)
        fail_to_make("create a temporary file in", folder.string());
    std::string name = (folder / "af-XXXXXX").string();  // a file system without O_TMPFILE
    const int named = ::mkostemp(name.data(), O_CLOEXEC);
    if (named < 0) fail_to_make("create a temporary file in", folder.string());
    File file(named, name);
    if (::unlink(name.c_str()) != 0) fail("unlink", name);
    return file;
}

void File::append(std::string_view bytes) { write_all(descriptor_, bytes, name_); }

std::size_t File::read_at(std::uint64_t offset, std::span<char> buffer) const {
    std::size_t done = 0;
    while (done < buffer.size()) {
        const ssize_t got =
            ::pread(descriptor_, buffer.data() + done, buffer.size() - done, static_cast<off_t>(offset + done));
        if (got < 0) {
            if (errno == EINTR) continue;
            fail("read", name_);
        }
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

void File::sync() {
    // EINVAL: a device or pipe that cannot be synced, such as /dev/stdout.
    if (::fsync(descriptor_) != 0 && errno != EINVAL) fail("fsync", name_);
}

void File::close() {
    if (descriptor_ < 0) return;
    if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) fail("close", name_);
}

bool write_stdout(std::string_view bytes, std::stop_token stop) {
    constexpr int kLookEveryMs = 100;
    while (!bytes.empty()) {
        if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "stopped");
        pollfd ready{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
        if (stop.stop_possible() && ::poll(&ready, 1, kLookEveryMs) != 1)
            continue;  // or a signal, which may be the stop
        // A pipe that is ready takes PIPE_BUF bytes at least; a longer write may block for the rest.
        const std::size_t size = stop.stop_possible() ? std::min<std::size_t>(bytes.size(), PIPE_BUF) : bytes.size();
        const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), size);
        if (written < 0) {
            if (errno == EINTR) continue;
            if (errno == EPIPE) return false;
            fail("write", "standard output");
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

void write_all(int descriptor, std::string_view bytes, std::string_view name) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            fail("write", std::string(name));
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::string read_text(const std::filesystem::path& path, std::size_t max_bytes) {
    constexpr std::size_t kStepBytes = 64 << 10;
    const File file = File::open_to_read(path);
    std::string text;
    while (text.size() <= max_bytes) {
        const std::size_t have = text.size();
        text.resize(have + kStepBytes);
        const std::size_t got = file.read_at(have, {text.data() + have, kStepBytes});
        text.resize(have + got);
        if (got < kStepBytes) break;
    }
    if (text.size() > max_bytes) {
        throw Error(ErrorKind::config, fmt::format("{} is larger than {} bytes", path.string(), max_bytes))
            .about(path.string());
    }
    return text;
}

ScratchFolder::ScratchFolder(const std::filesystem::path& below) {
    std::string name = (below / "af-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) fail_to_make("create a folder for temporary files in", below.string());
    path_ = name;
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace af
