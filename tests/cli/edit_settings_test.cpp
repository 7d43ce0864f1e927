#include "cli/edit_settings.hpp"

#include "engine/error.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace af;

namespace {

std::string edited(std::string_view text, std::string_view name, std::string_view value) {
    return with_setting(text, "config.yml", name, value);
}

std::string content(const std::filesystem::path& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("setting a name changes its line and leaves comments and order as they are", "[edit_settings]") {
    CHECK_THROWS_AS(edited("deadline: '24h'# no comment\n", "deadline", "1h"), Error);  // YAML wants a space before '#'
    constexpr std::string_view kFile =
        "# mine\nowner: me@example.org   # all mail\n\n\"deadline\":  '24h' # a day\nretries: 5\n";
    CHECK(edited(kFile, "owner", "you@example.org") ==
          "# mine\nowner: you@example.org   # all mail\n\n\"deadline\":  '24h' # a day\nretries: 5\n");
    CHECK(edited(kFile, "deadline", "1h") ==
          "# mine\nowner: me@example.org   # all mail\n\n\"deadline\": 1h # a day\nretries: 5\n");
    CHECK(edited(kFile, "retries", "0") ==
          "# mine\nowner: me@example.org   # all mail\n\n\"deadline\":  '24h' # a day\nretries: 0\n");
}

TEST_CASE("a name that is not there yet is added at the end", "[edit_settings]") {
    CHECK(edited("", "retries", "1") == "retries: 1\n");
    CHECK(edited("# nothing\n", "retries", "1") == "# nothing\nretries: 1\n");
    CHECK(edited("owner: a@b.org", "retries", "1") == "owner: a@b.org\nretries: 1\n");
    CHECK(edited("owner: a@b.org\r\n", "owner", "c@d.org") == "owner: c@d.org\r\n");
}

TEST_CASE("values are quoted where YAML would read something else", "[edit_settings]") {
    const auto [value, line] = GENERATE(table<std::string, std::string>({
        {"", "key: \"\"\n"},
        {"null", "key: \"null\"\n"},
        {"a b", "key: \"a b\"\n"},
        {"#x", "key: \"#x\"\n"},
        {"a\"b\\c", "key: \"a\\\"b\\\\c\"\n"},
        {"/keys/a.pem", "key: /keys/a.pem\n"},
        {"https://x.example/y", "key: https://x.example/y\n"},
        {"[a]", "key: \"[a]\"\n"},
    }));
    CHECK(edited("", "key", value) == line);
    CHECK(edited("key: before # c\n", "key", value) == line.substr(0, line.size() - 1) + " # c\n");
}

TEST_CASE("what cannot be edited line by line is refused", "[edit_settings]") {
    const auto text = GENERATE(as<std::string>(), "{owner: a@b.org}", "owner:\n  a@b.org\n", "owner: >\n  a\n  b\n",
                               "- a\n", "retries: 1\n...\n", "? owner\n: a\n", "a: &x b\n");
    INFO(text);
    CHECK_THROWS_AS(edited(text, "owner", "c@d.org"), Error);
}

TEST_CASE("a setting is taken out with its line, and nothing else is", "[edit_settings]") {
    const std::string text = "# mine\nowner: a@b.org  # me\n\nretries: 1\nkey: 'k: #'";
    CHECK(without_setting(text, "f.yml", "owner") == "# mine\n\nretries: 1\nkey: 'k: #'");
    CHECK(without_setting(text, "f.yml", "key") == "# mine\nowner: a@b.org  # me\n\nretries: 1\n");
    CHECK(without_setting(text, "f.yml", "image") == text);
    CHECK(without_setting("owner: a@b.org\r\n", "f.yml", "owner").empty());
    for (const char* by_hand :
         {"{owner: a@b.org, retries: 1}", "owner:\n  a@b.org\n", "owner: >\n  a\n  b\n", "? owner\n: a\n"}) {
        INFO(by_hand);
        CHECK_THROWS_AS(without_setting(by_hand, "f.yml", "owner"), Error);
    }
}

TEST_CASE("a name is taken out of a file that has it", "[edit_settings]") {
    const TemporaryFolder folder;
    const std::string file = folder.write("af.yml", "retries: 1\nowner: a@b.org\n");
    CHECK(remove_setting(file, "retries"));
    CHECK(content(file) == "owner: a@b.org\n");
    CHECK_FALSE(remove_setting(file, "retries"));
    CHECK_FALSE(remove_setting(folder.path() / "none.yml", "retries"));
    CHECK_FALSE(std::filesystem::exists(folder.path() / "none.yml"));
}

TEST_CASE("a file keeps its mode and its link, a new folder is private", "[edit_settings]") {
    const TemporaryFolder folder;
    const auto fresh = folder.path() / "new" / "af" / "config.yml";
    write_setting(fresh, "retries", "1");
    CHECK(content(fresh) == "retries: 1\n");
    struct stat facts {};
    REQUIRE(::stat((folder.path() / "new" / "af").c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0700);

    const std::string kept = folder.write("dotfiles/af.yml", "retries: 1\n");
    REQUIRE(::chmod(kept.c_str(), 0640) == 0);
    const auto link = folder.path() / "link.yml";
    std::filesystem::create_symlink("dotfiles/af.yml", link);
    write_setting(link, "retries", "2");
    CHECK(content(kept) == "retries: 2\n");
    CHECK(std::filesystem::is_symlink(link));
    REQUIRE(::stat(kept.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0640);
}
