#include "engine/error.hpp"

#include <fmt/format.h>
#include <cerrno>
#include <system_error>

namespace af {
namespace {

struct KindFacts {
    std::string_view name;
    int exit_code;
};

KindFacts facts(ErrorKind kind) noexcept {
    switch (kind) {
        case ErrorKind::cancelled: return {"CANCELLED", 70};
        case ErrorKind::interrupted: return {"INTERRUPTED", 130};
        case ErrorKind::terminated: return {"INTERRUPTED", 143};
        case ErrorKind::usage: return {"USAGE", 64};
        case ErrorKind::config: return {"CONFIG", 78};
        case ErrorKind::no_match: return {"NOTHING_MATCHED", 9};
        case ErrorKind::not_found: return {"NO_INPUT", 66};
        case ErrorKind::refused: return {"REFUSED", 69};
        case ErrorKind::expired: return {"EXPIRED", 76};
        case ErrorKind::unavailable: return {"TEMPFAIL", 75};
        case ErrorKind::corrupt: return {"DATA", 65};
        case ErrorKind::no_space: return {"NO_SPACE", 73};
        case ErrorKind::io: return {"IO", 74};
        case ErrorKind::os: return {"OS", 71};
        case ErrorKind::child_exit: return {"CHILD_EXIT", 80};
        case ErrorKind::child_signal: return {"CHILD_SIGNAL", 81};
        case ErrorKind::child_hang: return {"CHILD_HANG", 82};
        case ErrorKind::child_stdin: return {"CHILD_STDIN_CLOSED", 83};
        case ErrorKind::child_output: return {"CHILD_OUTPUT", 84};
        case ErrorKind::bug: return {"INTERNAL", 70};
    }
    return {"INTERNAL", 70};
}

}  // namespace

std::string_view error_name(ErrorKind kind) noexcept { return facts(kind).name; }
int exit_code(ErrorKind kind) noexcept { return facts(kind).exit_code; }

Error Error::during(std::string_view step) && {
    text_.insert(0, std::string(step) + ": ");
    return std::move(*this);
}

Error Error::about(std::string_view item) && {
    if (item_.empty()) item_ = item;
    return std::move(*this);
}

Error Error::hint(std::string_view sentence) && {
    if (hint_.empty()) hint_ = sentence;
    return std::move(*this);
}

Error Error::after(int attempts) && {
    attempts_ = attempts;
    return std::move(*this);
}

Error Error::request(std::string_view id) && {
    request_id_ = id;
    return std::move(*this);
}

Error os_error(int error_number, std::string_view doing) {
    ErrorKind kind = ErrorKind::os;
    switch (error_number) {
        case ENOSPC:
        case EDQUOT: kind = ErrorKind::no_space; break;
        case EIO: kind = ErrorKind::io; break;
        case ENOENT:
        case ENOTDIR: kind = ErrorKind::not_found; break;
        case EACCES:
        case EPERM: kind = ErrorKind::refused; break;
        default: break;
    }
    return Error(kind, fmt::format("{}: {}", doing, std::generic_category().message(error_number)));
}

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (unsigned char c : text) {
        if ((c < 0x20 && c != '\n') || c == 0x7f) {
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", c);
        } else {
            out.push_back(static_cast<char>(c));
        }
    }
    return out;
}

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (unsigned char c : text) {
        if (c < 0x20 || c == 0x7f) {
            fmt::format_to(std::back_inserter(out), "\\x{:02x}", c);
        } else {
            if (c == '"' || c == '\\') out.push_back('\\');
            out.push_back(static_cast<char>(c));
        }
    }
    return out;
}

std::string error_line(std::string_view program, const Error& error, int exit_status) {
    std::string line = fmt::format("{}: ERROR {} exit={}", program, error_name(error.kind()), exit_status);
    auto out = std::back_inserter(line);
    if (!error.item().empty()) fmt::format_to(out, " what=\"{}\"", escaped(error.item()));
    if (error.attempts() > 0) fmt::format_to(out, " attempts={}", error.attempts());
    fmt::format_to(out, " last=\"{}\"", escaped(error.what()));
    if (!error.request_id().empty()) fmt::format_to(out, " request-id={}", escaped(error.request_id()));
    if (!error.advice().empty()) fmt::format_to(out, " hint=\"{}\"", escaped(error.advice()));
    return line;
}

}  // namespace af
