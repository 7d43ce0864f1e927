// The submissions of this user: what `af jobs` lists and `af submit --resume` goes on with. One SQLite file (WAL, mode
// 0600) in $XDG_STATE_HOME/af; several programs may use it at once.
//
// Written  before the first task is created, with all that makes the same definitions again: the plan, the date, the
//          sealed envelope. No key and no token in clear.
// Errors   Error(io, no_space, refused) about the file; config: a file that is no history, or of a newer version; bug:
//          a submission added twice.
// Threads  one at a time. Each program, and each part of one, may have its own.
// Source   https://www.sqlite.org/wal.html; row F32 of the fault matrix.
#pragma once

#include "cli/database.hpp"
#include "stages/environment.hpp"
#include "stages/s3/aws_keys.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace af {

struct Submission {
    std::string group_id;  // its id for people, too
    std::string root_url;
    WallTime created;  // kept to the nanosecond
    std::string name;  // of the job
    std::string owner;
    std::string image;
    std::uint64_t tasks = 0;
    std::uint64_t objects = 0;
    std::uint64_t bytes = 0;
    std::string state;  // "posting", "posted", then what was seen last: "running", "completed", "failed", "cancelled"
};

// With what resume needs; read one at a time, since a plan may be large.
struct StoredSubmission {
    Submission facts;
    std::string plan;      // plan_json()
    std::string envelope;  // sealed; empty: none
};

// $XDG_STATE_HOME/af/history.sqlite
std::filesystem::path history_file(const Environment& environment);

class History {
public:
    // Makes file and folder (0700) when they are not there.
    explicit History(const std::filesystem::path& file);

    // On disk (fsync) when it returns.
    void add(const StoredSubmission& submission);
    void set_state(const std::string& group_id, std::string_view state);  // nothing happens to one it does not know
    std::optional<StoredSubmission> find(const std::string& group_id) const;
    std::optional<Submission> find_facts(const std::string& group_id) const;  // without the plan
    std::optional<Submission> latest() const;
    std::vector<Submission> list(std::size_t most) const;  // newest first

private:
    Database database_;
};

}  // namespace af
