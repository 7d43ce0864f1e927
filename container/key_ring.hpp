// The private keys that open CREDENTIALS: from the mounted file AF_KEY_FILE, else from the secret AF_KEY_SECRET.
//
// Secret   a JSON object; every text in it that holds a private key in PEM belongs to the ring, whatever its name is:
//          during a rotation the new key and the one before it.
// Errors   Error(config) when neither is set, or what is there is no key; it never repeats a word of it.
#pragma once

#include "container/environment.hpp"
#include "engine/runtime.hpp"
#include "stages/seal/keys.hpp"
#include "stages/taskcluster/client.hpp"

#include <stop_token>

namespace af {

KeyRing read_key_ring(const TaskSettings& settings, TaskclusterClient* client, Runtime& runtime, std::stop_token stop);

}  // namespace af
