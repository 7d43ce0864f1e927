#include "container/environment.hpp"

#include "tests/support/test_environment.hpp"

#include <catch2/catch.hpp>

using namespace af;
using Variables = std::map<std::string, std::string>;

namespace {

TaskSettings settings_of(Variables variables, bool is_root = false) {
    return read_settings(test::environment_of(std::move(variables)), is_root);
}

std::string refusal(Variables variables, bool is_root = false) {
    try {
        settings_of(std::move(variables), is_root);
        return "";
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::usage);
        return error.what();
    }
}

const std::string kTask = "fN1SbArXTPSVFNUvaOlinQ";
const std::string kOther = "eEqeEsjiTw2tHjCPa3AuJg";

}  // namespace

TEST_CASE("a task that is told nothing reads the job of its folder and writes to af", "[environment]") {
    const TaskSettings settings = settings_of({});
    CHECK(settings.job == ".");
    CHECK(settings.artifacts == "af");
    CHECK(settings.partition == 0);
    CHECK(!settings.has_services);
    CHECK(!settings.run_as);
}

TEST_CASE("task ids may be parted by spaces, commas and lines", "[environment]") {
    const auto ids = settings_of({{"INPUT_TASK_IDS", "  " + kTask + ",\n" + kOther + " "}}).input_tasks;
    CHECK(ids == std::vector<std::string>{kTask, kOther});
    CHECK(refusal({{"INPUT_TASK_IDS", kTask + "/x"}}).find("a list of task ids") != std::string::npos);
    CHECK(refusal({{"INPUT_TASK_IDS", kTask + " " + kTask}}).find("twice") != std::string::npos);
}

TEST_CASE("user code is nobody's when we are root, and ours otherwise", "[environment]") {
    CHECK(settings_of({}, true).run_as == UserId{65534, 65534});
    CHECK(settings_of({{"AF_RUN_AS", "none"}}, true).run_as == std::nullopt);
    CHECK(settings_of({{"AF_RUN_AS", "1000"}}, true).run_as == UserId{1000, 1000});
    CHECK(settings_of({{"AF_RUN_AS", "1000:50"}}, true).run_as == UserId{1000, 50});
    for (const char* bad : {"0", "1000:0", "root", "1:", ":1", "-1", "4294967295"})
        CHECK(refusal({{"AF_RUN_AS", bad}}, true).find("AF_RUN_AS") != std::string::npos);
    CHECK(refusal({{"AF_RUN_AS", "1000"}}, false).find("only root") != std::string::npos);
}

TEST_CASE("numbers, ids and names are checked", "[environment]") {
    for (const auto& [name, value] : Variables{{"RUN_ID", "x"},
                                               {"TASK_ID", "short"},
                                               {"TASK_GROUP_ID", "../../etc"},
                                               {"REDUCER_ID", "1024"},
                                               {"AF_REDUCERS", "1.5"},
                                               {"AF_ALLOW_MISSING", "-1"},
                                               {"AF_ARTIFACTS", "/af"},
                                               {"AF_WORKERS", "5000"},
                                               {"AF_SORT_MEMORY", "1G"}})
        CHECK(refusal({{name, value}}).find(name) != std::string::npos);
    CHECK(refusal({{"AF_JOB_BUNDLE", "base64:AAAA"}}).find("AF_JOB_BUNDLE_SHA256") != std::string::npos);
    CHECK(settings_of({{"AF_ARTIFACTS", "public/af/"}}).artifacts == "public/af");
}

TEST_CASE("the secrets are those that hold one", "[environment]") {
    const auto names = secret_variables();
    for (const char* name : {"CREDENTIALS", "AF_SMTP_URL", "AWS_SECRET_ACCESS_KEY", "TASKCLUSTER_ACCESS_TOKEN"})
        CHECK(std::find(names.begin(), names.end(), name) != names.end());
}
