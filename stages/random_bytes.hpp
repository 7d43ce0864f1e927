// Random bytes from OpenSSL's generator, for ids, nonces and everything else that must not be guessed.
#pragma once

#include <cstddef>
#include <string>

namespace af {

// Throws Error(os) when there is no randomness.
std::string random_bytes(std::size_t count);

}  // namespace af
