#include "cli/key_files.hpp"

#include "engine/error.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace af;
using namespace std::chrono_literals;

TEST_CASE("the files of a pair are named after it", "[key_files]") {
    const auto name = GENERATE("keys/af", "keys/af.pem", "keys/af.pub.pem");
    CHECK(key_files(name).private_file == "keys/af.pem");
    CHECK(key_files(name).public_file == "keys/af.pub.pem");
}

TEST_CASE("a pair appears whole, the private half for its owner alone", "[key_files]") {
    const TemporaryFolder folder;
    const KeyFiles files = key_files((folder.path() / "af").string());
    const PrivateKey key = PrivateKey::generate();
    const mode_t before = ::umask(0);
    { NewKeyFiles dropped(files, key, false); }
    CHECK(std::filesystem::is_empty(folder.path()));
    NewKeyFiles made(files, key, false);
    CHECK_FALSE(std::filesystem::exists(files.private_file));
    made.commit();
    ::umask(before);
    struct stat facts {};
    REQUIRE(::stat(files.private_file.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0600);
    REQUIRE(::stat(files.public_file.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0666);
    CHECK(read_public_key(files.public_file).kid() == key.kid());
    CHECK_THROWS_AS(NewKeyFiles(files, key, false), Error);
    std::filesystem::remove(files.private_file);
    std::filesystem::create_symlink("nowhere", files.private_file);
    CHECK_THROWS_AS(NewKeyFiles(files, key, false), Error);
    CHECK_NOTHROW(NewKeyFiles(files, key, true).commit());
}

TEST_CASE("a key is too old after half a year", "[key_files]") {
    const WallTime now = std::chrono::system_clock::now();
    CHECK_FALSE(too_old(now - 180 * 24h, now));
    CHECK(too_old(now - 200 * 24h, now) == "is 200 days old");
}
