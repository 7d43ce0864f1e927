// Secrets that came in environment variables, taken out of sight: of children, of /proc/PID/environ, of core files.
#pragma once

#include "engine/secret.hpp"

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace af {

// Takes variables out of the environment of this process, unsets them and overwrites the bytes they lay in.
// Threads  build it first in main(): nothing else may read or change the environment meanwhile, and a setenv() before
//          it would have left the old bytes where /proc shows them. After that, values that do not change.
class SecretEnvironment {
public:
    explicit SecretEnvironment(std::span<const std::string_view> names);

    // nullopt: was not set. The text lives as long as this.
    std::optional<std::string_view> find(std::string_view name) const;

    // Wipes them. The texts that find() gave are gone.
    void forget() noexcept { values_.clear(); }

private:
    std::map<std::string, Secret, std::less<>> values_;
};

// No core files, no debugger, and /proc/PID of this process for root alone. Throws Error(os).
// What it starts is not affected: a program that is executed is dumpable again, but children get no core files either.
void harden_process();

}  // namespace af
