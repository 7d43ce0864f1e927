#include "engine/error.hpp"
#include "engine/file.hpp"
#include "stages/bundle/bundle.hpp"
#include "stages/bundle/entry_path.hpp"
#include "stages/s3/hash.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <set>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace af {
namespace {

namespace fs = std::filesystem;
using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;

Error damaged(archive* reader) {
    const char* why = archive_error_string(reader);
    return Error(ErrorKind::corrupt, fmt::format("the bundle of user code: {}", why ? why : "damaged"));
}

Error refused(std::string_view name, std::string_view why) {
    return Error(ErrorKind::config, fmt::format("the bundle of user code: {}: {}", escaped(name), why)).about(name);
}

Reader open_archive(std::string_view bytes) {
    Reader reader(archive_read_new(), archive_read_free);
    if (!reader) throw Error(ErrorKind::os, "libarchive has no memory");
    archive* raw = reader.get();
    const bool ready =
        archive_read_support_filter_gzip(raw) == ARCHIVE_OK && archive_read_support_filter_xz(raw) == ARCHIVE_OK &&
        archive_read_support_filter_zstd(raw) == ARCHIVE_OK && archive_read_support_format_tar(raw) == ARCHIVE_OK;
    if (!ready) throw Error(ErrorKind::os, "this libarchive cannot read gzip, xz and zstd by itself");
    if (archive_read_open_memory(raw, bytes.data(), bytes.size()) != ARCHIVE_OK) throw damaged(raw);
    return reader;
}

void check_digest(std::string_view archive, std::string_view expected) {
    const std::string found = hex(as_text(sha256(archive)));
    if (found == expected) return;
    throw Error(ErrorKind::corrupt,
                fmt::format("the bundle of user code has SHA-256 {}, not {}", found, escaped(expected)));
}

// One unpacking: the folder holds what was made by it and nothing else.
class Unpacking {
public:
    Unpacking(const fs::path& root, const BundleLimits& limits) : root_(root), limits_(limits) {}

    void add(archive* reader, archive_entry* entry) {
        const char* raw = archive_entry_pathname(entry);
        if (!raw) throw refused("an entry", "its name cannot be read");
        const std::string name = raw;
        if (++headers_ > limits_.max_entries + 1)
            throw too_many(name);  // the root may have one that counts for nothing
        const std::optional<std::string> path = entry_path(name);
        if (!path) throw refused(name, "a name that leads out of the folder");
        if (const char* target = archive_entry_hardlink(entry)) return add_hard_link(name, *path, target);
        switch (archive_entry_filetype(entry)) {
            case AE_IFDIR: return add_folders(name, *path);
            case AE_IFREG: return add_file(reader, entry, name, *path);
            case AE_IFLNK: return add_link(entry, name, *path);
            default: throw refused(name, "neither a file nor a folder nor a link");
        }
    }

    // Links may lead to what comes after them, and through each other.
    void check_links() const {
        for (const fs::path& link : links_) {
            if (!leads_inside(root_, link))
                throw refused(link.lexically_relative(root_).string(),
                              "a link that leads out of the folder or nowhere");
        }
    }

    const BundleCounts& counts() const noexcept { return counts_; }

private:
    void count_entry(const std::string& name) {
        if (++counts_.entries > limits_.max_entries) throw too_many(name);
    }

    Error too_many(const std::string& name) const {
        return Error(ErrorKind::corrupt,
                     fmt::format("the bundle of user code holds more than {} files", limits_.max_entries))
            .about(name);
    }

    // Every folder on the way must be one that we made: nothing is written through a link.
    void add_folders(const std::string& name, const std::string& path) {
        for (std::size_t slash = 0; slash != std::string::npos && !path.empty();) {
            slash = path.find('/', slash + 1);
            const std::string part = path.substr(0, slash);
            if (folders_.contains(part)) continue;
            count_entry(name);
            if (::mkdir((root_ / part).c_str(), 0755) != 0) throw failure(name);
            if (::chmod((root_ / part).c_str(), 0755) != 0) throw failure(name);
            folders_.insert(part);
        }
    }

    // The full path of a new entry that is no folder.
    fs::path place(const std::string& name, const std::string& path) {
        if (path.empty()) throw refused(name, "not a name");
        if (const std::size_t slash = path.rfind('/'); slash != std::string::npos)
            add_folders(name, path.substr(0, slash));
        count_entry(name);
        return root_ / path;
    }

