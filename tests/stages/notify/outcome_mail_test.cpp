#include "stages/notify/outcome_mail.hpp"

#include <catch2/catch.hpp>

using namespace af;

namespace {

JobOutcome finished() {
    return {.failure = {},
            .root_url = "https://tc.example.org/",
            .task_group_id = "fN1SbArXTPSVFNUvaOlinQ",
            .task_id = "eEqeEsjiTw2tHjCPa3AuJg",
            .run_id = 2,
            .result_artifact = "af/result.txt",
            .counts = {.objects_asked = 3, .objects_read = 3, .records = 1000, .bad_records = 0, .result_bytes = 812}};
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the mail of a success links the result, the log and the tasks", "[notify]") {
    const MailText mail = outcome_mail(finished());
    CHECK(mail.subject == "[af] Job fN1SbArXTPSVFNUvaOlinQ has finished");
    CHECK(mail.text ==
          "Job fN1SbArXTPSVFNUvaOlinQ has finished.\n\n"
          "Result: https://tc.example.org/tasks/eEqeEsjiTw2tHjCPa3AuJg/runs/2\n"
          "Log: https://tc.example.org/tasks/eEqeEsjiTw2tHjCPa3AuJg/runs/2/logs/public/logs/live.log\n"
          "Tasks: https://tc.example.org/tasks/groups/fN1SbArXTPSVFNUvaOlinQ\n"
          "Objects: 3 read of 3\nRecords: 1,000, 0 of them bad\nSize of the result: 812 B\n");
    CHECK(contains(mail.html, "<a href=\"https://tc.example.org/tasks/groups/fN1SbArXTPSVFNUvaOlinQ\">"));
}

TEST_CASE("a public result is linked itself", "[notify]") {
    JobOutcome outcome = finished();
    outcome.result_artifact = "public/af/result.txt";
    CHECK(contains(
        outcome_mail(outcome).text,
        "Result: "
        "https://tc.example.org/api/queue/v1/task/eEqeEsjiTw2tHjCPa3AuJg/runs/2/artifacts/public/af/result.txt\n"));
}

TEST_CASE("the mail of a failure names the error and has no result", "[notify]") {
    JobOutcome outcome = finished();
    outcome.failure = ErrorKind::child_exit;
    const MailText mail = outcome_mail(outcome);
    CHECK(mail.subject == "[af] Job fN1SbArXTPSVFNUvaOlinQ failed: CHILD_EXIT (exit status 80)");
    CHECK_FALSE(contains(mail.text, "esult"));
    CHECK(contains(mail.text, "live.log"));
}

TEST_CASE("a result with objects missing says so in its subject", "[notify]") {
    JobOutcome outcome = finished();
    outcome.counts.objects_read = 2;
    CHECK(outcome_mail(outcome).subject == "[af] Job fN1SbArXTPSVFNUvaOlinQ has finished, with objects missing");
}

TEST_CASE("nothing that could be markup, a header or another link gets into a mail", "[notify]") {
    JobOutcome outcome = finished();
    outcome.root_url = "https://x.example/\"><script>";
    outcome.task_group_id = "<b>\r\nBcc: x@example.org";
    CHECK(outcome_mail(outcome).subject == "[af] The job has finished");
    CHECK(outcome_mail(outcome).text ==
          "The job has finished.\n\nObjects: 3 read of 3\nRecords: 1,000, 0 of them bad\nSize of the result: 812 B\n");
    outcome = finished();
    outcome.root_url = "javascript:alert(1)";
    CHECK_FALSE(contains(outcome_mail(outcome).html, "href"));
    outcome = finished();
    outcome.result_artifact = "public/\"><script>";
    CHECK_FALSE(contains(outcome_mail(outcome).html, "script"));
    CHECK(html_escaped("<a href=\"x\">&'") == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
}
