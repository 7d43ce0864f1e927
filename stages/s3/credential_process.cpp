#include "stages/s3/credential_process.hpp"

#include "engine/process.hpp"
#include "stages/child_environment.hpp"
#include "stages/s3/dates.hpp"

#include <array>
#include <asio/this_coro.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

namespace af {
namespace {

constexpr std::size_t kMaxOutputBytes = 64 << 10;

Task<std::string> output_of(Process& process) {
    std::string out;
    std::array<char, 4096> buffer{};
    for (;;) {
        const std::size_t bytes = co_await process.read_some(buffer);
        if (bytes == 0) break;
        out.append(buffer.data(), bytes);
        if (out.size() > kMaxOutputBytes) throw Error(ErrorKind::config, process.name() + ": wrote more than 64 KiB");
    }
    co_await process.wait_for_success();
    co_return out;
}

std::string text_of(const nlohmann::json& object, const char* name) {
    auto value = object.find(name);
    return value != object.end() && value->is_string() ? value->get<std::string>() : "";
}

}  // namespace

Result<std::vector<std::string>> split_command_line(std::string_view line) {
    std::vector<std::string> words;
    std::string word;
    bool in_word = false;
    char quote = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        char c = line[i];
        if (quote) {
            bool escape = quote == '"' && c == '\\' && i + 1 < line.size() &&
                          std::string_view("\"\\$`").find(line[i + 1]) != std::string_view::npos;
            if (c == quote) quote = 0;
            else word.push_back(escape ? line[++i] : c);
        } else if (c == '\'' || c == '"') {
            quote = c;
            in_word = true;
        } else if (c == ' ' || c == '\t' || c == '\n') {
            if (in_word) words.push_back(std::exchange(word, ""));
            in_word = false;
        } else {
            if (c == '\\' && i + 1 < line.size()) c = line[++i];
            word.push_back(c);
            in_word = true;
        }
    }
    if (quote)
        return Failure(Error(ErrorKind::config, fmt::format("credential_process: a quote {} is not closed", quote)));
    if (in_word) words.push_back(std::move(word));
    return words;
}

Task<std::string> run_credential_process(std::vector<std::string> command, Duration patience, std::stop_token stop) {
    if (command.empty()) throw Error(ErrorKind::config, "credential_process is empty");
    ProcessSpec spec;
    spec.name = fmt::format("credential_process \"{}\"", escaped(command[0]));
    spec.argv = std::move(command);
    spec.environment = own_environment();
    spec.hang_timeout = patience;
    spec.term_grace = std::chrono::seconds(1);
    try {
        Executor network = co_await asio::this_coro::executor;
        Process process = Process::start(std::move(network), std::move(spec));
        process.stop_on(stop);
        process.close_stdin();
        std::string out = co_await output_of(process);
        co_return out;
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::cancelled) throw;
        throw Error(ErrorKind::config, error.what())
            .hint("Run the command by hand and correct it in the AWS config file.");
    }
}

Result<AwsCredentials> parse_credentials_json(std::string_view text, std::string source) {
    nlohmann::json object = nlohmann::json::parse(text, nullptr, false);
    if (!object.is_object()) return Failure(Error(ErrorKind::config, source + ": the reply is no JSON object"));
    AwsCredentials out;
    out.keys = {text_of(object, "AccessKeyId"), text_of(object, "SecretAccessKey"), text_of(object, "SessionToken")};
    if (out.keys.session_token.empty()) out.keys.session_token = text_of(object, "Token");
    if (out.keys.access_key_id.empty() || out.keys.secret_access_key.empty())
        return Failure(Error(ErrorKind::config, source + ": the reply has no AccessKeyId or no SecretAccessKey"));
    std::string expiration = text_of(object, "Expiration");
    out.expires = parse_iso_date(expiration);
    if (!expiration.empty() && !out.expires)
        return Failure(Error(ErrorKind::config, fmt::format("{}: Expiration \"{}\" is no date", source,
                                                            escaped(expiration.substr(0, 40)))));
    out.source = std::move(source);
    return out;
}

}  // namespace af
