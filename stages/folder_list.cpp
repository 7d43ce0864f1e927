#include "stages/folder_list.hpp"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <utility>

namespace af {
namespace {

constexpr std::size_t kMostEntries = 1'000'000;
constexpr std::size_t kMostNotes = 20;

using Inode = std::pair<dev_t, ino_t>;
Inode inode_of(const struct stat& status) { return {status.st_dev, status.st_ino}; }

class FolderLister {
public:
    FolderLister(bool whole, std::stop_token stop) : whole_(whole), stop_(std::move(stop)) {}

    ListPage run(const std::string& folder) {
        remember_ancestors(folder);
        enter(folder);
        if (hidden_ > 0) page_.notes.push_back(fmt::format("{}: {} hidden entries left out", folder, hidden_));
        return std::move(page_);
    }

private:
    // A link may lead back to any folder above it, those above the root of the listing too.
    void remember_ancestors(const std::string& folder) {
        const auto absolute = std::filesystem::absolute(folder.empty() ? "." : folder).lexically_normal();
        std::filesystem::path path;
        for (const auto& part : absolute) {
            if (part.empty()) continue;
            path /= part;
            struct stat status {};
            if (::stat(path.c_str(), &status) == 0) ancestors_.push_back(inode_of(status));
        }
    }

    void enter(const std::string& folder) {
        if (stop_.stop_requested()) throw Error(ErrorKind::cancelled, fmt::format("list {}: stopped", folder));
        for (const std::string& name : entries_of(folder)) visit(folder + name);
    }

    std::vector<std::string> entries_of(const std::string& folder) {
        std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(folder.empty() ? "." : folder.c_str()), ::closedir);
        if (!directory) throw os_error(errno, fmt::format("list {}", folder)).about(folder);
        std::vector<std::string> names;
        for (;;) {
            errno = 0;
            const dirent* entry = ::readdir(directory.get());
            if (!entry) break;
            const std::string_view name = entry->d_name;
            if (name == "." || name == "..") continue;
            if (name.starts_with('.'))
                ++hidden_;
            else
                names.emplace_back(name);
            if (names.size() > kMostEntries) too_many(folder);
        }
        if (errno != 0) throw os_error(errno, fmt::format("list {}", folder)).about(folder);
        std::sort(names.begin(), names.end());
        return names;
    }

    void visit(const std::string& path) {
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0) {
            if (errno != ENOENT && errno != ELOOP) throw os_error(errno, fmt::format("stat {}", path)).about(path);
            return note(path, "a link that leads nowhere");
        }
        if (S_ISREG(status.st_mode)) return add_file(path, status);
        if (!S_ISDIR(status.st_mode)) return note(path, "neither a file nor a folder");
        if (std::find(ancestors_.begin(), ancestors_.end(), inode_of(status)) != ancestors_.end()) {
            return note(path, "a link back to a folder above it");
        }
        if (++folders_ > kMostEntries) too_many(path);
        if (!whole_) {
            page_.prefixes.push_back(path + "/");
            return;
        }
        ancestors_.push_back(inode_of(status));
        enter(path + "/");
        ancestors_.pop_back();
    }

    void add_file(const std::string& path, const struct stat& status) {
        ObjectRef object;
        object.name = path;
        object.size = static_cast<std::uint64_t>(status.st_size);
        object.etag = local_etag(status);
        page_.objects.push_back(std::move(object));
        if (page_.objects.size() > kMostEntries) too_many(path);
    }

    void note(const std::string& path, std::string_view why) {
        if (page_.notes.size() < kMostNotes) page_.notes.push_back(fmt::format("{}: left out, {}", path, why));
    }

    [[noreturn]] static void too_many(const std::string& path) {
        throw Error(ErrorKind::usage, fmt::format("list {}: more than {} entries", path, kMostEntries))
            .about(path)
            .hint("name a smaller folder");
    }

    const bool whole_;
    std::stop_token stop_;
    ListPage page_;
    std::vector<Inode> ancestors_;
    std::size_t hidden_ = 0;
    std::size_t folders_ = 0;
};

}  // namespace

std::string local_etag(const struct stat& status) {
    return fmt::format("\"{}-{}\"", status.st_size, status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec);
}

ListPage list_folder(const std::string& folder, bool whole, std::stop_token stop) {
    if (!folder.empty() && folder.back() != '/') throw Error(ErrorKind::bug, "the name of a folder ends in '/'");
    return FolderLister(whole, std::move(stop)).run(folder);
}

}  // namespace af
