#include "cli/settings.hpp"

#include "engine/error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_environment.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace af;
using af::test::environment_of;

namespace {

struct Desk {
    TemporaryFolder folder;
    std::map<std::string, std::string> variables{{"HOME", (folder.path() / "home").string()}};

    std::filesystem::path work() const { return folder.path() / "project" / "deep"; }
    Settings load() const {
        std::filesystem::create_directories(work());
        return Settings::load(environment_of(variables), work());
    }
    std::string user_file(std::string_view text) const { return folder.write("home/.config/af/config.yml", text); }
    std::string project_file(std::string_view text) const { return folder.write("project/af.yml", text); }
};

Error refused(const Desk& desk) {
    try {
        desk.load();
    } catch (const Error& error) {
        return error;
    }
    FAIL("the settings were taken");
    throw 0;
}

bool says(const Error& error, std::string_view words) {
    return std::string_view(error.what()).find(words) != std::string_view::npos;
}

}  // namespace

TEST_CASE("a setting comes from the option, the environment, the project, the user, or is built in", "[settings]") {
    Desk desk;
    CHECK(desk.load().find("deadline")->value == "24h");
    CHECK(desk.load().find("deadline")->origin == "built in");
    const std::string user = desk.user_file("# mine\ndeadline: 1h\n");
    CHECK(desk.load().find("deadline")->value == "1h");
    CHECK(desk.load().find("deadline")->origin == user + ":2");
    const std::string project = desk.project_file("deadline: '2h'\n");
    CHECK(desk.load().find("deadline")->value == "2h");
    CHECK(desk.load().find("deadline")->origin == project + ":1");
    desk.variables["AF_DEADLINE"] = "3h";
    CHECK(desk.load().find("deadline")->value == "3h");
    CHECK(desk.load().find("deadline")->origin == "AF_DEADLINE");
    CHECK(desk.load().text("4h", "deadline") == "4h");
    CHECK(desk.load().text("", "deadline") == "3h");
}

TEST_CASE("what nobody says is nothing, and an empty variable says nothing", "[settings]") {
    Desk desk;
    CHECK_FALSE(desk.load().find("task_queue"));
    CHECK(desk.load().text("", "task_queue").empty());
    desk.user_file("task_queue: proj-af/ci\n");
    desk.variables["AF_TASK_QUEUE"] = "";
    CHECK(desk.load().text("", "task_queue") == "proj-af/ci");
    desk.project_file("task_queue: \"\"\n");  // here there is none, whatever the user's file says
    CHECK(desk.load().find("task_queue")->value.empty());
}

TEST_CASE("the user's file is where XDG_CONFIG_HOME says, unless that is a relative path", "[settings]") {
    Desk desk;
    desk.user_file("retries: 1\n");
    desk.folder.write("elsewhere/af/config.yml", "retries: 2\n");
    desk.variables["XDG_CONFIG_HOME"] = (desk.folder.path() / "elsewhere").string();
    CHECK(desk.load().text("", "retries") == "2");
    desk.variables["XDG_CONFIG_HOME"] = "elsewhere";
    CHECK(desk.load().text("", "retries") == "1");
    desk.variables.erase("HOME");
    CHECK(desk.load().text("", "retries") == "5");
    CHECK_THROWS_AS(config_folder(environment_of(desk.variables)), Error);
}

TEST_CASE("the state folder follows XDG_STATE_HOME, then HOME", "[settings]") {
    CHECK(state_folder(environment_of({{"HOME", "/home/me"}})) == "/home/me/.local/state/af");
    CHECK(state_folder(environment_of({{"HOME", "/home/me"}, {"XDG_STATE_HOME", "/var/state"}})) == "/var/state/af");
    CHECK_THROWS_AS(state_folder(environment_of({})), Error);
}

