// User code as one file: a tar of its folder, compressed.
//
// Bounds   limits.max_bytes unpacked, limits.max_entries files, folders and links.
// Source   tar(5) of libarchive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace af {

struct BundleLimits {
    std::uint64_t max_bytes = 256 << 20;
    std::size_t max_entries = 10'000;
};

struct BundleCounts {
    std::size_t entries = 0;
    std::uint64_t bytes = 0;
};

// Unpacks a tar, plain or under gzip, xz or zstd, told apart by content, into a folder that is made or is empty. Its
// content is readable by everybody and executable where it was for its owner; who owned it, when it was changed and
// special bits are forgotten.
// Sha256   the digest of `archive` in 64 hex digits, checked before anything is unpacked.
// Refused  names that are absolute or have "..", a name twice, what lies below a link, links that lead out of the
//          folder or nowhere, anything but files, folders and links, setuid and setgid files.
// Errors   corrupt: another digest, damage, limits. config: refused content, a folder that is not empty; no_space, io.
//          They are about the entry. The folder is empty after any of them.
BundleCounts unpack_bundle(std::string_view archive, std::string_view sha256, const std::filesystem::path& into,
                           const BundleLimits& limits = {});
// The same of a file of at most limits.max_bytes.
BundleCounts unpack_bundle_file(const std::filesystem::path& file, std::string_view sha256,
                                const std::filesystem::path& into, const BundleLimits& limits = {});

struct PackedBundle {
    std::string archive;  // tar.zst
    std::string sha256;
    BundleCounts counts;
};

// The folder as a tar.zst that unpack_bundle() takes: the same bytes for the same content, whoever packs it and when.
// `mtime_seconds` (SOURCE_DATE_EPOCH) is that of every entry. Left out: .git and __pycache__, wherever they are.
// Errors  config: not a folder, a device, a link that leads out of it or nowhere, above the limits.
PackedBundle pack_bundle(const std::filesystem::path& folder, std::int64_t mtime_seconds = 0,
                         const BundleLimits& limits = {});

}  // namespace af
