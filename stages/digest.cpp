#include "stages/digest.hpp"

#include "engine/error.hpp"
#include "stages/s3/hash.hpp"

#include <openssl/evp.h>

namespace af {
namespace {

Error failed() { return Error(ErrorKind::os, "OpenSSL cannot compute SHA-256"); }

}  // namespace

struct Sha256::State {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
    if (!state_->context || EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) != 1) {
        throw failed();
    }
}
Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
    if (EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) != 1) throw failed();
}

std::string Sha256::hex() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_DigestFinal_ex(state_->context.get(), digest, &size) != 1) throw failed();
    return af::hex({reinterpret_cast<const char*>(digest), size});
}

}  // namespace af