TEST_CASE("a relative path in a file begins at that file, an address and a variable stay as they are", "[settings]") {
    Desk desk;
    desk.project_file("key: keys/af.pub.pem\nindex: list.tsv\ninput_root: s3://telemetry/\n");
    const Settings settings = desk.load();
    CHECK(settings.text("", "key") == (desk.folder.path() / "project/keys/af.pub.pem").string());
    CHECK(settings.text("", "index") == (desk.folder.path() / "project/list.tsv").string());
    CHECK(settings.text("", "input_root") == "s3://telemetry/");
    desk.variables["AF_KEY"] = "other.pem";
    CHECK(desk.load().text("", "key") == "other.pem");
}

TEST_CASE("an unknown name is refused with its line and the nearest name", "[settings]") {
    Desk desk;
    const std::string file = desk.user_file("owner: me@example.org\ntask_que: proj-af/ci\n");
    const Error error = refused(desk);
    CHECK(error.kind() == ErrorKind::config);
    CHECK(says(error, file + ":2: task_que"));
    CHECK(says(error, "did you mean \"task_queue\"?"));
}

TEST_CASE("a value that cannot be one is refused with file and line, or variable, and is not repeated", "[settings]") {
    const auto bad = GENERATE("deadline: tomorrow", "priority: urgent", "owner: \"a@b\\nBcc: c@d\"",
                              "image: 'Bad Image'", "task_queue: ci", "load_size: much", "retries: -1",
                              "credentials: CANARY", "key: \"-----BEGIN PRIVATE KEY-----\\nCANARY\"",
                              "index: https://me:CANARY@index.example/", "monitor_url: ftp://x/", "scheduler_id: a b",
                              "deadline: ''", "owner: [a@b.org]", "owner: {a: b}", "owner:", "expires: 0d");
    Desk desk;
    const std::string file = desk.user_file(std::string("# settings\n") + bad + "\n");
    const Error error = refused(desk);
    INFO(bad << " -> " << error.what());
    CHECK(error.kind() == ErrorKind::config);
    CHECK(says(error, file + ":2: "));
    CHECK_FALSE(says(error, "CANARY"));
}

TEST_CASE("a variable that cannot be the setting is refused by its name", "[settings]") {
    Desk desk;
    desk.variables["AF_LOAD_SIZE"] = "CANARY";
    const Error error = refused(desk);
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(says(error, "AF_LOAD_SIZE: load_size must be a size"));
    CHECK_FALSE(says(error, "CANARY"));
}

TEST_CASE("a file that is no flat map, too large or a trick of YAML is refused", "[settings]") {
    const auto bad =
        GENERATE(as<std::string>(), "- a\n", "just text\n", "a: &x b\n", "owner: *x\n", "owner: !!str a@b.c\n",
                 "owner: a@b.c\nowner: d@e.f\n", "---\nowner: a@b.c\n---\n", "{", "owner: " + std::string(70'000, 'a'));
    Desk desk;
    desk.project_file(bad);
    const Error error = refused(desk);
    INFO(bad.substr(0, 100) << " -> " << error.what());
    CHECK(error.kind() == ErrorKind::config);
    CHECK(says(error, "project/af.yml"));
}

TEST_CASE("a file without a setting is no error", "[settings]") {
    Desk desk;
    desk.user_file("");
    desk.project_file("# nothing yet\n");
    CHECK(desk.load().text("", "priority") == "lowest");
}

TEST_CASE("what is built in can be its setting, and names are sorted", "[settings]") {
    const auto names = setting_names();
    CHECK(std::is_sorted(names.begin(), names.end(),
                         [](const SettingName& a, const SettingName& b) { return a.name < b.name; }));
    for (const SettingName& name : names) {
        INFO(name.name);
        CHECK_FALSE(why_not(name, name.built_in));
        std::string variable = "AF_" + std::string(name.name);
        std::transform(variable.begin(), variable.end(), variable.begin(),
                       [](unsigned char c) { return std::toupper(c); });
        CHECK(name.variable == variable);
    }
}
