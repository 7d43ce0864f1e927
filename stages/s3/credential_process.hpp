// credential_process of a profile: a command that prints credentials as JSON.
//
// Source   AWS SDKs and Tools reference, "Process credential provider".
#pragma once

#include "engine/clock.hpp"
#include "engine/error.hpp"
#include "engine/task.hpp"
#include "stages/s3/aws_keys.hpp"

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace af {

// A command line as words, by the quoting rules of a POSIX shell and nothing else of it: single quotes are literal,
// double quotes know a backslash before " \ $ and `, a backslash outside quotes takes the next character. $, `, *, ~
// and ; mean themselves. Error(config) for an open quote.
Result<std::vector<std::string>> split_command_line(std::string_view line);

// Runs the command without a shell, with this process's environment and stdin empty, and returns what it wrote. Throws
// Error(config): not found, status other than 0 (with its last line of stderr), silent for `patience`, more than
// 64 KiB; and cancelled. Whatever it started is gone when this returns. Network executor.
Task<std::string> run_credential_process(std::vector<std::string> command, Duration patience, std::stop_token stop);

// Credentials as credential_process, container and instance endpoints write them (AccessKeyId, SecretAccessKey,
// SessionToken or Token, Expiration). Error(config) without a trace of the text: it may hold a secret.
Result<AwsCredentials> parse_credentials_json(std::string_view text, std::string source);

}  // namespace af
