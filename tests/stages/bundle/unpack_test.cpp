#include "engine/error.hpp"
#include "engine/file.hpp"
#include "stages/bundle/bundle.hpp"
#include "stages/bundle/entry_path.hpp"
#include "tests/stages/bundle/made_archive.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

using namespace af;
namespace fs = std::filesystem;

namespace {

const std::vector<MadeEntry> kCode{{"./", "", AE_IFDIR, 0700},
                                   {"./mapper.py", "def mapper(): pass\n", AE_IFREG, 0600},
                                   {"./lib/deep/run.sh", "#!/bin/sh\n", AE_IFREG, 0700},
                                   {"./lib/link.sh", "", AE_IFLNK, 0777, "deep/run.sh"},
                                   {"./lib/folder", "", AE_IFLNK, 0777, "../lib"},
                                   {"./again.py", "", AE_IFREG, 0644, "", "./mapper.py"}};

MadeEntry soft(std::string name, std::string target) {
    return {std::move(name), "", AE_IFLNK, 0777, std::move(target)};
}

// What unpacking says; the folder must be empty after it and nothing may lie beside it.
std::string refusal(const std::string& archive, const BundleLimits& limits = {}, ErrorKind kind = ErrorKind::config) {
    const TemporaryFolder around;
    const fs::path into = around.path() / "code";
    try {
        unpack_bundle(archive, digest_of(archive), into, limits);
    } catch (const Error& error) {
        CHECK(error.kind() == kind);
        CHECK(fs::is_empty(into));
        CHECK(std::distance(fs::directory_iterator(around.path()), {}) == 1);
        return error.what();
    }
    return "unpacked";
}

std::string refusal_of(const std::vector<MadeEntry>& entries) { return refusal(made_archive(entries)); }

unsigned mode_of(const fs::path& path) {
    struct stat found {};
    ::stat(path.c_str(), &found);
    return found.st_mode & 07777;
}

}  // namespace

TEST_CASE("a bundle is unpacked whatever it is compressed with", "[bundle]") {
    for (Filter filter : {Filter::none, Filter::gzip, Filter::xz, Filter::zstd}) {
        const TemporaryFolder around;
        const fs::path into = around.path() / "made" / "code";
        const std::string archive = made_archive(kCode, filter);
        const BundleCounts counts = unpack_bundle(archive, digest_of(archive), into);
        CHECK(counts.entries == 7);
        CHECK(counts.bytes == 29);
        CHECK(read_text(into / "mapper.py", 100) == "def mapper(): pass\n");
        CHECK(read_text(into / "again.py", 100) == "def mapper(): pass\n");
        CHECK(read_text(into / "lib" / "link.sh", 100) == "#!/bin/sh\n");
        CHECK(read_text(into / "lib" / "folder" / "folder" / "deep" / "run.sh", 100) == "#!/bin/sh\n");
        CHECK(mode_of(into / "mapper.py") == 0644);  // readable by the user that runs it
        CHECK(mode_of(into / "lib" / "deep" / "run.sh") == 0755);
        CHECK(mode_of(into / "lib" / "deep") == 0755);
    }
}

TEST_CASE("a bundle in a file is unpacked as the same bytes in memory", "[bundle]") {
    const TemporaryFolder around;
    const std::string archive = made_archive(kCode, Filter::zstd);
    const std::string file = around.write("code.tar.zst", archive);
    CHECK(unpack_bundle_file(file, digest_of(archive), around.path() / "code").entries == 7);
    CHECK_THROWS_AS(unpack_bundle_file(file, digest_of(archive), around.path() / "other", {.max_bytes = 100}), Error);
    CHECK_FALSE(fs::exists(around.path() / "other"));
}

TEST_CASE("a name in any alphabet is unpacked byte by byte", "[bundle]") {
    const TemporaryFolder around;
    const std::string archive = made_archive(
        {{"\xc3\xa9t\xc3\xa9 2\xe2\x82\xac.py", "x"}, {std::string(200, 'd') + "/" + std::string(200, 'f'), "y"}});
    unpack_bundle(archive, digest_of(archive), around.path() / "code");
    CHECK(fs::exists(around.path() / "code" / "\xc3\xa9t\xc3\xa9 2\xe2\x82\xac.py"));
    CHECK(fs::exists(around.path() / "code" / std::string(200, 'd') / std::string(200, 'f')));
}

TEST_CASE("another digest is told before anything is unpacked", "[bundle]") {
    const TemporaryFolder around;
    const std::string archive = made_archive(kCode);
    for (const std::string& digest : {digest_of("other"), std::string(), digest_of(archive).substr(1)})
        CHECK_THROWS_AS(unpack_bundle(archive, digest, around.path() / "code"), Error);
    CHECK_FALSE(fs::exists(around.path() / "code"));
}

TEST_CASE("a name that leads out of the folder is refused", "[bundle]") {
    for (const char* name : {"/etc/cron.d/x", "../x", "a/../../x", "a/..", "..", "//x"}) {
        CHECK(refusal_of({{"a/y", "y"}, {name, "x"}}).ends_with(": a name that leads out of the folder"));
    }
}

TEST_CASE("nothing is written through a link, whichever comes first", "[bundle]") {
    CHECK(refusal_of({{"sub/f", "1"}, soft("in", "sub"), {"in/f2", "2"}}).ends_with(": a name that is there twice"));
    CHECK(refusal_of({soft("out", "../.."), {"out/f", "1"}}).ends_with(": a name that is there twice"));
    CHECK(refusal_of({soft("f", "g"), {"f", "1"}}).ends_with(": a name that is there twice"));
    CHECK(refusal_of({{"f", "1"}, {"./f", "2"}}).ends_with(": a name that is there twice"));
    CHECK(refusal_of({{"f", "1"}, {"f/g", "2"}}).ends_with(": a name that is there twice"));
}

