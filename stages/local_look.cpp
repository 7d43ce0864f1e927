#include "stages/local_look.hpp"

#include "engine/file.hpp"
#include "stages/folder_list.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <istream>

namespace af {
namespace {

constexpr std::size_t kSniffed = 4096;

std::string folder_name(const std::string& path) {
    std::string name = std::filesystem::path(path).lexically_normal().string();
    if (name == "." || name == "./") return "";
    if (!name.ends_with('/')) name += '/';
    return name;
}

std::string first_bytes(std::istream& stream) {
    std::string bytes(kSniffed, '\0');
    stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(stream.gcount()));
    stream.clear();
    stream.seekg(0);
    return bytes;
}

ManifestForm form_by_suffix(const std::string& path) {
    if (path.ends_with(".json")) return ManifestForm::json;
    if (path.ends_with(".jsonl")) return ManifestForm::jsonl;
    return ManifestForm::tsv;
}

}  // namespace

std::string read_descriptor(int input, std::size_t max_bytes, std::string_view name, std::stop_token stop) {
    constexpr int kLookForStopMilliseconds = 100;
    std::string text;
    std::string piece(1 << 16, '\0');
    for (;;) {
        if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "stopped");
        pollfd ready{.fd = input, .events = POLLIN, .revents = 0};
        const int polled = ::poll(&ready, 1, kLookForStopMilliseconds);
        if (polled == 0 || (polled < 0 && errno == EINTR)) continue;
        if (polled < 0) throw os_error(errno, fmt::format("wait for {}", name));
        const ssize_t bytes = ::read(input, piece.data(), piece.size());
        if (bytes < 0 && errno == EINTR) continue;
        if (bytes < 0) throw os_error(errno, fmt::format("read {}", name));
        if (bytes == 0) return text;
        text.append(piece, 0, static_cast<std::size_t>(bytes));
        if (text.size() > max_bytes)
            throw Error(ErrorKind::config, fmt::format("{}: larger than the {} bytes allowed", name, max_bytes));
    }
}

LocalLook look_at(const std::string& path, FileUse use, std::size_t max_manifest_bytes) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        throw os_error(errno, path).about(path).hint("name a file, a folder or s3://bucket/prefix");
    LocalLook look;
    look.is_folder = S_ISDIR(status.st_mode);
    look.object.name = look.is_folder ? folder_name(path) : std::filesystem::path(path).lexically_normal().string();
    if (look.is_folder && use == FileUse::by_content) return look;
    if (look.is_folder)
        throw Error(ErrorKind::usage, fmt::format("{} is a folder", path)).about(path).hint("name a file");
    if (!S_ISREG(status.st_mode))
        throw Error(ErrorKind::usage, fmt::format("{} is neither a file nor a folder", path)).about(path);
    look.object.size = static_cast<std::uint64_t>(status.st_size);
    look.object.etag = local_etag(status);
    if (use == FileUse::data) return look;
    const bool may_be_manifest = path.ends_with(".json") || path.ends_with(".jsonl") || path.ends_with(".tsv");
    if (use == FileUse::by_content && !may_be_manifest) return look;
    std::ifstream stream(path, std::ios::binary);
    if (!stream) throw os_error(errno, fmt::format("open {}", path)).about(path);
    if (use == FileUse::manifest)
        look.form = form_by_suffix(path);
    else
        look.form = manifest_form(path, first_bytes(stream));
    if (look.form) look.manifest = read_text(path, max_manifest_bytes);
    return look;
}

}  // namespace af
