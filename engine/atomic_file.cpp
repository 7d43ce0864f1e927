#include "engine/atomic_file.hpp"

#include "engine/error.hpp"

#include <fcntl.h>
#include <fmt/format.h>
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

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path, const std::filesystem::path& staging) : path_(std::move(path)) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path_, ignored))
        throw Error(ErrorKind::usage, fmt::format("cannot write {}: it is a folder", path_.string())).about(path_.string());
    const std::filesystem::path folder = staging.empty() ? folder_of(path_) : staging;
    temporary_ = folder / fmt::format(".{}.tmp.{}", path_.filename().string(), ::getpid());
    std::filesystem::remove(temporary_, ignored);  // left by a killed process that had our id
    file_ = File::create(temporary_);
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
