#include "stages/seal/ciphers.hpp"

#include "stages/s3/hash.hpp"
#include "stages/seal/keys.hpp"
#include "tests/stages/seal/seal_vectors.hpp"

#include <catch2/catch.hpp>

using namespace af;

namespace {

std::string unhex(std::string_view digits) {
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2)
        bytes.push_back(static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
    return bytes;
}

}  // namespace

TEST_CASE("AES-256-GCM gives the ciphertext and tag of NIST's example",
          "[seal]") {  // test case 16 of the GCM specification
    const std::string key = unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    const std::string nonce = unhex("cafebabefacedbaddecaf888");
    const std::string bound = unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    const std::string plain = unhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de6"
        "57ba637b39");
    const GcmSealed sealed = aes_gcm_encrypt(key, nonce, bound, plain);
    CHECK(hex(sealed.cipher) ==
          "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba"
          "7a0abcc9f662");
    CHECK(hex(sealed.tag) == "76fc6ece0f4e1768cddf8853bb2d551b");
    CHECK(aes_gcm_decrypt(key, nonce, bound, sealed)->view() == plain);
}

TEST_CASE("AES-256-GCM opens nothing of another key, nonce, bound text, tag or length", "[seal]") {
    const std::string key(32, 'k'), nonce(12, 'n');
    const GcmSealed sealed = aes_gcm_encrypt(key, nonce, "bound", "plain");
    REQUIRE(aes_gcm_decrypt(key, nonce, "bound", sealed));
    CHECK_FALSE(aes_gcm_decrypt(std::string(32, 'x'), nonce, "bound", sealed));
    CHECK_FALSE(aes_gcm_decrypt(std::string(16, 'k'), nonce, "bound", sealed));
    CHECK_FALSE(aes_gcm_decrypt(key, std::string(12, 'x'), "bound", sealed));
    CHECK_FALSE(aes_gcm_decrypt(key, std::string(16, 'n'), "bound", sealed));
    CHECK_FALSE(aes_gcm_decrypt(key, nonce, "other", sealed));
    CHECK_FALSE(aes_gcm_decrypt(key, nonce, "bound", {sealed.cipher, sealed.tag.substr(0, 4)}));
    CHECK_FALSE(aes_gcm_decrypt(key, nonce, "bound", {sealed.cipher, std::string(16, '\0')}));
    CHECK_FALSE(aes_gcm_decrypt(key, nonce, "bound", {sealed.cipher.substr(1), sealed.tag}));
}

TEST_CASE("RSA-OAEP opens what it sealed, and nothing that was changed or sealed for another key", "[seal]") {
    const KeyRing ring = KeyRing::from_pem(vector_ring(), "ring");
    const PublicKey first = PublicKey::from_pem(vector_public(0), "public"),
                    second = PublicKey::from_pem(vector_public(1), "public");
    std::string cipher = rsa_oaep_encrypt(first.handle(), "thirty-two bytes");
    CHECK(rsa_oaep_decrypt(ring.find(first.kid())->handle(), cipher)->view() == "thirty-two bytes");
    CHECK_FALSE(rsa_oaep_decrypt(ring.find(second.kid())->handle(), cipher));
    CHECK_FALSE(rsa_oaep_decrypt(ring.find(first.kid())->handle(), cipher.substr(1)));
    CHECK_FALSE(rsa_oaep_decrypt(ring.find(first.kid())->handle(), ""));
    cipher[100] = static_cast<char>(cipher[100] ^ 1);
    CHECK_FALSE(rsa_oaep_decrypt(ring.find(first.kid())->handle(), cipher));
}
