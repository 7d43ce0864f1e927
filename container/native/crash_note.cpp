#include "container/native/crash_note.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <unistd.h>

namespace af {
namespace {

constexpr std::size_t kShownUuid = 64;
constexpr std::array<int, 5> kSignals{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

// Of this one thread, read by the handler on the same thread.
volatile std::uint64_t record_number = 0;
const char* volatile uuid_data = nullptr;
volatile std::size_t uuid_size = 0;
alignas(16) char handler_stack[64 << 10];

// Nothing here allocates, locks or can fail.
class Line {
public:
    void text(const char* words) { bytes(words, std::strlen(words)); }
    void bytes(const char* data, std::size_t size) {
        for (std::size_t i = 0; i < size && size_ < sizeof line_ - 1; ++i) {
            line_[size_++] = data[i] >= ' ' && data[i] <= '~' ? data[i] : '?';
        }
    }
    void number(std::uint64_t value) {
        char digits[20];
        std::size_t at = sizeof digits;
        do {
            digits[--at] = static_cast<char>('0' + value % 10);
            value /= 10;
        } while (value > 0);
        bytes(digits + at, sizeof digits - at);
    }
    void write() {
        line_[size_++] = '\n';
        [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, line_, size_);
    }

private:
    char line_[256];
    std::size_t size_ = 0;
};

// SA_RESETHAND has put the default back: the signal that is raised here ends the process once this returns.
void tell_and_die(int number) {
    Line line;
    line.text("the map function crashed");
    if (record_number > 0) {
        line.text(" at record ");
        line.number(record_number);
        line.text(" of these");
    }
    if (uuid_size > 0) {
        line.text(", uuid ");
        line.bytes(uuid_data, std::min(std::size_t{uuid_size}, kShownUuid));
    }
    line.write();
    std::raise(number);
}

}  // namespace

void note_crashes() {
    stack_t stack{};
    stack.ss_sp = handler_stack;
    stack.ss_size = sizeof handler_stack;
    ::sigaltstack(&stack, nullptr);
    struct sigaction action {};
    action.sa_handler = tell_and_die;
    action.sa_flags = SA_ONSTACK | static_cast<int>(SA_RESETHAND);
    for (const int number : kSignals) ::sigaction(number, &action, nullptr);
}

void at_record(std::uint64_t number, std::string_view uuid) noexcept {
    uuid_size = 0;
    uuid_data = uuid.data();
    uuid_size = uuid.size();
    record_number = number;
}

}  // namespace af
