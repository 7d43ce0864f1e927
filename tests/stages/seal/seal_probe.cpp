// The sealing code as commands, for cross_check.py: one request a line on stdin, fields in base64 separated by blanks,
// one reply a line.
//
//   seal PUBLIC_PEM PLAIN GROUP     -> the envelope
//   open RING_PEM ENVELOPE GROUP    -> the text in base64, or "refused: MESSAGE"
//   gcm KEY NONCE BOUND CIPHER TAG  -> the text in base64, or "refused"
//   oaep PRIVATE_PEM CIPHER         -> the text in base64, or "refused"
#include "engine/error.hpp"
#include "stages/s3/hash.hpp"
#include "stages/seal/base64.hpp"
#include "stages/seal/ciphers.hpp"
#include "stages/seal/envelope.hpp"

#include <iostream>
#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sstream>
#include <vector>

namespace {

using Fields = std::vector<std::string>;

std::string text_of(const std::optional<af::Secret>& plain) {
    return plain ? "=" + af::base64(plain->view()) : "refused";
}

std::string oaep(const Fields& fields) {  // without the checks of a ring: the published vectors have keys of 1024 bits
    std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(fields[0].data(), static_cast<int>(fields[0].size())),
                                                  BIO_free);
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    return text_of(af::rsa_oaep_decrypt(key.get(), fields[1]));
}

std::string answer(const std::string& command, const Fields& fields) {
    if (command == "seal") return af::seal_text(af::PublicKey::from_pem(fields[0], "public"), fields[1], fields[2]);
    if (command == "open")
        return text_of(af::open_text(af::KeyRing::from_pem(fields[0], "ring"), fields[1], fields[2]));
    if (command == "gcm") return text_of(af::aes_gcm_decrypt(fields[0], fields[1], fields[2], {fields[3], fields[4]}));
    return oaep(fields);
}

}  // namespace

int main() {
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream words(line);
        std::string command;
        words >> command;
        Fields fields;
        for (std::string word; words >> word;)
            fields.push_back(af::strict_base64(word.substr(1)).value());  // "=" marks the empty text
        try {
            std::cout << answer(command, fields) << std::endl;
        } catch (const af::Error& error) {
            std::cout << "refused: " << error.what() << std::endl;
        }
    }
}
