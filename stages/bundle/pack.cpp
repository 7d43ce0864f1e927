#include "engine/error.hpp"
#include "engine/file.hpp"
#include "stages/bundle/bundle.hpp"
#include "stages/bundle/entry_path.hpp"
#include "stages/s3/hash.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <memory>
#include <vector>

namespace af {
namespace {

namespace fs = std::filesystem;
using Writer = std::unique_ptr<archive, decltype(&archive_write_free)>;
using Entry = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

constexpr const char* kLevel = "12";  // small, and still fast for the size that code has

void require(int status, archive* writer) {
    if (status == ARCHIVE_OK) return;
    const char* why = archive_error_string(writer);
    throw Error(ErrorKind::os, fmt::format("pack the user code: {}", why ? why : "libarchive refuses"));
}

Error refused(const fs::path& path, std::string_view why) {
    return Error(ErrorKind::config, fmt::format("pack the user code: {}: {}", path.string(), why)).about(path.string());
}

bool is_left_out(const fs::path& path) { return path.filename() == ".git" || path.filename() == "__pycache__"; }

// Everything below `folder` but what is left out, in the order of the bytes of its name.
std::vector<fs::path> content_of(const fs::path& folder, const BundleLimits& limits) {
    std::vector<fs::path> found;
    std::error_code error;
    fs::recursive_directory_iterator at(folder, error);
    if (error) throw refused(folder, error.message());
    for (; at != fs::recursive_directory_iterator(); at.increment(error)) {
        if (is_left_out(at->path())) {
            at.disable_recursion_pending();
            continue;
        }
        found.push_back(at->path());
        if (found.size() > limits.max_entries)
            throw refused(folder, fmt::format("more than {} files", limits.max_entries));
    }
    if (error) throw refused(folder, error.message());
    std::sort(found.begin(), found.end(), [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
    return found;
}

extern "C" la_ssize_t append_to(archive*, void* out, const void* bytes, std::size_t size) {
    static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
    return static_cast<la_ssize_t>(size);
}

class Packing {
public:
    Packing(const fs::path& root, std::int64_t mtime_seconds, const BundleLimits& limits)
        : root_(root),
          mtime_seconds_(mtime_seconds),
          limits_(limits),
          writer_(archive_write_new(), archive_write_free) {
        archive* raw = writer_.get();
        if (!raw) throw Error(ErrorKind::os, "libarchive has no memory");
        require(archive_write_set_format_gnutar(raw), raw);  // names as they are, of any length
        require(archive_write_add_filter_zstd(raw), raw);
        require(archive_write_set_filter_option(raw, "zstd", "compression-level", kLevel), raw);
        require(archive_write_set_bytes_in_last_block(raw, 1), raw);
        require(archive_write_open(raw, &packed_.archive, nullptr, append_to, nullptr), raw);
    }

    void add(const fs::path& path) {
        const Entry entry(archive_entry_new(), archive_entry_free);
        archive_entry_copy_pathname(entry.get(), path.lexically_relative(root_).c_str());
        archive_entry_set_mtime(entry.get(), mtime_seconds_, 0);
        archive_entry_set_uid(entry.get(), 0);
        archive_entry_set_gid(entry.get(), 0);
        ++packed_.counts.entries;
        const fs::file_status status = fs::symlink_status(path);
        switch (status.type()) {
            case fs::file_type::directory: return add_header(*entry, AE_IFDIR, 0755);
            case fs::file_type::regular: return add_file(path, *entry, status.permissions());
            case fs::file_type::symlink: return add_link(path, *entry);
            default: throw refused(path, "neither a file nor a folder nor a link");
        }
    }

    PackedBundle finish() && {
        require(archive_write_close(writer_.get()), writer_.get());
        packed_.sha256 = hex(as_text(sha256(packed_.archive)));
        return std::move(packed_);
    }

private:
    void add_header(archive_entry& entry, unsigned type, mode_t mode) {
        archive_entry_set_filetype(&entry, type);
        archive_entry_set_perm(&entry, mode);
        require(archive_write_header(writer_.get(), &entry), writer_.get());
    }

    void add_file(const fs::path& path, archive_entry& entry, fs::perms permissions) {
        const std::uint64_t room = limits_.max_bytes - packed_.counts.bytes;
        std::error_code error;
        if (fs::file_size(path, error) > room || error)
            throw refused(path, error ? error.message() : fmt::format("more than {} bytes in all", limits_.max_bytes));
        const std::string content = read_text(path, room);
        packed_.counts.bytes += content.size();
        const bool runs = (permissions & fs::perms::owner_exec) != fs::perms::none;
        archive_entry_set_size(&entry, static_cast<la_int64_t>(content.size()));
        add_header(entry, AE_IFREG, runs ? 0755 : 0644);
        const la_ssize_t written = archive_write_data(writer_.get(), content.data(), content.size());
        if (written != static_cast<la_ssize_t>(content.size())) require(ARCHIVE_FATAL, writer_.get());
    }

    void add_link(const fs::path& path, archive_entry& entry) {
        const fs::path target = fs::read_symlink(path);
        if (target.is_absolute() || !leads_inside(root_, path))
            throw refused(path, "a link that leads out of the folder or nowhere");
        archive_entry_copy_symlink(&entry, target.c_str());
        add_header(entry, AE_IFLNK, 0777);
    }

    const fs::path root_;
    const std::int64_t mtime_seconds_;
    const BundleLimits limits_;
    PackedBundle packed_;
    Writer writer_;
};

}  // namespace

PackedBundle pack_bundle(const fs::path& folder, std::int64_t mtime_seconds, const BundleLimits& limits) {
    Packing packing(folder, mtime_seconds, limits);
    for (const fs::path& path : content_of(folder, limits)) packing.add(path);
    return std::move(packing).finish();
}

}  // namespace af
