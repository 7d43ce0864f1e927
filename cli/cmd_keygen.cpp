// cli/cmd_keygen.cpp - "af keygen": the key pair that credentials are sealed with, and its place among the secrets.
#include "cli/cluster.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/duration.hpp"
#include "cli/key_files.hpp"
#include "engine/file.hpp"
#include "stages/s3/dates.hpp"
#include "stages/seal/key_secret.hpp"
#include "stages/taskcluster/secrets.hpp"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace af {
namespace {

constexpr const char* kHelp =
    "Makes the key pair that credentials are sealed with: NAME.pem, which only you can read, and NAME.pub.pem, which\n"
    "af submit seals with. Tasks open them with the private key, which they read from a secret of Taskcluster: "
    "--secret puts it there\n"
    "and keeps the keys that are there already, so that graphs on their way go on.\n"
    "\n"
    "examples:\n"
    "  af keygen keys/af\n"
    "  af keygen keys/af-2026 --secret project/telemetry/af-key\n"
    "exit status: 0 done | 2 usage, or the files are there already | 6 Taskcluster refused | 11 network";

struct KeygenOptions {
    std::string name;
    std::string secret;
    std::string expires = "365d";
    bool force = false;
    bool json = false;
};

struct Made {
    KeyFiles files;
    std::string kid;
    std::vector<SecretKey> ring;  // of the secret; empty without one
};

// What the secret holds, "{}" when there is none.
Task<Secret> present_secret(TaskclusterClient& client, std::string name, std::stop_token stop) {
    try {
        std::string text = co_await read_secret(client, std::move(name), std::move(stop));
        co_return taken_from(std::move(text));
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::not_found) throw;
    }
    co_return Secret(std::string_view("{}"));
}

std::vector<SecretKey> put_into_secret(const KeygenOptions& options, const PrivateKey& key, WallTime expires) {
    Cluster cluster(process_environment);
    const Secret present =
        cluster.wait(ClusterStep::taskcluster, present_secret(cluster.client(), options.secret, cluster.token()));
    Secret secret = in_step(ClusterStep::taskcluster,
                            [&] { return with_new_key(present.view(), key, std::chrono::system_clock::now()); });
    std::vector<SecretKey> ring = keys_in_secret(secret.view());
    cluster.wait(ClusterStep::taskcluster,
                 write_secret(cluster.client(), options.secret, std::move(secret), expires, cluster.token()));
    return ring;
}

std::string next_steps(const KeygenOptions& options, const Made& made, WallTime expires) {
    const std::string public_file = std::filesystem::absolute(made.files.public_file).lexically_normal().string();
    if (!options.secret.empty())
        return fmt::format(
            "The secret {0} holds it until {1}; tasks that read it need the scope secrets:get:{0}.\n"
            "next: af config set key {2}; af config set key_secret {0}; af config set credentials sealed",
            options.secret, to_iso_date(expires), public_file);
    return fmt::format(
        "next: put the private key into a secret that tasks may read, by af keygen --secret, or with Taskcluster's own "
        "tool:\n"
        "  jq -n --rawfile key {0} '{{secret: {{key: $key}}, expires: \"{1}\"}}' | taskcluster api secrets set NAME\n"
        "then: af config set key {2}; af config set key_secret NAME; af config set credentials sealed",
        made.files.private_file.string(), to_iso_date(expires), public_file);
}

std::string as_json(const KeygenOptions& options, const Made& made) {
    nlohmann::ordered_json row{
        {"kid", made.kid}, {"private", made.files.private_file.string()}, {"public", made.files.public_file.string()}};
    if (!options.secret.empty()) {
        row["secret"] = options.secret;
        row["kids_in_secret"] = nlohmann::ordered_json::array();
        for (const SecretKey& key : made.ring) row["kids_in_secret"].push_back(key.kid);
    }
    return row.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

void tell(const KeygenOptions& options, const Made& made, WallTime now, WallTime expires) {
    write_stdout(options.json ? as_json(options, made) : made.kid + "\n");
    Console console(console_options(Verbosity::normal, options.json, false));
    console.say(fmt::format("{} and {} are written; the first is for tasks alone.", made.files.private_file.string(),
                            made.files.public_file.string()));
    for (const SecretKey& key : made.ring) {
        if (const auto age = key.created ? too_old(*key.created, now) : std::nullopt)
            console.warn(
                fmt::format("the key {} in {} {}; it leaves with the next key, once nothing sealed for it can run",
                            key.kid, options.secret, *age));
    }
    console.say(next_steps(options, made, expires));
}

int keygen(const KeygenOptions& options) {
    const WallTime now = std::chrono::system_clock::now();
    const WallTime expires = now + duration_of(options.expires, "--expires");
    Made made{key_files(options.name), {}, {}};
    const PrivateKey key = PrivateKey::generate();
    made.kid = key.kid();
    NewKeyFiles files(made.files, key, options.force);
    if (!options.secret.empty()) made.ring = put_into_secret(options, key, expires);
    files.commit();
    tell(options, made, now, expires);
    return 0;
}

}  // namespace

void add_keygen(CLI::App& app, Action& chosen) {
    auto options = std::make_shared<KeygenOptions>();
    CLI::App* keygen_command = app.add_subcommand("keygen", kHelp);
    keygen_command->add_option("NAME", options->name, "of the files, without .pem")->required()->type_name("PATH");
    keygen_command->add_option("--secret", options->secret, "put it into this secret, before the keys that are there");
    keygen_command->add_option("--expires", options->expires, "how long the secret lasts (365d)")
        ->type_name("DURATION");
    keygen_command->add_flag("--force", options->force, "replace files of that name");
    keygen_command->add_flag("--json", options->json, "for programs");
    keygen_command->callback([&chosen, options] { chosen = [options] { return keygen(*options); }; });
}

}  // namespace af
