#include "cli/ask.hpp"

#include "engine/error.hpp"
#include "engine/file.hpp"

#include <unistd.h>
#include <iostream>

namespace af {

bool ask(const std::string& question, const std::string& option) {
    if (!::isatty(STDIN_FILENO) || !::isatty(STDERR_FILENO))
        throw Error(ErrorKind::usage, "nobody is there to be asked: " + question).hint("say " + option);
    write_all(STDERR_FILENO, question + " [y/N] ", "stderr");
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace af
