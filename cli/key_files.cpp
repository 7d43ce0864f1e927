#include "cli/key_files.hpp"

#include "engine/error.hpp"
#include "stages/seal/key_secret.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

namespace af {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostKeyBytes = 64 << 10;

// Files are made for this user alone while it lives.
class PrivateFiles {
public:
    PrivateFiles() : before_(::umask(0077)) {}
    ~PrivateFiles() { ::umask(before_); }
    PrivateFiles(const PrivateFiles&) = delete;
    PrivateFiles& operator=(const PrivateFiles&) = delete;

private:
    mode_t before_;
};

const fs::path& unused(const fs::path& file, bool replace) {
    std::error_code ignored;
    if (replace || !fs::exists(fs::symlink_status(file, ignored))) return file;
    throw Error(ErrorKind::usage, fmt::format("{} is there already", file.string()))
        .about(file.string())
        .hint("choose another name; --force replaces it, and with it whatever only that key opens");
}

}  // namespace

KeyFiles key_files(std::string_view name) {
    if (name.ends_with(".pem")) name.remove_suffix(4);
    if (name.ends_with(".pub")) name.remove_suffix(4);
    return {std::string(name) + ".pem", std::string(name) + ".pub.pem"};
}

NewKeyFiles::NewKeyFiles(const KeyFiles& files, const PrivateKey& key, bool replace)
    : private_([&] {
          const PrivateFiles only_ours;
          return AtomicFile(unused(files.private_file, replace));
      }()),
      public_(unused(files.public_file, replace)) {
    private_.append(key.private_pem().view());
    private_.prepare();
    public_.append(key.public_pem());
    public_.prepare();
}

void NewKeyFiles::commit() {
    private_.commit();
    public_.commit();
}

PublicKey read_public_key(const fs::path& file) {
    try {
        return PublicKey::from_pem(read_text(file, kMostKeyBytes), file.string());
    } catch (const Error& error) {
        throw Error(ErrorKind::config, error.what())
            .about(file.string())
            .hint(error.advice().empty() ? "make a key with: af keygen" : error.advice());
    }
}

std::optional<WallTime> written_at(const fs::path& file) {
    struct stat facts {};
    if (::stat(file.c_str(), &facts) != 0) return std::nullopt;
    return std::chrono::system_clock::from_time_t(facts.st_mtime);
}

std::optional<std::string> too_old(WallTime created, WallTime now) {
    if (now - created <= kOldKeyAge) return std::nullopt;
    const auto days = std::chrono::duration_cast<std::chrono::hours>(now - created).count() / 24;
    return fmt::format("is {} days old", count_text(static_cast<std::uint64_t>(days)));
}

}  // namespace af
