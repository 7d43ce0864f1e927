#include "stages/list_inputs.hpp"

#include "engine/file.hpp"
#include "engine/runtime.hpp"
#include "stages/filter/layout.hpp"
#include "stages/filter/parse_filter.hpp"
#include "stages/local_store.hpp"
#include "tests/support/fake_store.hpp"
#include "tests/support/filter_matches.hpp"
#include "tests/support/temporary_folder.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <random>
#include <unistd.h>

using namespace af;

namespace {

constexpr std::chrono::year_month_day kToday{std::chrono::year(2013), std::chrono::March, std::chrono::day(2)};

Filter filter_of(std::string_view reason, std::string_view channel, std::string_view build = "\"*\"",
                 std::string_view date = "\"*\"") {
    const std::array<std::string_view, kLevels> allowed = {reason, "\"*\"", channel, "\"*\"", build, date};
    std::string dimensions;
    for (std::size_t i = 0; i < kLevels; ++i) {
        dimensions +=
            fmt::format(R"({}{{"field_name": "{}", "allowed_values": {}}})", i ? ", " : "", kLevelNames[i], allowed[i]);
    }
    return parse_filter(fmt::format(R"({{"version": 1, "dimensions": [{}]}})", dimensions), "f.json", kToday);
}

struct World {
    Runtime runtime{1};
    BlockPool pool{4096};
    LocalStore local{runtime.cpu(), pool};
    FakeStore s3;
    std::string piped;  // what standard input holds

