// What the owner of a job is written when it ends: pure.
//
// Holds    ids, counts and the name of an error, each checked or a number: nothing that user code or data said. Escaped
//          in the HTML form all the same.
#pragma once

#include "engine/error.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace af {

struct JobCounts {
    std::uint64_t objects_asked = 0;
    std::uint64_t objects_read = 0;
    std::uint64_t records = 0;
    std::uint64_t bad_records = 0;
    std::uint64_t result_bytes = 0;
};

struct JobOutcome {
    std::optional<ErrorKind> failure;  // nullopt: there is a result
    std::string root_url;              // of Taskcluster; no links when it is no http(s) URL
    std::string task_group_id;         // these are left out when they are no ids
    std::string task_id;               // the one that ends the job
    unsigned run_id = 0;
    std::string result_artifact;  // e.g. "af/result.txt"
    JobCounts counts;
};

struct MailText {
    std::string subject;  // printable ASCII
    std::string text;
    std::string html;
};

MailText outcome_mail(const JobOutcome& outcome);

// & < > " ' as entities.
std::string html_escaped(std::string_view text);

}  // namespace af
