// The two files of a key pair: NAME.pem (private, mode 0600) and NAME.pub.pem.
//
// Errors   usage: they are there already, or the folder cannot be written to; those of AtomicFile.
#pragma once

#include "engine/atomic_file.hpp"
#include "stages/s3/aws_keys.hpp"
#include "stages/seal/keys.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace af {

struct KeyFiles {
    std::filesystem::path private_file;
    std::filesystem::path public_file;
};

// "keys/af", "keys/af.pem" -> keys/af.pem, keys/af.pub.pem
KeyFiles key_files(std::string_view name);

// Written whole, but visible only after commit().
class NewKeyFiles {
public:
    // Refuses to take the place of files unless `replace`.
    NewKeyFiles(const KeyFiles& files, const PrivateKey& key, bool replace);
    void commit();

private:
    AtomicFile private_;
    AtomicFile public_;
};

// The public key of a file; Error(config) about the file.
PublicKey read_public_key(const std::filesystem::path& file);

// When the file was written last; nullopt when it cannot be looked at.
std::optional<WallTime> written_at(const std::filesystem::path& file);

// What to say of a key made at that time, by now older than kOldKeyAge: "is 200 days old"; nullopt when it is younger.
std::optional<std::string> too_old(WallTime created, WallTime now);

}  // namespace af
