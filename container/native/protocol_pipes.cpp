#include "container/native/protocol_pipes.hpp"

#include "engine/error.hpp"
#include "engine/launch.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace af {
namespace {

constexpr std::size_t kBufferBytes = 64 << 10;
constexpr int kLeastDescriptor = 10;

UniqueFd private_copy(int descriptor) {
    UniqueFd copy(::fcntl(descriptor, F_DUPFD_CLOEXEC, kLeastDescriptor));
    if (!copy) throw os_error(errno, "copy a descriptor");
    return copy;
}

std::size_t read_some(int descriptor, char* to, std::size_t bytes) {
    for (;;) {
        const ssize_t count = ::read(descriptor, to, bytes);
        if (count >= 0) return static_cast<std::size_t>(count);
        if (errno != EINTR) throw os_error(errno, "read batches");
    }
}

}  // namespace

ProtocolPipes::ProtocolPipes() : in_(private_copy(STDIN_FILENO)), out_(private_copy(STDOUT_FILENO)) {
    const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!nothing || ::dup2(nothing.get(), STDIN_FILENO) < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
        throw os_error(errno, "turn stdin and stdout away");
    }
}

ProtocolPipes::~ProtocolPipes() {
    if (!memory_.empty()) ::munmap(const_cast<char*>(memory_.data()), memory_.size());
}

bool ProtocolPipes::take_memory(std::size_t bytes) {
    struct stat about {};
    const bool is_it = ::fstat(kSharedMemoryFd, &about) == 0 && S_ISREG(about.st_mode) &&
                       static_cast<std::size_t>(about.st_size) == bytes;
    if (!is_it) return false;
    const UniqueFd file(kSharedMemoryFd);
    void* mapped = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file.get(), 0);
    if (mapped == MAP_FAILED) return false;
    memory_ = {static_cast<const char*>(mapped), bytes};
    return true;
}

bool ProtocolPipes::fill() {
    buffer_.resize(kBufferBytes);
    begin_ = 0;
    buffer_.resize(read_some(in_.get(), buffer_.data(), buffer_.size()));
    return !buffer_.empty();
}

std::optional<std::string> ProtocolPipes::header() {
    std::string line;
    for (;;) {
        if (begin_ == buffer_.size() && !fill()) {
            if (line.empty()) return std::nullopt;
            throw Error(ErrorKind::io, "the input ends in the middle of a batch");
        }
        const std::size_t end = buffer_.find('\n', begin_);
        line.append(buffer_, begin_, std::min(end, buffer_.size()) - begin_);
        begin_ = std::min(end, buffer_.size() - 1) + 1;
        if (end != buffer_.npos) return line;
    }
}

void ProtocolPipes::read_exactly(std::string& to, std::size_t bytes) {
    to.resize(bytes);
    std::size_t have = std::min(bytes, buffer_.size() - begin_);
    std::memcpy(to.data(), buffer_.data() + begin_, have);
    begin_ += have;
    while (have < bytes) {
        const std::size_t count = read_some(in_.get(), to.data() + have, bytes - have);
        if (count == 0) throw Error(ErrorKind::io, "the input ends in the middle of a batch");
        have += count;
    }
}

std::optional<FedBatch> ProtocolPipes::next() {
    const auto line = header();
    if (!line) return std::nullopt;
    std::array<std::uint64_t, 5> numbers{};
    const char* at = line->data() + std::min<std::size_t>(line->size(), std::strlen("batch"));
    const char* end = line->data() + line->size();
    const bool is_shared = std::count(line->begin(), line->end(), ' ') == 5;
    for (std::uint64_t& number : std::span(numbers).first(is_shared ? 5 : 4)) {
        const auto [stop, error] = std::from_chars(at + (at < end), end, number);
        if (error != std::errc()) throw Error(ErrorKind::bug, "not a batch: " + escaped(*line));
        at = stop;
    }
    read_exactly(file_, numbers[1]);
    read_exactly(index_, numbers[2]);
    std::string_view payload;
    if (is_shared) {
        if (numbers[4] > memory_.size() || numbers[3] > memory_.size() - numbers[4])
            throw Error(ErrorKind::bug, "a batch beyond the shared memory: " + escaped(*line));
        payload = {memory_.data() + numbers[4], numbers[3]};
    } else {
        read_exactly(payload_, numbers[3]);
        payload = payload_;
    }
    if (!payload.empty() && payload.back() != '\n')
        throw Error(ErrorKind::bug, "a batch that does not end with a newline");
    return FedBatch{static_cast<std::uint32_t>(numbers[0]), file_, payload};
}

void ProtocolPipes::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(out_.get(), bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw os_error(errno, "write an answer");
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

}  // namespace af
