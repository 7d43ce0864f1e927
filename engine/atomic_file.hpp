// A file that is either there whole or not there: written under a temporary name, synced and renamed.
//
// Why      a task's artifact path is its commit point: whatever lies there when the task is killed is published.
// Place    a file that was there before keeps its mode, and a symbolic link stays one: what it leads to is written. A
//          device, a pipe or a socket is refused. In `staging`, where others may have put something into the way,
//          whatever lies at the path is replaced.
// Ends     commit() publishes. Without it the destructor removes the temporary file and the path stays as it was.
// Errors   no_space, io, usage (a place that may not be written to): from the constructor, append() and commit().
#pragma once

#include "engine/file.hpp"

#include <filesystem>
#include <string_view>

namespace af {

class AtomicFile {
public:
    // Fails now, before any work is done, when the folder is missing or not writable, or `path` is a folder.
    // The temporary file lies beside it, or in `staging`, a folder of the same file system: where everything in the
    // folder of `path` is published, whatever its name.
    explicit AtomicFile(std::filesystem::path path, const std::filesystem::path& staging = {});
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    void append(std::string_view bytes);
    std::uint64_t size() const noexcept { return size_; }
    const std::filesystem::path& path() const noexcept { return path_; }
    File& file() noexcept { return file_; }

    // fsync and close: everything that can fail for want of space. Nothing may be appended afterwards.
    void prepare();
    // Rename, and fsync of the folder; prepares first if that was not done.
    void commit();
    // Removes what commit() published.
    void withdraw() noexcept;

private:
    std::filesystem::path path_;
    std::filesystem::path temporary_;
    File file_;
    std::uint64_t size_ = 0;
    bool prepared_ = false;
    bool committed_ = false;
};

}  // namespace af
