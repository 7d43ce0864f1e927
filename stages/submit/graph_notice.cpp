#include "stages/submit/graph_notice.hpp"

#include "stages/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {
namespace {

bool mails_itself(const TaskSettingsOfPlan& tasks) {
    return tasks.environment.contains("AF_SMTP_URL") || tasks.environment.contains("AF_SMTP_SECRET");
}

std::string summary(const Plan& plan) {
    return fmt::format("{}, {}, in {}", plural(plan.objects(), "object"), size_text(plan.bytes()),
                       plural(plan.loads.size(), "task"));
}

}  // namespace

std::vector<std::string> notice_routes(const Plan& plan, Role role) {
    std::vector<std::string> places;
    if (!plan.notice.owner.empty() && !mails_itself(plan.tasks)) places.push_back("email." + plan.notice.owner);
    if (!plan.notice.slack_channel.empty()) places.push_back("slack-channel." + plan.notice.slack_channel);
    if (!plan.notice.matrix_room.empty()) places.push_back("matrix-room." + plan.notice.matrix_room);
    std::vector<std::string> routes;
    if (role == Role::merge) return routes;
    for (const std::string& place : places) {
        if (role == Role::reduce) routes.push_back(fmt::format("notify.{}.on-completed", place));
        routes.push_back(fmt::format("notify.{}.on-failed", place));
        if (role == Role::reduce) routes.push_back(fmt::format("notify.{}.on-exception", place));
    }
    return routes;
}

nlohmann::json notice_text(const Plan& plan, Role role, const std::string& link) {
    const std::string subject = role == Role::reduce ? fmt::format("{}: ${{status.state}}", plan.job.name)
                                                     : fmt::format("{}: a mapper failed", plan.job.name);
    std::string content = role == Role::reduce
                              ? fmt::format("The job {} has ended: ${{status.state}}.\n\n", plan.job.name)
                              : fmt::format("A mapper of the job {} failed for good, so there will be no result "
                                            "until it is run again: `af rerun`.\n\n", plan.job.name);
    content += "Input: " + summary(plan) + ".";
    nlohmann::json email{{"subject", subject}, {"content", content}};
    std::string line = subject;
    if (!link.empty()) {
        email["link"] = {{"text", "See the job"}, {"href", link}};
        line += " - " + link;
    }
    nlohmann::json notify;
    if (!plan.notice.owner.empty()) notify["email"] = std::move(email);
    if (!plan.notice.slack_channel.empty()) notify["slackText"] = line;
    if (!plan.notice.matrix_room.empty()) notify["matrixBody"] = line;
    return notify;
}

}  // namespace af
