// Archives with any entries, hostile ones too, made by libarchive.
#pragma once

#include "stages/s3/hash.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace af {

struct MadeEntry {
    std::string name;
    std::string content{};
    unsigned type = AE_IFREG;
    unsigned mode = 0644;
    std::string symlink{};
    std::string hardlink{};
};

enum class Filter { none, gzip, xz, zstd, bzip2 };

inline std::string made_archive(const std::vector<MadeEntry>& entries, Filter filter = Filter::none) {
    archive* writer = archive_write_new();
    archive_write_set_format_gnutar(writer);
    if (filter == Filter::gzip) archive_write_add_filter_gzip(writer);
    if (filter == Filter::xz) archive_write_add_filter_xz(writer);
    if (filter == Filter::zstd) archive_write_add_filter_zstd(writer);
    if (filter == Filter::bzip2) archive_write_add_filter_bzip2(writer);
    std::string bytes(64 << 20, '\0');
    std::size_t used = 0;
    archive_write_open_memory(writer, bytes.data(), bytes.size(), &used);
    for (const MadeEntry& made : entries) {
        archive_entry* entry = archive_entry_new();
        archive_entry_copy_pathname(entry, made.name.c_str());
        archive_entry_set_filetype(entry, made.type);
        archive_entry_set_perm(entry, made.mode);
        archive_entry_set_size(entry, static_cast<la_int64_t>(made.content.size()));
        if (!made.symlink.empty()) archive_entry_copy_symlink(entry, made.symlink.c_str());
        if (!made.hardlink.empty()) archive_entry_copy_hardlink(entry, made.hardlink.c_str());
        if (archive_write_header(writer, entry) != ARCHIVE_OK) throw std::runtime_error(archive_error_string(writer));
        archive_write_data(writer, made.content.data(), made.content.size());
        archive_entry_free(entry);
    }
    archive_write_close(writer);
    archive_write_free(writer);
    bytes.resize(used);
    return bytes;
}

inline std::string digest_of(std::string_view bytes) { return hex(as_text(sha256(bytes))); }

}  // namespace af
