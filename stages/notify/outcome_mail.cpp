#include "stages/notify/outcome_mail.hpp"

#include "stages/taskcluster/ids.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <vector>

namespace af {
namespace {

struct Row {
    std::string name;
    std::string value;
    bool is_link = false;
};

// Without the slash at its end; "" for what is no URL to link to.
std::string checked_root(std::string_view url) {
    const bool is_http = url.starts_with("https://") || url.starts_with("http://");
    if (!is_http || !is_alphanumeric(url, "-._:/[]")) return {};
    while (url.ends_with('/')) url.remove_suffix(1);
    return std::string(url);
}

// Of a public artifact itself; of the task for a private one, whose page signs the link for who is signed in.
std::string result_link(const JobOutcome& outcome, const std::string& root) {
    const std::string& name = outcome.result_artifact;
    if (!name.starts_with("public/") || !is_alphanumeric(name, "-._/"))
        return fmt::format("{}/tasks/{}/runs/{}", root, outcome.task_id, outcome.run_id);
    return fmt::format("{}/api/queue/v1/task/{}/runs/{}/artifacts/{}", root, outcome.task_id, outcome.run_id, name);
}

void add_links(std::vector<Row>& rows, const JobOutcome& outcome) {
    const std::string root = checked_root(outcome.root_url);
    if (root.empty()) return;
    if (is_task_id(outcome.task_id)) {
        const std::string log =
            fmt::format("{}/tasks/{}/runs/{}/logs/public/logs/live.log", root, outcome.task_id, outcome.run_id);
        if (!outcome.failure) rows.push_back({"Result", result_link(outcome, root), true});
        rows.push_back({"Log", log, true});
    }
    if (is_task_id(outcome.task_group_id))
        rows.push_back({"Tasks", fmt::format("{}/tasks/groups/{}", root, outcome.task_group_id), true});
}

void add_counts(std::vector<Row>& rows, const JobOutcome& outcome) {
    const JobCounts& counts = outcome.counts;
    rows.push_back(
        {"Objects", fmt::format("{} read of {}", count_text(counts.objects_read), count_text(counts.objects_asked))});
    rows.push_back(
        {"Records", fmt::format("{}, {} of them bad", count_text(counts.records), count_text(counts.bad_records))});
    if (!outcome.failure) rows.push_back({"Size of the result", size_text(counts.result_bytes)});
}

std::string headline(const JobOutcome& outcome) {
    const std::string job = is_task_id(outcome.task_group_id) ? "Job " + outcome.task_group_id : "The job";
    if (outcome.failure)
        return fmt::format("{} failed: {} (exit status {})", job, error_name(*outcome.failure),
                           exit_code(*outcome.failure));
    const bool is_partial = outcome.counts.objects_read < outcome.counts.objects_asked;
    return job + (is_partial ? " has finished, with objects missing" : " has finished");
}

std::string text_of(const std::string& head, const std::vector<Row>& rows) {
    std::string text = head + ".\n\n";
    for (const Row& row : rows) text += row.name + ": " + row.value + "\n";
    return text;
}

std::string html_of(const std::string& head, const std::vector<Row>& rows) {
    std::string html = "<!DOCTYPE html>\n<html><body>\n<p>" + html_escaped(head) + ".</p>\n<table>\n";
    for (const Row& row : rows) {
        const std::string value = html_escaped(row.value);
        const std::string cell = row.is_link ? fmt::format("<a href=\"{}\">{}</a>", value, value) : value;
        html += fmt::format("<tr><th align=\"left\">{}</th><td>{}</td></tr>\n", html_escaped(row.name), cell);
    }
    return html + "</table>\n</body></html>\n";
}

}  // namespace

std::string html_escaped(std::string_view text) {
    std::string out;
    for (char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += c;
        }
    }
    return out;
}

MailText outcome_mail(const JobOutcome& outcome) {
    const std::string head = headline(outcome);
    std::vector<Row> rows;
    add_links(rows, outcome);
    add_counts(rows, outcome);
    return {"[af] " + head, text_of(head, rows), html_of(head, rows)};
}

}  // namespace af
