// Sends one mail as JSON on stdin asks for it and prints how it went, for smtp_test.py:
// {"url", "ca_file", "from", "owner", "failed", "deadline_ms", "stop_after_ms"} -> {"status", "problem"}
#include "engine/runtime.hpp"
#include "stages/notify/notify_owner.hpp"

#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

using namespace af;

namespace {

JobOutcome outcome_of(const nlohmann::json& asked) {
    JobOutcome outcome;
    if (asked.value("failed", false)) outcome.failure = ErrorKind::corrupt;
    outcome.root_url = "https://tc.example.org";
    outcome.task_group_id = "fN1SbArXTPSVFNUvaOlinQ";
    outcome.task_id = "eEqeEsjiTw2tHjCPa3AuJg";
    outcome.run_id = 1;
    outcome.result_artifact = "public/af/result.txt";
    outcome.counts = {
        .objects_asked = 1204, .objects_read = 1204, .records = 5'000'000, .bad_records = 3, .result_bytes = 1'400'000};
    return outcome;
}

}  // namespace

int main() {
    const nlohmann::json asked = nlohmann::json::parse(std::cin);
    MailSettings settings{{.url = asked["url"], .ca_file = asked.value("ca_file", "")}, asked.value("from", "")};
    settings.server.deadline = std::chrono::milliseconds(asked.value("deadline_ms", 20'000));
    Runtime runtime(1);
    RealClock clock;
    RetryPolicy policy = one_shot_policy();
    policy.transient_base = std::chrono::milliseconds(10);
    Retrier with{.clock = clock, .random = seeded_random(), .policy = policy};
    std::stop_source stop;
    std::jthread stopper([&stop, wait = asked.value("stop_after_ms", 0)] {
        if (wait == 0) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(wait));
        stop.request_stop();
    });
    Task<MailReport> task =
        notify_owner(runtime.cpu(), settings, asked["owner"], outcome_of(asked), with, stop.get_token());
    const MailReport report = runtime.block_on(std::move(task));
    std::cout << nlohmann::json{{"status", mail_status_name(report.status)}, {"problem", report.problem}}.dump()
              << std::endl;
}
