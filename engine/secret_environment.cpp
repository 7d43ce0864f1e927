#include "engine/secret_environment.hpp"

#include "engine/error.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace af {
namespace {

// Every "NAME=value" of this name: a program may be handed two of them.
std::vector<char*> entries_of(const std::string& name) {
    std::vector<char*> found;
    for (char** entry = environ; entry && *entry; ++entry) {
        if (std::strncmp(*entry, name.c_str(), name.size()) == 0 && (*entry)[name.size()] == '=')
            found.push_back(*entry);
    }
    return found;
}

}  // namespace

SecretEnvironment::SecretEnvironment(std::span<const std::string_view> names) {
    for (std::string_view name : names) {
        const std::string text(name);
        const std::vector<char*> entries = entries_of(text);
        if (entries.empty()) continue;
        values_.insert_or_assign(text, Secret(std::string_view(entries.front() + text.size() + 1)));
        ::unsetenv(text.c_str());
        for (char* entry : entries) ::explicit_bzero(entry, std::strlen(entry));
    }
}

std::optional<std::string_view> SecretEnvironment::find(std::string_view name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return std::nullopt;
    return found->second.view();
}

void harden_process() {
    const rlimit no_core{0, 0};
    if (::setrlimit(RLIMIT_CORE, &no_core) != 0 || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        throw os_error(errno, "forbid core files");
}

}  // namespace af
