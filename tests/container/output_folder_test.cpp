#include "container/output_folder.hpp"

#include "engine/error.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <algorithm>
#include <fstream>
#include <iterator>

using namespace af;

namespace {

struct Folders {
    TemporaryFolder top;
    std::filesystem::path staging = top.path() / "staging";
    std::filesystem::path output = top.path() / "af";
    Folders() { std::filesystem::create_directory(staging); }

    std::vector<std::string> published() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(output))
            names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        return names;
    }
};

}  // namespace

TEST_CASE("nothing lies in the artifact directory before the commit, and no temporary file ever", "[output]") {
    Folders folders;
    OutputFolder output(folders.output, folders.staging);
    output.add("result.txt").append("a\n");
    CHECK(folders.published().empty());
    const std::vector<ResultFacts> facts = output.prepare();
    CHECK(folders.published().empty());
    CHECK(facts.front().name == "result.txt");
    output.commit();
    output.verify(facts);
    CHECK(folders.published() == std::vector<std::string>{"result.txt"});
    output.commit_manifest("{}");
    CHECK(folders.published() == std::vector<std::string>{"manifest.json", "result.txt"});
    output.clear();
    CHECK(folders.published().empty());
}

TEST_CASE("a file that is not what was written is found out", "[output]") {
    Folders folders;
    OutputFolder output(folders.output, folders.staging);
    output.add("result.txt").append("a\n");
    const std::vector<ResultFacts> facts = output.prepare();
    output.commit();
    folders.top.write("af/result.txt", "b\n");
    try {
        output.verify(facts);
        FAIL("the file was changed");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::io);
    }
}

TEST_CASE("what an earlier run left is removed, what is somebody else's is not", "[output]") {
    Folders folders;
    for (const char* name : {"af/manifest.json", "af/result.txt", "af/part-00003.txt.zst", "af/notes.txt"})
        folders.top.write(name, "old");
    OutputFolder output(folders.output, folders.staging);
    CHECK(folders.published() == std::vector<std::string>{"notes.txt"});
}