    InputList list(std::vector<std::string> inputs, ListOptions options = {}) {
        File standard_input = File::anonymous(std::filesystem::temp_directory_path());
        standard_input.append(piped);
        ::lseek(standard_input.descriptor(), 0, SEEK_SET);
        InputSources sources{
            .local = local, .s3 = s3, .files = runtime.cpu(), .standard_input = standard_input.descriptor()};
        return runtime.block_on(list_inputs(std::move(inputs), std::move(options), sources, {}));
    }
    Error failure(std::vector<std::string> inputs, ListOptions options = {}) {
        try {
            list(std::move(inputs), std::move(options));
        } catch (const Error& error) {
            return error;
        }
        return Error(ErrorKind::bug, "nothing was thrown");
    }
};

std::vector<std::string> names(const InputList& list) {
    std::vector<std::string> out;
    for (const ObjectRef& object : list.objects) out.push_back(object.name);
    return out;
}

ListOptions with(Filter filter) {
    ListOptions options;
    options.filter = std::move(filter);
    return options;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("inputs are sorted by name, numbered, and read once", "[inputs]") {
    World world;
    TemporaryFolder folder;
    const std::string b = folder.write("b", "22");
    const std::string a = folder.write("deep/er/a", "1");
    const InputList list = world.list({b, folder.path().string(), a});
    CHECK(names(list) == Names{b, a});
    CHECK(list.duplicates == 2);
    CHECK(list.objects[0].size == 2);
    CHECK(list.objects[0].ordinal == 0);
    CHECK(list.objects[1].ordinal == 1);
    CHECK_FALSE(list.objects[1].etag.empty());
}

TEST_CASE("a folder is listed without hidden entries and without following a link in a circle", "[inputs]") {
    World world;
    TemporaryFolder folder;
    folder.write(".hidden", "");
    folder.write(".git/x", "");
    const std::string a = folder.write("d/a", "");
    std::filesystem::create_directory_symlink(folder.path(), folder.path() / "d/up");
    std::filesystem::create_symlink("nowhere", folder.path() / "broken");
    std::filesystem::create_directory_symlink("d", folder.path() / "e");
    const InputList list = world.list({folder.path().string()});
    CHECK(names(list) == Names{a, (folder.path() / "e/a").string()});
    CHECK(list.notes.size() == 4);
}

TEST_CASE("a folder is pruned by the filter", "[inputs]") {
    World world;
    TemporaryFolder folder;
    const std::string wanted = folder.write("r/a/nightly/v/20130301000000.20130302.v2.log.1.lzma", "x");
    folder.write("r/a/beta/v/20130301000000.20130302.v2.log.1.lzma", "x");
    folder.write("README", "x");
    const InputList list = world.list({folder.path().string()}, with(filter_of("\"*\"", "\"nightly\"")));
    CHECK(names(list) == Names{wanted});
    CHECK(list.tally.misfits() == 1);
    REQUIRE(list.notes.size() == 1);
    CHECK(list.notes[0] == "1 names do not fit the layout and were left out, e.g. \"README\"");
}

TEST_CASE("an S3 prefix is everything below it, and a key is itself", "[inputs]") {
    World world;
    world.s3.objects = {{"s3://b/t", 1}, {"s3://b/t/x", 2}, {"s3://b/t/y/z", 3}, {"s3://b/t/", 0}, {"s3://b/tt/q", 4}};
    CHECK(names(world.list({"s3://b/t/"})) == Names{"s3://b/t/x", "s3://b/t/y/z"});
    CHECK(names(world.list({"s3://b/t"})) == Names{"s3://b/t"});
    CHECK(names(world.list({"s3://b/tt"})) == Names{"s3://b/tt/q"});
    CHECK(world.list({"s3://b"}).objects.size() == 4);
    const InputList key = world.list({"s3://b/t/x"});
    CHECK(key.objects[0].size == 2);
    CHECK(key.objects[0].etag == "\"e\"");
}

TEST_CASE("an S3 listing asks level by level and only where the filter allows", "[inputs]") {
    World world;
    world.s3.objects = {{"s3://b/r/a/nightly/1/20130301.20130302.log", 1},
                        {"s3://b/r/a/nightly/1/20130301.20130303.log", 1},
                        {"s3://b/r/a/beta/1/20130301.20130302.log", 1},
                        {"s3://b/x/a/nightly/1/20130301.20130302.log", 1}};
    const InputList list = world.list({"s3://b/"}, with(filter_of("\"r\"", "\"nightly\"", "\"*\"", "\"20130302\"")));
    CHECK(names(list) == Names{"s3://b/r/a/nightly/1/20130301.20130302.log"});
    CHECK(world.s3.listed == Names{"s3://b/ /", "s3://b/r/ /", "s3://b/r/a/ /", "s3://b/r/a/nightly/ /",
                                   "s3://b/r/a/nightly/1/ .", "s3://b/r/a/nightly/1/20130301. .",
                                   "s3://b/r/a/nightly/1/20130301.20130302. "});
}

TEST_CASE("a listing that fails below one prefix fails as a whole", "[inputs]") {
    World world;
    for (int i = 0; i < 50; ++i) world.s3.objects[fmt::format("s3://b/r{}/a/c/1/2.3.log", i)] = 1;
    world.s3.fail_prefix = "s3://b/r7/";
    CHECK(world.failure({"s3://b/"}, with(filter_of("\"*\"", "\"*\""))).kind() == ErrorKind::refused);
}

TEST_CASE("a base is a folder, not the beginning of a name", "[inputs]") {
    CHECK(name_for_filter("data/a/b", "data") == "a/b");
    CHECK(name_for_filter("data/a/b", "data/") == "a/b");
    CHECK(name_for_filter("s3://b/t/a", "s3://b/t/") == "a");
    CHECK(name_for_filter("/a/b", "/") == "a/b");
    CHECK(name_for_filter("a/b", ".") == "a/b");
    // Its neighbour is not below it: the parts at the end of the name count.
    CHECK(name_for_filter("database/1/2/3/4/5/6", "data") == name_for_filter("database/1/2/3/4/5/6", ""));
    CHECK(name_for_filter("../1/2/3/4/5/6", ".") == name_for_filter("../1/2/3/4/5/6", ""));
}

TEST_CASE("manifests and standard input name objects relative to a base", "[inputs]") {
    World world;
    TemporaryFolder folder;
    const std::string manifest = folder.write(
        "m.json",
        R"([{"file_name": "r/a/nightly/1/2.3.log", "size": 5}, {"file_name": "r/a/beta/1/2.3.log", "size": 6}])");
    ListOptions options = with(filter_of("\"*\"", "\"nightly\""));
    options.base = "s3://b/t";
    const InputList list = world.list({manifest}, options);
    CHECK(names(list) == Names{"s3://b/t/r/a/nightly/1/2.3.log"});
    CHECK(list.objects[0].size == 5);
    world.piped = "s3://q/any/where/r/a/nightly/1/2.3.log\nr/a/nightly/1/2.4.log\t9\nr/a/beta/1/2.4.log\n";
    CHECK(names(world.list({"-"}, options)) ==
          Names{"s3://b/t/r/a/nightly/1/2.4.log", "s3://q/any/where/r/a/nightly/1/2.3.log"});
    CHECK(names(world.list({"file:" + manifest})) == Names{manifest});
    const std::string list_file = folder.write("list.txt", "s3://b/k\n");
    CHECK(names(world.list({"manifest:" + list_file})) == Names{"s3://b/k"});
}

TEST_CASE("of two entries with one name the one that knows its size stays", "[inputs]") {
    World world;
    world.piped = "k\nk\t7\n";
    const InputList list = world.list({"-"});
    REQUIRE(list.objects.size() == 1);
    CHECK(list.objects[0].size == 7);
    CHECK(list.duplicates == 1);
}

TEST_CASE("an input that matches nothing says where everything was lost", "[inputs]") {
    World world;
    world.s3.objects = {{"s3://b/r/a/nightly/1/20130301.20130302.log", 1},
                        {"s3://b/r/a/beta/1/20130301.20130302.log", 1}};
    const Error lost = world.failure({"s3://b/"}, with(filter_of("\"*\"", "\"nightyl\"")));
    CHECK(lost.kind() == ErrorKind::no_match);
    CHECK(std::string(lost.what()) ==
          "no input: looked at s3://b/, appUpdateChannel allows \"nightyl\", but \"beta\", \"nightly\" was seen (did "
          "you mean \"nightly\"?)");
    const Error missing = world.failure({"s3://b/r/a/night"});
    CHECK(missing.kind() == ErrorKind::no_match);
    CHECK(missing.advice() == "names that begin so: s3://b/r/a/nightly/");
    TemporaryFolder empty;
    CHECK(world.failure({empty.path().string()}).kind() == ErrorKind::no_match);
    CHECK(world.failure({(empty.path() / "no").string()}).kind() == ErrorKind::not_found);
    CHECK(world.failure({}).kind() == ErrorKind::usage);
    CHECK(world.failure({"s3://"}).kind() == ErrorKind::usage);
    CHECK(world.failure({"/dev/null"}).kind() == ErrorKind::usage);
}

TEST_CASE("more files than the limit are refused", "[inputs]") {
    World world;
    for (int i = 0; i < 5; ++i) world.s3.objects[fmt::format("s3://b/{}", i)] = 1;
    ListOptions options;
    options.max_objects = 4;
    CHECK(world.failure({"s3://b"}, options).kind() == ErrorKind::usage);
}

TEST_CASE("a pruned listing finds what a full listing filtered afterwards finds, for random trees", "[inputs]") {
    World world;
    std::mt19937 random(7);
    const auto pick = [&](const Names& from) { return from[random() % from.size()]; };
    const Names words = {"a", "b", "c", "", "a.b", "2013", "20130301"};
    const Names rules = {"\"*\"",
                         "\"*\"",
                         "\"*\"",
                         "\"a\"",
                         "[\"b\", \"c\"]",
                         "{\"min\": \"a\"}",
                         "{\"max\": \"a.z\"}",
                         "{\"through\": \"2013\"}",
                         "{\"not\": \"\"}"};
    std::size_t found = 0;
    for (int round = 0; round < 300; ++round) {
        world.s3.objects.clear();
        world.s3.page_size = 1 + random() % 5;
        const unsigned count = 1 + random() % 60;
        for (unsigned i = 0; i < count; ++i) {
            std::string name = "s3://b/t/";
            const unsigned depth = random() % 20 == 0 ? random() % 7 : 4;
            for (unsigned level = 0; level < depth; ++level) name += pick(words) + "/";
            world.s3.objects[name + pick(words) + "." + pick(words) + pick({"", ".v2.log.x", ".", "x"})] = i;
        }
        const Filter filter = filter_of(pick(rules), pick(rules), pick(rules), pick(rules));
        Names expected;
        for (const auto& [name, size] : world.s3.objects) {
            const auto dimensions = dimensions_of(*relative_to("s3://b/t/", name));
            if (dimensions && test::matches(filter, *dimensions)) expected.push_back(name);
        }
        found += expected.size();
        ListOptions options = with(filter);
        options.width = 1 + random() % 4;
        if (expected.empty()) CHECK(world.failure({"s3://b/t/"}, options).kind() == ErrorKind::no_match);
        else CHECK(names(world.list({"s3://b/t/"}, options)) == expected);
    }
    CHECK(found > 300);
}
