#include "stages/random_bytes.hpp"

#include "engine/error.hpp"

#include <openssl/rand.h>

namespace af {

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1)
        throw Error(ErrorKind::os, "OpenSSL cannot make random bytes");
    return bytes;
}

}  // namespace af