TEST_CASE("a link that leads out of the folder or nowhere is refused, also by way of other links", "[bundle]") {
    const std::string said = ": a link that leads out of the folder or nowhere";
    CHECK(refusal_of({soft("a", "/etc/passwd")}).ends_with(said));
    CHECK(refusal_of({soft("a", "../../../../../../etc/passwd")}).ends_with(said));
    CHECK(refusal_of({soft("a", "..")}).ends_with(said));
    CHECK(refusal_of({soft("a", "missing")}).ends_with(said));
    CHECK(refusal_of({soft("a", "b"), soft("b", "a")}).ends_with(said));
    CHECK(refusal_of({{"p/q/r/f", "1"}, soft("p/q/r/up", "../../.."), soft("x", "p/q/r/up/..")}).ends_with(said));
    CHECK(refusal_of({{"f", "1"}, soft("later", "z"), soft("z", "f")}) == "unpacked");
}

TEST_CASE("a hard link leads to a file of the bundle or is refused", "[bundle]") {
    for (const char* target : {"/etc/passwd", "../x", "missing", "a", "link"}) {
        CHECK(refusal_of({{"a/f", "1"}, soft("link", "a/f"), {"hard", "", AE_IFREG, 0644, "", target}})
                  .ends_with(": a hard link to no file of the bundle"));
    }
}

TEST_CASE("devices, pipes and files that lend rights are refused", "[bundle]") {
    for (unsigned type : {AE_IFCHR, AE_IFBLK, AE_IFIFO}) {
        CHECK(refusal_of({{"x", "", type}}).ends_with("neither a file nor a folder nor a link"));
    }
    CHECK(refusal_of({{"x", "", AE_IFREG, 04755}}).ends_with("a setuid or setgid file"));
    CHECK(refusal_of({{"x", "", AE_IFREG, 02755}}).ends_with("a setuid or setgid file"));
    CHECK(refusal_of({{"x", "", AE_IFDIR, 02755}}) ==
          "unpacked");  // as in folders that a group shares; the bit is dropped
}

TEST_CASE("what unpacks to too much is refused, compressed or in folders or in empty entries", "[bundle]") {
    const std::string bomb = made_archive({{"zeros", std::string(8 << 20, '\0')}}, Filter::zstd);
    CHECK(bomb.size() < 10'000);
    CHECK(refusal(bomb, {.max_bytes = (8 << 20) - 1}, ErrorKind::corrupt) ==
          "the bundle of user code unpacks to more than 8388607 bytes");
    CHECK(refusal(bomb, {.max_bytes = 8 << 20}, ErrorKind::corrupt) == "unpacked");
    std::string deep;
    for (int i = 0; i < 20; ++i) deep += "d/";
    CHECK(refusal(made_archive({{deep + "f", "1"}}), {.max_entries = 20}, ErrorKind::corrupt) ==
          "the bundle of user code holds more than 20 files");
    const std::vector<MadeEntry> roots(50, {"./", "", AE_IFDIR, 0755});
    CHECK(refusal(made_archive(roots), {.max_entries = 20}, ErrorKind::corrupt) ==
          "the bundle of user code holds more than 20 files");
}

TEST_CASE("damage is an error wherever it is, and other formats are none of ours", "[bundle]") {
    const std::string whole = made_archive({{"f", std::string(3000, 'f')}, {"g", std::string(3000, 'g')}});
    for (std::size_t size : {0, 1, 100, 511, 700, 2000, 5000}) {
        INFO(size);
        CHECK(refusal(whole.substr(0, size), {}, ErrorKind::corrupt).starts_with("the bundle of user code: "));
    }
    for (Filter filter : {Filter::gzip, Filter::xz, Filter::zstd}) {
        const std::string packed = made_archive({{"f", std::string(3000, 'f')}}, filter);
        CHECK(refusal(packed.substr(0, packed.size() / 2), {}, ErrorKind::corrupt)
                  .starts_with("the bundle of user code: "));
    }
    CHECK(refusal(made_archive(kCode, Filter::bzip2), {}, ErrorKind::corrupt).starts_with("the bundle of user code: "));
    CHECK(refusal("PK\x03\x04", {}, ErrorKind::corrupt).starts_with("the bundle of user code: "));
    CHECK(refusal(std::string(4096, 'x'), {}, ErrorKind::corrupt).starts_with("the bundle of user code: "));
}

TEST_CASE("a folder that holds something is left alone", "[bundle]") {
    const TemporaryFolder around;
    around.write("code/mine", "x");
    const std::string archive = made_archive(kCode);
    CHECK_THROWS_AS(unpack_bundle(archive, digest_of(archive), around.path() / "code"), Error);
    CHECK(read_text(around.path() / "code" / "mine", 10) == "x");
}

TEST_CASE("the path of an entry has no empty parts, no dots and nothing above the root", "[bundle]") {
    CHECK(entry_path("./a//b/./c/") == "a/b/c");
    CHECK(entry_path("./") == "");
    CHECK(entry_path("") == "");
    CHECK(entry_path("..a/b..") == "..a/b..");
    for (const char* name : {"/", "/a", "..", "a/..", "a/../b", "../a"}) CHECK_FALSE(entry_path(name));
    CHECK_FALSE(entry_path(std::string(5000, 'a')));
}