    void add_file(archive* reader, archive_entry* entry, const std::string& name, const std::string& path) {
        const mode_t mode = archive_entry_perm(entry);
        if (mode & (S_ISUID | S_ISGID)) throw refused(name, "a setuid or setgid file");
        const fs::path place_of = place(name, path);
        const int descriptor = ::open(place_of.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (descriptor < 0) throw failure(name);
        File file(descriptor, place_of.string());
        copy(reader, file, name);
        if (::fchmod(file.descriptor(), mode & S_IXUSR ? 0755 : 0644) != 0) throw failure(name);
        file.close();
        files_.insert(path);
    }

    void copy(archive* reader, File& file, const std::string& name) {
        std::array<char, 64 << 10> room;
        for (;;) {
            const la_ssize_t count = archive_read_data(reader, room.data(), room.size());
            if (count < 0) throw damaged(reader).about(name);
            if (count == 0) return;
            counts_.bytes += static_cast<std::uint64_t>(count);
            if (counts_.bytes > limits_.max_bytes) {
                throw Error(ErrorKind::corrupt,
                            fmt::format("the bundle of user code unpacks to more than {} bytes", limits_.max_bytes))
                    .about(name);
            }
            file.append({room.data(), static_cast<std::size_t>(count)});
        }
    }

    void add_link(archive_entry* entry, const std::string& name, const std::string& path) {
        const char* target = archive_entry_symlink(entry);
        if (!target || *target == '\0' || *target == '/')
            throw refused(name, "a link that leads out of the folder or nowhere");
        const fs::path place_of = place(name, path);
        if (::symlink(target, place_of.c_str()) != 0) throw failure(name);
        links_.push_back(place_of);
    }

    void add_hard_link(const std::string& name, const std::string& path, std::string_view target) {
        const std::optional<std::string> of = entry_path(target);
        if (!of || !files_.contains(*of)) throw refused(name, "a hard link to no file of the bundle");
        const fs::path place_of = place(name, path);
        if (::link((root_ / *of).c_str(), place_of.c_str()) != 0) throw failure(name);
        files_.insert(path);
    }

    Error failure(const std::string& name) const {
        if (errno == EEXIST) return refused(name, "a name that is there twice");
        if (errno == ENOTDIR || errno == ELOOP) return refused(name, "a name below what is no folder");
        if (errno == ENAMETOOLONG) return refused(name, "a name that is too long");
        return os_error(errno, "unpack " + escaped(name)).about(name);
    }

    const fs::path root_;
    const BundleLimits limits_;
    BundleCounts counts_;
    std::size_t headers_ = 0;
    std::set<std::string> folders_, files_;
    std::vector<fs::path> links_;
};

void make_empty_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) throw os_error(error.value(), "create " + folder.string()).about(folder.string());
    const bool empty = fs::is_empty(folder, error);
    if (error) throw os_error(error.value(), "look into " + folder.string()).about(folder.string());
    if (empty) return;
    throw Error(ErrorKind::config, folder.string() + " is not empty: user code is unpacked into a folder of its own")
        .about(folder.string());
}

void remove_content(const fs::path& folder) noexcept {
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored))
        fs::remove_all(entry.path(), ignored);
}

}  // namespace

BundleCounts unpack_bundle(std::string_view archive, std::string_view sha256, const fs::path& into,
                           const BundleLimits& limits) {
    check_digest(archive, sha256);
    make_empty_folder(into);
    try {
        const Reader reader = open_archive(archive);
        Unpacking unpacking(into, limits);
        for (archive_entry* entry = nullptr;;) {
            const int status = archive_read_next_header(reader.get(), &entry);
            if (status == ARCHIVE_EOF) break;
            if (status != ARCHIVE_OK && status != ARCHIVE_WARN) throw damaged(reader.get());
            unpacking.add(reader.get(), entry);
        }
        unpacking.check_links();
        return unpacking.counts();
    } catch (...) {
        remove_content(into);
        throw;
    }
}

BundleCounts unpack_bundle_file(const fs::path& file, std::string_view sha256, const fs::path& into,
                                const BundleLimits& limits) {
    return unpack_bundle(read_text(file, limits.max_bytes), sha256, into, limits);
}

}  // namespace af
