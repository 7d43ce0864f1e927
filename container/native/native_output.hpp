// What a native map function says through af_output, kept until its record is known to count.
//
// Threads  one thread at a time; does not move, since the af_output points to it.
#pragma once

#include "container/include/af_mapper.h"
#include "engine/child_stderr.hpp"

#include <string>
#include <string_view>

namespace af {

class NativeOutput {
public:
    NativeOutput();
    NativeOutput(const NativeOutput&) = delete;
    NativeOutput& operator=(const NativeOutput&) = delete;

    const af_output& table() const noexcept { return table_; }

    void begin_record();
    // Empty when the record counts; else why it does not, and nothing of it is left. `status` is what map returned.
    std::string end_record(int status);

    std::string& lines() noexcept { return lines_; }
    Counters& counters() noexcept { return counters_; }
    const std::string& error() const noexcept { return error_; }
    void set_error(std::string_view text);

private:
    int emit(std::string_view key, std::string_view value);

    af_output table_{};
    std::string lines_;
    std::size_t kept_ = 0;  // bytes of the records before
    Counters counters_, fresh_;
    std::string error_, refused_;
};

}  // namespace af
