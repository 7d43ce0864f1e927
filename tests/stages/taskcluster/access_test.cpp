#include "stages/taskcluster/access.hpp"

#include "engine/error.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_environment.hpp"

#include <catch2/catch.hpp>

using namespace af;
using test::environment_of;

namespace {

using Variables = std::map<std::string, std::string>;

// A folder with a taskcluster.yml in it.
struct SignedIn {
    explicit SignedIn(const std::string& yaml) { folder.write("taskcluster.yml", yaml); }
    TaskclusterAccess find(Variables more = {}) const {
        more["XDG_CONFIG_HOME"] = folder.path().string();
        return find_taskcluster_access(environment_of(std::move(more)));
    }
    TemporaryFolder folder;
};

Error error_for(Variables variables) {
    try {
        find_taskcluster_access(environment_of(std::move(variables)));
    } catch (const Error& error) {
        return error;
    }
    return Error(ErrorKind::bug, "access was found");
}

constexpr const char* kFile =
    "config:\n  rootUrl: https://tc.example.com/\n  clientId: github/1|me/af\n  accessToken: secret-token\n"
    "  certificate: '{\"version\":1}'\n  authorizedScopes: [\"queue:*\"]\nother:\n  thing: 1\n";

}  // namespace

TEST_CASE("Inside a task the proxy is asked, whatever credentials lie about", "[taskcluster][access]") {
    const TaskclusterAccess access =
        find_taskcluster_access(environment_of({{"TASKCLUSTER_PROXY_URL", "http://taskcluster/"},
                                                {"TASKCLUSTER_ROOT_URL", "https://tc.example.com"},
                                                {"TASKCLUSTER_CLIENT_ID", "me"},
                                                {"TASKCLUSTER_ACCESS_TOKEN", "t"}}));
    CHECK(access.api_root == "http://taskcluster");
    CHECK(access.root_url == "https://tc.example.com");
    CHECK_FALSE(access.credentials);
    CHECK(find_taskcluster_access(environment_of({{"TASKCLUSTER_PROXY_URL", "http://taskcluster"}})).root_url.empty());
}

TEST_CASE("Credentials come from the environment", "[taskcluster][access]") {
    const TaskclusterAccess access =
        find_taskcluster_access(environment_of({{"TASKCLUSTER_ROOT_URL", "https://TC.example.com/x/"},
                                                {"TASKCLUSTER_CLIENT_ID", "me"},
                                                {"TASKCLUSTER_ACCESS_TOKEN", "t"},
                                                {"TASKCLUSTER_CERTIFICATE", "{}"},
                                                {"TASKCLUSTER_AUTHORIZED_SCOPES", R"(["a","b"])"}}));
    CHECK(access.api_root == "https://tc.example.com/x");
    REQUIRE(access.credentials);
    CHECK(access.credentials->client_id == "me");
    CHECK(access.credentials->access_token == "t");
    CHECK(access.credentials->certificate == "{}");
    CHECK(access.credentials->authorized_scopes == std::vector<std::string>{"a", "b"});
    CHECK(access.source == "TASKCLUSTER_CLIENT_ID");
}

TEST_CASE("Credentials come from the file of taskcluster signin", "[taskcluster][access]") {
    const SignedIn here(kFile);
    const TaskclusterAccess access = here.find();
    CHECK(access.api_root == "https://tc.example.com");
    REQUIRE(access.credentials);
    CHECK(access.credentials->client_id == "github/1|me/af");
    CHECK(access.credentials->certificate == R"({"version":1})");
    CHECK(access.credentials->authorized_scopes == std::vector<std::string>{"queue:*"});
    CHECK(access.source.ends_with("/taskcluster.yml"));
}

TEST_CASE("The environment goes before the file, a pair of credentials at a time", "[taskcluster][access]") {
    const SignedIn here(kFile);
    const TaskclusterAccess access = here.find({{"TASKCLUSTER_ROOT_URL", "https://other.example.com"},
                                                {"TASKCLUSTER_CLIENT_ID", "me"},
                                                {"TASKCLUSTER_ACCESS_TOKEN", "t"}});
    CHECK(access.root_url == "https://other.example.com");
    CHECK(access.credentials->client_id == "me");
    CHECK(access.credentials->certificate.empty());
}

TEST_CASE("Without credentials calls go unsigned", "[taskcluster][access]") {
    const TaskclusterAccess access =
        find_taskcluster_access(environment_of({{"TASKCLUSTER_ROOT_URL", "https://tc.example.com"}}));
    CHECK_FALSE(access.credentials);
    CHECK(access.source == "nobody");
}

TEST_CASE("Broken settings are named, their values are not", "[taskcluster][access]") {
    const Error nothing = error_for({});
    CHECK(nothing.kind() == ErrorKind::config);
    CHECK(std::string(nothing.what()) == "TASKCLUSTER_ROOT_URL is not set");
    const Error half =
        error_for({{"TASKCLUSTER_ROOT_URL", "https://tc.example.com"}, {"TASKCLUSTER_ACCESS_TOKEN", "canary"}});
    CHECK(half.kind() == ErrorKind::config);
    CHECK(std::string(half.what()) == "TASKCLUSTER_ACCESS_TOKEN is set, but TASKCLUSTER_CLIENT_ID is not");
    CHECK(error_for({{"TASKCLUSTER_ROOT_URL", "ftp://x"}}).kind() == ErrorKind::config);
    CHECK(error_for({{"TASKCLUSTER_ROOT_URL", "https://x/?a=b"}}).kind() == ErrorKind::config);
    CHECK(error_for({{"TASKCLUSTER_ROOT_URL", "https://x"},
                     {"TASKCLUSTER_CLIENT_ID", "a"},
                     {"TASKCLUSTER_ACCESS_TOKEN", "b"},
                     {"TASKCLUSTER_AUTHORIZED_SCOPES", "[1]"}})
              .kind() == ErrorKind::config);

    const SignedIn broken("config: [\n");
    CHECK_THROWS_AS(broken.find(), Error);
    const SignedIn only_id("config:\n  rootUrl: https://x\n  clientId: me\n");
    CHECK_THROWS_WITH(only_id.find(), Catch::Matchers::Contains("config.accessToken is not"));
    const SignedIn other("group:\n  x: 1\n");
    CHECK_THROWS_WITH(other.find(), "TASKCLUSTER_ROOT_URL is not set");
}
