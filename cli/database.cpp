#include "cli/database.hpp"

#include "engine/error.hpp"
#include "engine/unique_fd.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

namespace af {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kLockPatience = 10s;

// SQLite would take what the umask leaves of 0644. Its files for the log get the mode of this one.
void make_private_file(const std::string& name) {
    UniqueFd made(::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (made) {
        if (::fchmod(made.get(), 0600) == 0) return;
        throw os_error(errno, "setting its mode").about(name);
    }
    if (errno != EEXIST) throw os_error(errno, "making it").about(name);
    // Never opened here when it was there before: closing it would give up the locks of this process on it.
    struct stat there {};
    if (::stat(name.c_str(), &there) != 0) throw os_error(errno, "looking at it").about(name);
    if (!S_ISREG(there.st_mode)) throw Error(ErrorKind::config, "it is no regular file").about(name);
    if ((there.st_mode & 0777) != 0600) ::chmod(name.c_str(), 0600);  // of somebody else: the next check tells
}

// What SQLite would only call "unable to open": the log needs the folder, too.
void check_writable(const std::filesystem::path& file) {
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    for (const auto& [path, wanted] : {std::pair(file, R_OK | W_OK), std::pair(folder, W_OK | X_OK)}) {
        if (::access(path.c_str(), wanted) == 0) continue;
        throw Error(ErrorKind::refused,
                    fmt::format("it cannot be written to: {}", std::generic_category().message(errno)))
            .about(path.string());
    }
}

ErrorKind kind_of(int status, int error_number) {
    if (error_number == ENOSPC || error_number == EDQUOT) return ErrorKind::no_space;
    switch (status & 0xff) {
        case SQLITE_FULL: return ErrorKind::no_space;
        case SQLITE_NOTADB:
        case SQLITE_CORRUPT: return ErrorKind::config;
        case SQLITE_PERM:
        case SQLITE_AUTH:
        case SQLITE_READONLY: return ErrorKind::refused;
        case SQLITE_CANTOPEN:
        case SQLITE_IOERR:
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL: return ErrorKind::io;
        case SQLITE_NOMEM: return ErrorKind::os;
        default: return ErrorKind::bug;
    }
}

}  // namespace

void CloseDatabase::operator()(sqlite3* database) const noexcept { ::sqlite3_close_v2(database); }
void EndStatement::operator()(sqlite3_stmt* statement) const noexcept { ::sqlite3_finalize(statement); }

Database::Database(const std::filesystem::path& file) : name_(file.string()) {
    make_private_file(name_);
    check_writable(file);
    sqlite3* opened = nullptr;
    const int status =
        ::sqlite3_open_v2(name_.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, nullptr);
    handle_.reset(opened);
    if (!opened) throw Error(ErrorKind::os, "out of memory").about(name_);
    if (status != SQLITE_OK) fail("opening it");
    ::sqlite3_busy_timeout(opened, static_cast<int>(kLockPatience.count()));
    use_write_ahead_log();
    run("PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON");
}

// The change of mode needs the file for itself and does not wait for it as other statements do. Where the file system
// has no shared memory it does not happen, and the database works without the log.
void Database::use_write_ahead_log() {
    const auto until = std::chrono::steady_clock::now() + kLockPatience;
    for (;;) {
        const int status = ::sqlite3_exec(handle_.get(), "PRAGMA journal_mode=WAL", nullptr, nullptr, nullptr);
        if (status == SQLITE_OK) return;
        if ((status & 0xff) != SQLITE_BUSY || std::chrono::steady_clock::now() >= until) fail("opening it");
        std::this_thread::sleep_for(20ms);
    }
}

void Database::run(const char* statements) {
    if (::sqlite3_exec(handle_.get(), statements, nullptr, nullptr, nullptr) != SQLITE_OK) fail("writing it");
}

std::int64_t Database::number(const char* query) const {
    Statement statement(*this, query);
    return statement.step() ? statement.number(0) : 0;
}

void Database::fail(std::string_view doing) const {
    const int status = ::sqlite3_extended_errcode(handle_.get());
    const ErrorKind kind = kind_of(status, ::sqlite3_system_errno(handle_.get()));
    Error error = Error(kind, fmt::format("{}: {}", doing, ::sqlite3_errmsg(handle_.get()))).about(name_);
    if (kind == ErrorKind::config)
        throw std::move(error).hint("It is damaged or another program's file: move it away.");
    if ((status & 0xff) == SQLITE_BUSY)
        throw std::move(error).hint("Another program keeps it locked; try again later.");
    throw error;
}

Statement::Statement(const Database& database, std::string_view sql) : database_(database) {
    sqlite3_stmt* made = nullptr;
    const int status =
        ::sqlite3_prepare_v2(database.handle_.get(), sql.data(), static_cast<int>(sql.size()), &made, nullptr);
    handle_.reset(made);
    check(status);
}

void Statement::check(int status) const {
    if (status != SQLITE_OK) database_.fail("using it");
}

Statement& Statement::text(int parameter, std::string_view value) {
    check(
        ::sqlite3_bind_text64(handle_.get(), parameter + 1, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
    return *this;
}

Statement& Statement::number(int parameter, std::int64_t value) {
    check(::sqlite3_bind_int64(handle_.get(), parameter + 1, value));
    return *this;
}

Statement& Statement::blob(int parameter, std::string_view value) {
    check(::sqlite3_bind_blob64(handle_.get(), parameter + 1, value.data(), value.size(), SQLITE_STATIC));
    return *this;
}

bool Statement::step() {
    const int status = ::sqlite3_step(handle_.get());
    if (status == SQLITE_ROW) return true;
    if (status == SQLITE_DONE) return false;
    database_.fail("using it");
}

std::string Statement::text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(::sqlite3_column_text(handle_.get(), column));
    if (!bytes) return "";
    return std::string(bytes, static_cast<std::size_t>(::sqlite3_column_bytes(handle_.get(), column)));
}

std::int64_t Statement::number(int column) const { return ::sqlite3_column_int64(handle_.get(), column); }

std::string_view Statement::blob(int column) const {
    const auto* bytes = static_cast<const char*>(::sqlite3_column_blob(handle_.get(), column));
    if (!bytes) return {};
    return {bytes, static_cast<std::size_t>(::sqlite3_column_bytes(handle_.get(), column))};
}

Transaction::Transaction(Database& database) : database_(database) { database_.run("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
    if (!open_) return;
    try {
        database_.run("ROLLBACK");
    } catch (const Error&) {
        // SQLite has rolled back by itself after some errors; what matters is being thrown already.
    }
}

void Transaction::commit() {
    database_.run("COMMIT");
    open_ = false;
}

}  // namespace af
