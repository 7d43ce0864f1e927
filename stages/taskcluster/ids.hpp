// Task ids: UUIDs of version 4 in 22 characters of base64url ("slugids").
#pragma once

#include <string>
#include <string_view>

namespace af {

bool is_task_id(std::string_view text);

// A new one, from the system's randomness. Never begins with '-', so that it is safe on a command line.
std::string new_task_id();

// The id that 16 bytes make, a few bits of them replaced by those that mark a UUID of version 4.
std::string task_id_of(std::string_view bytes);

// `bytes` random bytes as base64url, for nonces.
std::string random_text(std::size_t bytes);

}  // namespace af
