// Takes CANARY and ABSENT out of its environment and prints what is left where others could look: for
// secret_environment_test.
#include "engine/secret_environment.hpp"

#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <unistd.h>

int main() {
    constexpr std::array<std::string_view, 2> kNames{"CANARY", "ABSENT"};
    const af::SecretEnvironment secrets(kNames);
    std::cout << "taken " << secrets.find("CANARY").value_or("nothing").size() << " bytes\n"
              << "absent " << secrets.find("ABSENT").has_value() << "\n"
              << "getenv " << (std::getenv("CANARY") ? "set" : "unset") << "\n";
    std::ifstream file("/proc/self/environ", std::ios::binary);
    std::string environment(std::istreambuf_iterator<char>(file), {});
    for (char& c : environment) c = c ? c : '|';
    std::cout << "proc " << environment << "\n" << std::flush;
    ::execl("/usr/bin/env", "env", static_cast<char*>(nullptr));
    return 1;
}
