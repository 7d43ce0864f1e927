#include "engine/atomic_file.hpp"

#include "engine/error.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace af {
namespace {

std::filesystem::path folder_of(const std::filesystem::path& path) {
    const auto parent = path.parent_path();
    return parent.empty() ? std::filesystem::path(".") : parent;
}

// What a link leads to, whether it is there or not.
std::filesystem::path followed(const std::filesystem::path& path) {
    std::error_code failed;
    if (!std::filesystem::is_symlink(path, failed)) return path;
    const std::filesystem::path target = std::filesystem::weakly_canonical(path, failed);
    return failed ? path : target;
}

void check_place(const std::filesystem::path& path, const std::filesystem::file_status& there) {
    if (std::filesystem::is_directory(there))
        throw Error(ErrorKind::usage, fmt::format("cannot write {}: it is a folder", path.string()))
            .about(path.string());
    if (!std::filesystem::is_other(there)) return;
    throw Error(ErrorKind::usage, fmt::format("cannot write {}: it is a device, a pipe or a socket", path.string()))
        .about(path.string())
        .hint("name a file, or let the shell send the standard output there");
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path, const std::filesystem::path& staging)
    : path_(staging.empty() ? followed(path) : std::move(path)) {
    std::error_code ignored;
    const std::filesystem::file_status there = std::filesystem::status(path_, ignored);
    if (staging.empty() || std::filesystem::is_directory(there)) check_place(path_, there);
    const std::filesystem::path folder = staging.empty() ? folder_of(path_) : staging;
    temporary_ = folder / fmt::format(".{}.tmp.{}", path_.filename().string(), ::getpid());
    std::filesystem::remove(temporary_, ignored);  // left by a killed process that had our id
    file_ = File::create(temporary_);
    const auto mode = static_cast<mode_t>(there.permissions()) & 0777;
    if (staging.empty() && std::filesystem::is_regular_file(there) && ::fchmod(file_.descriptor(), mode) != 0)
        throw os_error(errno, "chmod " + temporary_.string()).about(path_.string());
}

AtomicFile::~AtomicFile() {
    std::error_code ignored;
    if (!committed_) std::filesystem::remove(temporary_, ignored);
}

void AtomicFile::append(std::string_view bytes) {
    file_.append(bytes);
    size_ += bytes.size();
}

void AtomicFile::prepare() {
    if (prepared_) return;
    file_.sync();
    file_.close();
    prepared_ = true;
}

void AtomicFile::withdraw() noexcept {
    std::error_code ignored;
    if (committed_) std::filesystem::remove(path_, ignored);
}

void AtomicFile::commit() {
    if (committed_) return;
    prepare();
    if (::rename(temporary_.c_str(), path_.c_str()) != 0)
        throw os_error(errno, "rename to " + path_.string()).about(path_.string());
    committed_ = true;
    File folder(::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), folder_of(path_).string());
    if (folder) folder.sync();
}

}  // namespace af
