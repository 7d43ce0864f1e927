#include "stages/seal/keys.hpp"

#include "engine/error.hpp"
#include "tests/stages/seal/seal_vectors.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

using namespace af;

namespace {

enum class Half { public_half, private_half };

// PEM of a new key; with a passphrase when one is given.
std::string pem(EVP_PKEY* made, Half half, const char* passphrase = nullptr) {
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(made, EVP_PKEY_free);
    std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
    const EVP_CIPHER* cipher = passphrase ? EVP_aes_128_cbc() : nullptr;
    if (half == Half::public_half) PEM_write_bio_PUBKEY(bio.get(), key.get());
    if (half == Half::private_half)
        PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), cipher, nullptr, 0, nullptr, const_cast<char*>(passphrase));
    char* start = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &start);
    return std::string(start, static_cast<std::size_t>(size));
}

template <class Load>
Error refusal(Load load, const std::string& text) {
    try {
        load(text, "key.pem");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::config);
        CHECK(std::string(error.what()).starts_with("key.pem: "));
        return error;
    }
    return Error(ErrorKind::bug, "accepted");
}

}  // namespace

TEST_CASE("the id of a key is the one that another implementation computes", "[seal]") {
    const KeyRing ring = KeyRing::from_pem(vector_ring(), "ring");
    for (const auto& vector : seal_vectors()["envelopes"]) {
        const PublicKey key = PublicKey::from_pem(vector["public"].get<std::string>(), "public");
        CHECK(key.kid() == vector["kid"].get<std::string>());
        CHECK(ring.find(key.kid()) != nullptr);
    }
    CHECK(ring.kids().size() == 2);
    CHECK(ring.find("0123456789abcdef") == nullptr);
}

TEST_CASE("a new key has 3072 bits and both its halves are read back as the same key", "[seal]") {
    const PrivateKey made = PrivateKey::generate();
    CHECK(EVP_PKEY_get_bits(made.handle()) == 3072);
    CHECK(PublicKey::from_pem(made.public_pem(), "public").kid() == made.kid());
    const Secret text = made.private_pem();
    CHECK(text.view().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    CHECK(KeyRing::from_pem(text.view(), "ring").find(made.kid()) != nullptr);
}

TEST_CASE("text between the keys of a ring is skipped, and a key given twice is one key", "[seal]") {
    const std::string text =
        "# of March\n" + vector_ring() + "# of April, and certificates\n" + vector_public(0) + vector_ring() + "\n";
    CHECK(KeyRing::from_pem(text, "ring").kids().size() == 2);
}

TEST_CASE("a ring refuses what is no usable private key and repeats none of it", "[seal]") {
    const auto load = [](const std::string& text, std::string_view name) { KeyRing::from_pem(text, name); };
    const std::string whole = vector_ring();
    std::string damaged = whole;
    damaged.replace(damaged.find("MII") + 8, 8, "AAAAAAAA");
    CHECK(std::string(refusal(load, "").what()) == "key.pem: no private key");
    CHECK(std::string(refusal(load, vector_public(0)).what()) == "key.pem: no private key");
    CHECK(std::string(refusal(load, whole.substr(0, whole.size() / 3)).what()) == "key.pem: a broken PEM block");
    CHECK(std::string(refusal(load, damaged).what()) == "key.pem: a private key that cannot be decoded");
    CHECK(std::string(refusal(load, pem(EVP_RSA_gen(1024), Half::private_half)).what()) ==
          "key.pem: an RSA key of 1024 bits; at least 2048 are asked for");
    CHECK(std::string(refusal(load, pem(EVP_EC_gen("P-256"), Half::private_half)).what()) == "key.pem: not an RSA key");
    CHECK(std::string(refusal(load, pem(EVP_RSA_gen(2048), Half::private_half, "secret")).what()) ==
          "key.pem: a private key under a passphrase");
}

TEST_CASE("a public key is refused when it is short, of another kind, private or none", "[seal]") {
    const auto load = [](const std::string& text, std::string_view name) { PublicKey::from_pem(text, name); };
    CHECK(std::string(refusal(load, pem(EVP_RSA_gen(1024), Half::public_half)).what()) ==
          "key.pem: an RSA key of 1024 bits; at least 2048 are asked for");
    CHECK(std::string(refusal(load, pem(EVP_EC_gen("P-256"), Half::public_half)).what()) == "key.pem: not an RSA key");
    CHECK(std::string(refusal(load, vector_ring()).what()) == "key.pem: a private key where the public one belongs");
    CHECK(std::string(refusal(load, "ssh-rsa AAAAB3").what()) == "key.pem: no PEM block");
    CHECK(std::string(refusal(load, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n").what()) ==
          "key.pem: not a public key");
}
