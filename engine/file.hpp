// Files with every return code checked: what could not be written is an Error of the right kind, never a short file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace af {

// Owns a descriptor. Move-only; closed when destroyed.
class File {
public:
    File() = default;
    File(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}
    File(File&& from) noexcept;
    File& operator=(File&& from) noexcept;
    ~File();

    // Throw Error that names the file: not_found, refused, io, os to read one; no_space, io, os, and usage for a place
    // that is not there or may not be written to, to make one.
    static File open_to_read(const std::filesystem::path& path);
    static File create(const std::filesystem::path& path);  // fails when it exists
    // A file without a name below `folder`: gone with the process, whatever ends it.
    static File anonymous(const std::filesystem::path& folder);

    explicit operator bool() const noexcept { return descriptor_ >= 0; }
    int descriptor() const noexcept { return descriptor_; }
    const std::string& name() const noexcept { return name_; }

    void append(std::string_view bytes);
    // Reads up to buffer.size() bytes at `offset`; fewer only at the end of the file.
    std::size_t read_at(std::uint64_t offset, std::span<char> buffer) const;
    void sync();   // fsync; a failure is final
    void close();  // reports what the destructor would swallow

private:
    int descriptor_ = -1;
    std::string name_;
};

// Writes all of `bytes` to a descriptor that may be a pipe or terminal.
void write_all(int descriptor, std::string_view bytes, std::string_view name);

// To standard output. False when its reader has gone (| head), which is no error. Throws Error(cancelled) once `stop`
// is requested, also while a reader that rests (a pager) keeps the pipe full.
bool write_stdout(std::string_view bytes, std::stop_token stop = {});

// The text of a file, at most `max_bytes` long; Error(config) above that.
std::string read_text(const std::filesystem::path& path, std::size_t max_bytes);

// A folder of our own below $TMPDIR (else /var/tmp), mode 0700, removed with all it holds when destroyed.
class ScratchFolder {
public:
    explicit ScratchFolder(const std::filesystem::path& below);
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace af
