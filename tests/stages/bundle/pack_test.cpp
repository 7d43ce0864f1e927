#include "engine/error.hpp"
#include "engine/file.hpp"
#include "stages/bundle/bundle.hpp"
#include "tests/stages/bundle/made_archive.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

using namespace af;
namespace fs = std::filesystem;

namespace {

void write_code(const TemporaryFolder& folder) {
    folder.write("mapper.py", "def mapper(): pass\n");
    folder.write("lib/run.sh", "#!/bin/sh\n");
    folder.write("lib/" + std::string(180, 'n') + "/" + std::string(180, 'm'), "long");
    folder.write("\xc3\xa9.py", "e");
    folder.write("empty", "");
    fs::permissions(folder.path() / "lib/run.sh", fs::perms(0700));
    fs::create_symlink("lib/run.sh", folder.path() / "run");
}

std::string refusal(const fs::path& folder, const BundleLimits& limits = {}) {
    try {
        pack_bundle(folder, 0, limits);
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::config);
        return error.what();
    }
    return "packed";
}

}  // namespace

TEST_CASE("what is packed is unpacked as it was", "[bundle]") {
    const TemporaryFolder code, out;
    write_code(code);
    const PackedBundle packed = pack_bundle(code.path());
    CHECK(packed.sha256 == digest_of(packed.archive));
    CHECK(packed.archive.starts_with("\x28\xb5\x2f\xfd"));  // zstd
    const fs::path into = out.path() / "code";
    const BundleCounts counts = unpack_bundle(packed.archive, packed.sha256, into);
    CHECK(counts.entries == packed.counts.entries);
    CHECK(counts.entries == 8);
    CHECK(counts.bytes == packed.counts.bytes);
    CHECK(read_text(into / "mapper.py", 100) == "def mapper(): pass\n");
    CHECK(read_text(into / "lib" / std::string(180, 'n') / std::string(180, 'm'), 100) == "long");
    CHECK(read_text(into / "\xc3\xa9.py", 100) == "e");
    CHECK(fs::file_size(into / "empty") == 0);
    CHECK(fs::read_symlink(into / "run") == "lib/run.sh");
    struct stat run {};
    ::stat((into / "run").c_str(), &run);
    CHECK((run.st_mode & 0777) == 0755);
}

TEST_CASE(
    "the same content gives the same bytes, whatever its times, order of creation, owner's rights and name of the "
    "folder",
    "[bundle]") {
    const TemporaryFolder one, two;
    write_code(one);
    two.write("empty", "");
    write_code(two);
    fs::permissions(two.path() / "mapper.py", fs::perms(0640));
    fs::last_write_time(two.path() / "mapper.py", fs::file_time_type::clock::now() - std::chrono::hours(1000));
    two.write("lib/__pycache__/mapper.pyc", "left out");
    two.write(".git/HEAD", "left out");
    CHECK(pack_bundle(one.path()).archive == pack_bundle(two.path().string() + "/").archive);
    CHECK(pack_bundle(one.path(), 1'700'000'000).archive != pack_bundle(one.path()).archive);
    two.write("mapper.py", "def mapper(): pass #");
    CHECK(pack_bundle(one.path()).sha256 != pack_bundle(two.path()).sha256);
}

TEST_CASE("links out of the folder, pipes and too much are refused while packing", "[bundle]") {
    const TemporaryFolder code;
    code.write("f", "1234");
    fs::create_symlink("../..", code.path() / "out");
    CHECK(refusal(code.path()).ends_with("a link that leads out of the folder or nowhere"));
    fs::remove(code.path() / "out");
    fs::create_symlink(code.path() / "f", code.path() / "absolute");
    CHECK(refusal(code.path()).ends_with("a link that leads out of the folder or nowhere"));
    fs::remove(code.path() / "absolute");
    REQUIRE(::mkfifo((code.path() / "pipe").c_str(), 0600) == 0);
    CHECK(refusal(code.path()).ends_with("neither a file nor a folder nor a link"));
    fs::remove(code.path() / "pipe");
    CHECK(refusal(code.path(), {.max_bytes = 3}).ends_with("more than 3 bytes in all"));
    CHECK(refusal(code.path(), {.max_entries = 0}).ends_with("more than 0 files"));
    CHECK(refusal(code.path()) == "packed");
    CHECK(refusal(code.path() / "f").ends_with("Not a directory"));
    CHECK(refusal(code.path() / "missing").ends_with("No such file or directory"));
}
