#include "cli/doctor/key.hpp"

#include "cli/key_files.hpp"
#include "stages/seal/key_secret.hpp"
#include "stages/taskcluster/secrets.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <algorithm>

namespace af {
namespace {

Task<Secret> secret_text(TaskclusterClient& client, std::string name, std::stop_token stop) {
    std::string text = co_await read_secret(client, std::move(name), std::move(stop));
    co_return taken_from(std::move(text));
}

// What is to be said of the secret; `created` becomes the key's date, when the secret has it.
Finding in_secret(Cluster& cluster, const std::string& name, const std::string& kid, std::optional<WallTime>& created) {
    Secret secret;
    try {
        secret = cluster.wait(ClusterStep::taskcluster, secret_text(cluster.client(), name, cluster.token()));
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::refused) throw;
        return ok(fmt::format("the secret {} is not for your eyes", name));  // tasks may well read it
    }
    const std::vector<SecretKey> keys = keys_in_secret(secret.view());
    const auto found = std::find_if(keys.begin(), keys.end(), [&kid](const SecretKey& key) { return key.kid == kid; });
    if (found == keys.end())
        return wrong(kExitToken, fmt::format("the secret {} does not hold the private key of {}", name, kid),
                     fmt::format("make a new pair: af keygen NAME --secret {}", name));
    created = found->created;
    return ok(fmt::format("the secret {} holds its private key", name));
}

}  // namespace

Finding check_key(Cluster* cluster, const ChosenSettings& settings) {
    return checked("key", ClusterStep::token, "make a pair that tasks can open: af keygen NAME --secret SECRET", [&] {
        const bool is_needed = settings.text("credentials") == "sealed";
        if (!is_needed && settings.text("key").empty()) return skipped("not needed: credentials are not sealed");
        const std::string file = settings.needed("key");
        const PublicKey key = read_public_key(file);
        std::optional<WallTime> created = written_at(file);
        std::string text = fmt::format("{}, {} bits, in {}", key.kid(), EVP_PKEY_get_bits(key.handle()), file);

        const std::string name = is_needed ? settings.needed("key_secret") : settings.text("key_secret");
        if (!name.empty() && cluster) {
            std::optional<WallTime> by_secret;
            const Finding secret = in_secret(*cluster, name, key.kid(), by_secret);
            if (secret.state == Finding::State::wrong) return secret;
            if (by_secret) created = by_secret;
            text += "; " + secret.text;
        }
        const auto age = created ? too_old(*created, std::chrono::system_clock::now()) : std::nullopt;
        if (!age) return ok(text);
        return warning(fmt::format("{}; it {}", text, *age),
                       fmt::format("make a new one: af keygen NAME --secret {}", name.empty() ? "SECRET" : name));
    });
}

}  // namespace af
