#include "stages/seal/envelope.hpp"

#include "engine/error.hpp"
#include "stages/random_bytes.hpp"
#include "stages/s3/hash.hpp"
#include "stages/seal/base64.hpp"
#include "stages/seal/ciphers.hpp"
#include "stages/seal/flat_json.hpp"
#include "stages/taskcluster/ids.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace af {
namespace {

constexpr std::string_view kVersion = "1";
constexpr std::string_view kAlg = "RSA-OAEP-256";
constexpr std::string_view kEnc = "A256GCM";
constexpr std::string_view kWhat = "credentials envelope";

struct Envelope {
    std::string kid;
    std::string encrypted_key;
    std::string nonce;
    GcmSealed sealed;
};

Error refusal(std::string_view why) {
    return Error(ErrorKind::config, fmt::format("{}: {}", kWhat, why))
        .hint("submit the job again with the same release of af as the image holds");
}

void check_group(std::string_view id) {
    if (is_task_id(id)) return;
    throw Error(ErrorKind::config, id.empty() ? "no task group id: credentials are sealed for one task group"
                                              : "the id of the task group is none");
}

std::string bound_text(std::string_view kid, std::string_view group) {
    return fmt::format("{}|{}|{}|{}|{}", kVersion, kid, kAlg, kEnc, group);
}

bool is_kid(std::string_view text) {
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return text.size() == kKidDigits && std::all_of(text.begin(), text.end(), is_digit);
}

std::string decoded(std::string_view text, std::string_view name) {
    std::optional<std::string> bytes = strict_base64(text);
    if (!bytes) throw refusal(fmt::format("\"{}\" is not base64", name));
    return std::move(*bytes);
}

void check_version(std::vector<FlatMember>& members) {
    const auto found =
        std::find_if(members.begin(), members.end(), [](const FlatMember& member) { return member.name == "v"; });
    if (found == members.end()) throw refusal("\"v\" is missing");
    if (found->is_text || found->value != kVersion) throw refusal("of a version that is not known; this is 1");
    members.erase(found);
}

Envelope parse(std::string_view text) {
    if (text.size() > kMostEnvelopeBytes)
        throw refusal(fmt::format("{} bytes; at most {} are taken", text.size(), kMostEnvelopeBytes));
    std::vector<FlatMember> members = parse_flat_json(text, kWhat);
    check_version(members);
    const auto values = expect_texts(members, {"kid", "alg", "enc", "ek", "iv", "ct", "tag"}, kWhat);
    if (!is_kid(values[0])) throw refusal("\"kid\" is not 16 hex digits");
    if (values[1] != kAlg) throw refusal("\"alg\" is not " + std::string(kAlg));
    if (values[2] != kEnc) throw refusal("\"enc\" is not " + std::string(kEnc));
    GcmSealed sealed{decoded(values[5], "ct"), decoded(values[6], "tag")};
    return {std::string(values[0]), decoded(values[3], "ek"), decoded(values[4], "iv"), std::move(sealed)};
}

std::string print(const Envelope& envelope) {
    return fmt::format(R"({{"v":{},"kid":"{}","alg":"{}","enc":"{}","ek":"{}","iv":"{}","ct":"{}","tag":"{}"}})",
                       kVersion, envelope.kid, kAlg, kEnc, base64(envelope.encrypted_key), base64(envelope.nonce),
                       base64(envelope.sealed.cipher), base64(envelope.sealed.tag));
}

Error cannot_decrypt(const Envelope& envelope, const KeyRing& ring) {
    return Error(ErrorKind::config, fmt::format("cannot decrypt credentials (kid={})", envelope.kid))
        .hint(fmt::format(
            "sealed for another key or task group, or changed since; the keys here are {}: submit the job again",
            fmt::join(ring.kids(), ", ")));
}

// Random bytes in place of a key that does not decrypt: what follows takes the same steps and fails at the tag.
Secret content_key(const PrivateKey& key, std::string_view encrypted) {
    Secret other = random_secret(kContentKeyBytes);
    std::optional<Secret> plain = rsa_oaep_decrypt(key.handle(), encrypted);
    if (!plain || plain->size() != kContentKeyBytes) return other;
    return std::move(*plain);
}

}  // namespace

std::string seal_text(const PublicKey& key, std::string_view plain, std::string_view task_group_id) {
    check_group(task_group_id);
    const Secret content = random_secret(kContentKeyBytes);
    Envelope envelope;
    envelope.kid = key.kid();
    envelope.encrypted_key = rsa_oaep_encrypt(key.handle(), content.view());
    envelope.nonce = random_bytes(kNonceBytes);
    envelope.sealed = aes_gcm_encrypt(content.view(), envelope.nonce, bound_text(key.kid(), task_group_id), plain);
    std::string text = print(envelope);
    if (text.size() > kMostEnvelopeBytes)
        throw Error(ErrorKind::config, fmt::format("credentials of {} bytes do not fit in an envelope", plain.size()));
    return text;
}

Secret open_text(const KeyRing& ring, std::string_view text, std::string_view task_group_id) {
    check_group(task_group_id);
    const Envelope envelope = parse(text);
    const PrivateKey* key = ring.find(envelope.kid);
    if (!key) throw cannot_decrypt(envelope, ring);
    const Secret content = content_key(*key, envelope.encrypted_key);
    std::optional<Secret> plain =
        aes_gcm_decrypt(content.view(), envelope.nonce, bound_text(envelope.kid, task_group_id), envelope.sealed);
    if (!plain) throw cannot_decrypt(envelope, ring);
    return std::move(*plain);
}

}  // namespace af
