// Says on stderr at which record a native map function crashed, before the process dies of the signal all the same.
#pragma once

#include <cstdint>
#include <string_view>

namespace af {

// SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT, on a stack of their own, so that an endless recursion is told too.
void note_crashes();

// The record in hand, from 1 in its batch; `uuid` must live until the next call. 0: none.
void at_record(std::uint64_t number, std::string_view uuid) noexcept;

}  // namespace af
