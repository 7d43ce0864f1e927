#include "cli/history.hpp"

#include "engine/error.hpp"
#include "tests/support/temporary_folder.hpp"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

using namespace af;

namespace {

StoredSubmission submission(const std::string& group_id, std::int64_t second) {
    StoredSubmission made;
    made.facts = Submission{.group_id = group_id,
                            .root_url = "https://tc.example.net",
                            .created = WallTime(std::chrono::seconds(second)),
                            .name = "os-count",
                            .owner = "me@example.org",
                            .image = "registry.example/analysis:3",
                            .tasks = 21,
                            .objects = 204,
                            .bytes = 5'000'000'000,
                            .state = "posting"};
    made.plan = R"({"version":1})" + std::string(100'000, 'x');
    made.envelope = R"({"v":1})";
    return made;
}

unsigned mode_of(const std::filesystem::path& path) {
    struct stat facts {};
    REQUIRE(::stat(path.c_str(), &facts) == 0);
    return facts.st_mode & 07777;
}

ErrorKind refusal(const std::filesystem::path& file) {
    try {
        History history(file);
        history.latest();
    } catch (const Error& error) {
        CHECK(error.item().find(file.filename().string()) != std::string::npos);
        return error.kind();
    }
    FAIL("it was opened");
    return ErrorKind::bug;
}

}  // namespace

TEST_CASE("a submission is found again as it was added, by another program too", "[cli][history]") {
    const TemporaryFolder folder;
    const auto file = folder.path() / "state/af/history.db";
    StoredSubmission added = submission("fN1SbArXTPSVFNUvaOlinQ", 1'700'000'000);
    added.facts.created += std::chrono::nanoseconds(123'456'789);
    History first(file);
    first.add(added);
    History other(file);
    const auto found = other.find("fN1SbArXTPSVFNUvaOlinQ");
    REQUIRE(found);
    CHECK(found->plan == added.plan);
    CHECK(found->envelope == added.envelope);
    CHECK(found->facts.created == added.facts.created);
    CHECK(found->facts.root_url == "https://tc.example.net");
    CHECK(found->facts.name == "os-count");
    CHECK(found->facts.owner == "me@example.org");
    CHECK(found->facts.image == "registry.example/analysis:3");
    CHECK(found->facts.tasks == 21);
    CHECK(found->facts.objects == 204);
    CHECK(found->facts.bytes == 5'000'000'000);
    CHECK(found->facts.state == "posting");
    CHECK_FALSE(other.find("AAAAAAAAQAAAAAAAAAAAAA"));
}

TEST_CASE("the plan is kept compressed", "[cli][history]") {
    const TemporaryFolder folder;
    const auto file = folder.path() / "af/history.db";
    { History(file).add(submission("A", 1)); }
    CHECK(std::filesystem::file_size(file) < 50'000);
}

TEST_CASE("submissions are listed newest first, as many as are asked for", "[cli][history]") {
    const TemporaryFolder folder;
    History history(folder.path() / "af/history.db");
    CHECK(history.list(10).empty());
    CHECK_FALSE(history.latest());
    for (const auto& [id, second] : {std::pair{"old", 1}, std::pair{"new", 3}, std::pair{"middle", 2}})
        history.add(submission(id, second));
    const auto two = history.list(2);
    REQUIRE(two.size() == 2);
    CHECK(two[0].group_id == "new");
    CHECK(two[1].group_id == "middle");
    CHECK(history.latest()->group_id == "new");
}

TEST_CASE("a state is changed; of a submission that is not known nothing is", "[cli][history]") {
    const TemporaryFolder folder;
    History history(folder.path() / "af/history.db");
    history.add(submission("A", 1));
    history.set_state("A", "completed");
    history.set_state("B", "failed");
    CHECK(history.find_facts("A")->state == "completed");
    CHECK(history.list(10).size() == 1);
}

TEST_CASE("a submission that is added twice is refused, and the first one stays", "[cli][history]") {
    const TemporaryFolder folder;
    History history(folder.path() / "af/history.db");
    history.add(submission("A", 1));
    CHECK_THROWS_AS(history.add(submission("A", 2)), Error);
    CHECK(history.find_facts("A")->created == WallTime(std::chrono::seconds(1)));
}

TEST_CASE("nobody else may read the history, whatever the umask", "[cli][history]") {
    const mode_t mask = GENERATE(mode_t{0}, mode_t{0022}, mode_t{0777});
    const TemporaryFolder folder;
    const auto file = folder.path() / "af/history.db";
    std::filesystem::create_directory(folder.path() / "plain");
    const auto opened_before = folder.path() / "plain/history.db";
    { History(opened_before).add(submission("A", 1)); }
    REQUIRE(::chmod(opened_before.c_str(), 0644) == 0);
    const mode_t before = ::umask(mask);
    std::filesystem::create_directory(file.parent_path());  // umask 0777 would lock us out of one that we make
    ::chmod(file.parent_path().c_str(), 0700);
    History history(file);
    history.add(submission("A", 1));
    History again(opened_before);
    ::umask(before);
    CHECK(mode_of(file) == 0600);
    CHECK(mode_of(file.string() + "-wal") == 0600);
    CHECK(mode_of(opened_before) == 0600);
}

TEST_CASE("the folder of the history is made, for its owner alone", "[cli][history]") {
    const TemporaryFolder folder;
    History history(folder.path() / "state/af/history.db");
    CHECK(mode_of(folder.path() / "state/af") == 0700);
}

TEST_CASE("several programs begin a history and add to it at once: nothing is lost", "[cli][history]") {
    constexpr int kPrograms = 6;
    constexpr int kSubmissions = 20;
    const TemporaryFolder folder;
    const auto file = folder.path() / "af/history.db";
    std::vector<pid_t> programs;
    for (int program = 0; program < kPrograms; ++program) {
        const pid_t child = ::fork();
        if (child == 0) {
            try {
                for (int i = 0; i < kSubmissions; ++i) {
                    History history(file);
                    history.add(submission("p" + std::to_string(program) + "-" + std::to_string(i), i));
                }
                ::_exit(0);
            } catch (const std::exception& error) {
                ::dprintf(2, "%s\n", error.what());
                ::_exit(1);
            }
        }
        programs.push_back(child);
    }
    for (const pid_t program : programs) {
        int status = -1;
        REQUIRE(::waitpid(program, &status, 0) == program);
        CHECK(status == 0);
    }
    CHECK(History(file).list(1000).size() == kPrograms * kSubmissions);
}

TEST_CASE("a file that is no history is refused and stays as it is", "[cli][history]") {
    const TemporaryFolder folder;
    const std::string noise = folder.write("noise.db", std::string(8192, 'n'));
    CHECK(refusal(noise) == ErrorKind::config);
    CHECK(std::filesystem::file_size(noise) == 8192);
    {
        Database other(folder.path() / "other.db");
        other.run("CREATE TABLE music (title TEXT)");
    }
    CHECK(refusal(folder.path() / "other.db") == ErrorKind::config);
    CHECK(Database(folder.path() / "other.db").number("SELECT count(*) FROM sqlite_schema") == 1);
    {
        History history(folder.path() / "newer.db");
        Database(folder.path() / "newer.db").run("PRAGMA user_version=2");
    }
    CHECK(refusal(folder.path() / "newer.db") == ErrorKind::config);
    std::filesystem::create_directory(folder.path() / "folder.db");
    CHECK(refusal(folder.path() / "folder.db") == ErrorKind::config);
}

TEST_CASE("a history that was damaged says so", "[cli][history]") {
    const TemporaryFolder folder;
    const auto file = folder.path() / "history.db";
    {
        History history(file);
        for (int i = 0; i < 50; ++i) history.add(submission("g" + std::to_string(i), i));
    }
    const auto size = std::filesystem::file_size(file);
    {
        std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekp(4096);
        bytes << std::string(size - 4096, '\xee');
    }
    CHECK(refusal(file) == ErrorKind::config);
}

TEST_CASE("a place where no file can be says why", "[cli][history]") {
    const TemporaryFolder folder;
    folder.write("file", "");
    CHECK_THROWS_WITH(History(folder.path() / "file/af/history.db"), Catch::Contains("Not a directory"));
}

TEST_CASE("a disk that is full is an error of its own, and what was there stays", "[cli][history]") {
    const TemporaryFolder folder;
    const auto disk = folder.path() / "disk";
    std::filesystem::create_directory(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=256k") != 0) {
        WARN("skipped: this needs the right to mount a tmpfs");
        return;
    }
    try {
        History history(disk / "af/history.db");
        history.add(submission("A", 1));
        StoredSubmission large = submission("B", 2);
        std::uint32_t noise = 1;
        for (char& byte : large.plan) byte = static_cast<char>((noise = noise * 1664525 + 1013904223) >> 24);
        large.plan += large.plan + large.plan + large.envelope;
        large.envelope = std::string(400'000, 'e');
        try {
            history.add(large);
            FAIL("it was added");
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::no_space);
        }
        CHECK(history.list(10).size() == 1);
        CHECK(history.find("A"));
    } catch (...) {
        ::umount2(disk.c_str(), MNT_DETACH);
        throw;
    }
    ::umount2(disk.c_str(), MNT_DETACH);
}

TEST_CASE("a file system that is read-only is refused", "[cli][history]") {
    const TemporaryFolder folder;
    const auto disk = folder.path() / "disk";
    std::filesystem::create_directory(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=1m") != 0) {
        WARN("skipped: this needs the right to mount a tmpfs");
        return;
    }
    { History(disk / "history.db").add(submission("A", 1)); }
    REQUIRE(::mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "size=1m") == 0);
    std::string told;
    try {
        History history(disk / "history.db");
        history.set_state("A", "completed");
    } catch (const Error& error) {
        told = error.what();
    }
    std::string missing;
    try {
        History history(disk / "new/history.db");
    } catch (const Error& error) {
        missing = error.what();
    }
    ::umount2(disk.c_str(), MNT_DETACH);
    CHECK_THAT(told, Catch::Contains("Read-only file system"));
    CHECK_THAT(missing, Catch::Contains("Read-only file system"));
}
