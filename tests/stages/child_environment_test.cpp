#include "stages/child_environment.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace af;

namespace {
bool has(const std::vector<std::string>& environment, std::string_view variable) {
    return std::find(environment.begin(), environment.end(), variable) != environment.end();
}
}  // namespace

TEST_CASE("user code gets an allow-list of variables and no credential", "[map]") {
    const std::vector<std::string> ours{"PATH=/bin",
                                        "LC_ALL=C",
                                        "PYTHONPATH=/p",
                                        "TZ=UTC",
                                        "AF_JSON=json",
                                        "AWS_SECRET_ACCESS_KEY=x",
                                        "TASKCLUSTER_PROXY_URL=x",
                                        "CREDENTIALS=x",
                                        "AF_SMTP_URL=x",
                                        "LANGUAGE=x",
                                        "no-equals"};
    const std::vector<std::string> theirs = child_environment(ours);
    for (const char* kept : {"PATH=/bin", "LC_ALL=C", "PYTHONPATH=/p", "TZ=UTC", "AF_JSON=json"})
        CHECK(has(theirs, kept));
    CHECK(theirs.size() == 7);
    CHECK(has(theirs, "MALLOC_TRIM_THRESHOLD_=1073741824"));
    CHECK(has(child_environment({}), "PATH=/usr/local/bin:/usr/bin:/bin"));
}

TEST_CASE("a process is told which object it works on, once", "[map]") {
    std::vector<std::string> environment{"AF_OBJECT=old", "AF_OBJECTS=other"};
    set_object(environment, "s3://b/k");
    CHECK(environment ==
          std::vector<std::string>{"AF_OBJECTS=other", "AF_OBJECT=s3://b/k", "mapreduce_map_input_file=s3://b/k"});
}
