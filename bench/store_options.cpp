#include "bench/store_options.hpp"

#include <CLI/App.hpp>

namespace af::bench {
namespace {

struct TextOption {
    const char* name;
    std::string StoreOptions::*value;
    const char* help;
};
constexpr TextOption kTexts[] = {
    {"--endpoint-url", &StoreOptions::endpoint_url, "an S3-compatible server (else AWS_ENDPOINT_URL)"},
    {"--region", &StoreOptions::region, "AWS region (else AWS_REGION, the profile's, us-east-1)"},
    {"--profile", &StoreOptions::profile, "profile of ~/.aws (else AWS_PROFILE)"},
};

struct Flag {
    const char* name;
    bool StoreOptions::*value;
    const char* help;
};
constexpr Flag kFlags[] = {
    {"--no-sign-request", &StoreOptions::no_sign_request, "read a public bucket without credentials"},
    {"--path-style", &StoreOptions::path_style, "put the bucket into the path, not the host name"},
    {"--requester-pays", &StoreOptions::requester_pays, "agree to pay for requests"},
};

}  // namespace

void add_store_options(CLI::App& command, StoreOptions& options) {
    for (const auto& [name, value, help] : kTexts) command.add_option(name, options.*value, help)->group("S3");
    for (const auto& [name, value, help] : kFlags) command.add_flag(name, options.*value, help)->group("S3");
}

std::vector<std::string> words_of(const StoreOptions& options) {
    std::vector<std::string> words;
    for (const auto& [name, value, help] : kTexts)
        if (!(options.*value).empty()) words.insert(words.end(), {name, options.*value});
    for (const auto& [name, value, help] : kFlags)
        if (options.*value) words.emplace_back(name);
    return words;
}

}  // namespace af::bench
