#include "stages/taskcluster/scopes.hpp"

#include "tests/stages/taskcluster/client_bench.hpp"

#include <catch2/catch.hpp>

using namespace af;
using test::ClientBench;
using test::error_of;
using test::run_task;

TEST_CASE("a scope is given by itself or by a beginning with a star", "[taskcluster][scopes]") {
    CHECK(scope_satisfied("queue:route:a", "queue:route:a"));
    CHECK(scope_satisfied("queue:route:*", "queue:route:a"));
    CHECK(scope_satisfied("queue:route:*", "queue:route:"));
    CHECK(scope_satisfied("*", "queue:route:a"));
    CHECK(scope_satisfied("queue:*", "queue:route:*"));
    CHECK(scope_satisfied("queue:route:a*", "queue:route:a*"));
}

TEST_CASE("a scope is not given by one that is shorter, longer or has its star elsewhere", "[taskcluster][scopes]") {
    CHECK_FALSE(scope_satisfied("queue:route:a", "queue:route:ab"));
    CHECK_FALSE(scope_satisfied("queue:route:ab", "queue:route:a"));
    CHECK_FALSE(scope_satisfied("queue:route:a", "queue:route:a*"));
    CHECK_FALSE(scope_satisfied("queue:*:a", "queue:route:a"));
    CHECK_FALSE(scope_satisfied("queue:route:ab*", "queue:route:a*"));
    CHECK_FALSE(scope_satisfied("", "queue"));
    CHECK_FALSE(scope_satisfied("Queue:*", "queue:route:a"));
}

TEST_CASE("missing scopes are those that nothing of the caller gives, in their order", "[taskcluster][scopes]") {
    ClientBench bench({{.body = R"({"scopes":["queue:route:*","a"]})"}});
    const std::vector<std::string> wanted{"z", "queue:route:x", "a", "b*"};
    CHECK(run_task(missing_scopes(bench.client, wanted, {})) == std::vector<std::string>{"z", "b*"});
    CHECK(bench.http.asked[0].url == "http://taskcluster/api/auth/v1/scopes/current");
}

TEST_CASE("an answer without a list of scopes is no answer", "[taskcluster][scopes]") {
    const auto body = GENERATE("[]", "{}", R"({"scopes":"*"})", R"({"scopes":[1]})");
    ClientBench bench({{.body = body}});
    CHECK(error_of(missing_scopes(bench.client, {"a"}, {})).kind() == ErrorKind::corrupt);
}
