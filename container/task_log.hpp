// What the task says: lines on stderr, which the worker makes the log of the task.
//
// Safe     one write a line, so that lines of several threads do not mix; control bytes are escaped, so that nothing
//          that data or user code says can move a terminal's cursor or pass for a line of the worker.
// Threads  any.
#pragma once

#include <string>
#include <string_view>

namespace af {

void say(std::string_view text);                     // af: text
void warn(std::string_view text);                    // af: WARN text
void say_of_user_code(std::string_view line);        // | line
void say_error(const std::string& error_line_text);  // as error_line() made it

}  // namespace af
