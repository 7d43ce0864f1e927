// One SQLite file and its prepared statements, with every return code checked.
//
// Bounds   a lock that another process holds is waited for, 10 s long.
// Errors   Error about the file: no_space; refused (permissions, read-only); io (a failed read or write, a lock that
//          does not come free); config (no database, or a damaged one); os (memory); bug (a wrong statement).
// Threads  one at a time. A statement ends before its database.
// Source   https://www.sqlite.org/c3ref/intro.html, https://www.sqlite.org/wal.html
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace af {

struct CloseDatabase {
    void operator()(sqlite3* database) const noexcept;
};
struct EndStatement {
    void operator()(sqlite3_stmt* statement) const noexcept;
};

class Database {
public:
    // Makes the file when it is not there, mode 0600 whatever the umask. Write-ahead log, synchronous=FULL: a
    // transaction is on disk when it has ended.
    explicit Database(const std::filesystem::path& file);

    void run(const char* statements);  // those without results
    std::int64_t number(const char* query) const;
    const std::string& name() const noexcept { return name_; }

    [[noreturn]] void fail(std::string_view doing) const;

private:
    friend class Statement;
    void use_write_ahead_log();

    std::string name_;
    std::unique_ptr<sqlite3, CloseDatabase> handle_;
};

// Parameters and columns are numbered from 0, in the order of the statement.
class Statement {
public:
    Statement(const Database& database, std::string_view sql);

    // Texts are copied; blobs are not, and stay as they are until the statement has ended.
    Statement& text(int parameter, std::string_view value);
    Statement& number(int parameter, std::int64_t value);
    Statement& blob(int parameter, std::string_view value);

    bool step();  // true: there is a row
    std::string text(int column) const;
    std::int64_t number(int column) const;
    std::string_view blob(int column) const;  // until the next step()

private:
    void check(int status) const;

    const Database& database_;
    std::unique_ptr<sqlite3_stmt, EndStatement> handle_;
};

// Everything or nothing: rolled back unless committed. Takes the lock for writing at once.
class Transaction {
public:
    explicit Transaction(Database& database);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

private:
    Database& database_;
    bool open_ = true;
};

}  // namespace af
