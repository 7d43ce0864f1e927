// What the task was told in its environment: read once, checked, secrets wiped from where /proc and children would see
// them.
//
// Variables
//   TASK_ID RUN_ID TASK_GROUP_ID TASKCLUSTER_ROOT_URL TASKCLUSTER_PROXY_URL   set by the worker
//   AF_JOB                  the job: its folder or analysis-tools.yml (.)
//   AF_JOB_BUNDLE           a tar.zst of the folder instead: https://..., artifact:<taskId>/<runId>/<name>, s3://...,
//                           or base64:... when it is small; AF_JOB_BUNDLE_SHA256 is its digest. What a requirements.txt
//                           in it names is installed by pip, where the image has it
//   AF_INPUT                s3://bucket/prefix or a folder: what keys on the command line are relative to
//   CREDENTIALS             envelope with AWS credentials; opened with the private key in the file AF_KEY_FILE or in
//                           the secret AF_KEY_SECRET of the secrets service
//   AF_S3_READ              bucket/prefix: keys for it come from the auth service instead, and are renewed
//   INPUT_TASK_IDS          whose parts are read; else the dependencies of the task
//   REDUCER_ID              the partition this task reduces (0)
//   AF_REDUCERS             how many partitions there are (what the job says)
//   AF_ARTIFACTS            how artifact names begin: af, public/af (af)
//   AF_ALLOW_MISSING        objects that may be missing (0)
//   AF_RUN_AS               UID[:GID] of the user's code, when we are root; "none": ours (65534, nobody)
//   AF_WORKERS AF_DECODERS AF_FETCH_WIDTH AF_SORT_MEMORY
//                           widths and bytes, where the choice of the program is not right
//   OWNER AF_MAIL_FROM AF_SMTP_CA_FILE   the mail at the end
//   AF_SMTP_URL             its server; or AF_SMTP_SECRET: the secret {"url": ...}, since anybody may read a task's
//                           variables
//   AWS_...                 see stages/s3/credentials.hpp
// Errors   Error(usage) that names the variable, and its value only where that is no secret.
#pragma once

#include "engine/launch.hpp"
#include "engine/secret_environment.hpp"
#include "stages/coverage.hpp"
#include "stages/environment.hpp"
#include "stages/flow/widths.hpp"
#include "stages/notify/notify_owner.hpp"

#include <optional>
#include <string>
#include <vector>

namespace af {

struct TaskSettings {
    TaskFacts task;  // the role is added by the command
    std::string root_url;
    bool has_services = false;  // the Taskcluster services are there to be asked

    std::string job = ".";
    std::string bundle;
    std::string bundle_sha256;
    std::string input;

    bool has_envelope = false;
    std::string key_file;
    std::string key_secret;
    std::string s3_read;

    std::vector<std::string> input_tasks;  // empty: the dependencies
    unsigned partition = 0;
    unsigned reducers = 0;  // 0: what the job says
    std::string artifacts = "af";
    std::uint64_t allow_missing = 0;
    std::optional<UserId> run_as;
    WidthOptions widths;

    std::string owner;
    std::string mail_from;
    std::string smtp_ca_file;
    std::string smtp_secret;
};

// The names whose values are secrets.
std::span<const std::string_view> secret_variables();

// The variables of this process; those that are secret from `secrets`, which outlives it.
Environment task_environment(const SecretEnvironment& secrets);

TaskSettings read_settings(const Environment& environment, bool is_root);

}  // namespace af
