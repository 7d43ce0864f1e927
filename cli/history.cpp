#include "cli/history.hpp"

#include "cli/settings.hpp"
#include "engine/error.hpp"
#include "stages/codec/decoder.hpp"
#include "stages/codec/encoder.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <array>
#include <cerrno>
#include <limits>

namespace af {
namespace {

constexpr std::int64_t kVersion = 1;
// In the file's header, so that no other program's database is taken for a history: "afH1".
constexpr std::int64_t kApplication = 0x61664831;

// The large columns come last: lists do not read them.
constexpr const char* kSchema = R"(
CREATE TABLE submissions (
    group_id TEXT PRIMARY KEY,
    root_url TEXT NOT NULL,
    created_ns INTEGER NOT NULL,
    name TEXT NOT NULL,
    owner TEXT NOT NULL,
    image TEXT NOT NULL,
    tasks INTEGER NOT NULL,
    objects INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    state TEXT NOT NULL,
    envelope TEXT NOT NULL,
    plan BLOB NOT NULL -- zstd
);
CREATE INDEX submissions_by_age ON submissions (created_ns);
PRAGMA application_id=1634093105;
PRAGMA user_version=1;
)";
static_assert(kVersion == 1 && kApplication == 1634093105, "as the schema has them");

constexpr std::string_view kFacts = "group_id, root_url, created_ns, name, owner, image, tasks, objects, bytes, state";

std::string compressed(std::string_view text) {
    std::string out;
    const Encoder::Sink sink = [&](std::string_view bytes) { out += bytes; };
    const auto encoder = encoder_for("plan.zst");
    encoder->add(text, sink);
    encoder->finish(sink);
    return out;
}

std::string decompressed(std::string_view bytes) {
    const auto decoder = make_decoder(Codec::zstd, std::size_t{128} << 20);
    decoder->reset();
    std::string out;
    std::array<char, 64 << 10> buffer;
    for (;;) {
        Result<Step> step = decoder->decode(bytes, true, buffer);
        if (!step) throw std::move(step.error());
        bytes.remove_prefix(step->consumed);
        out.append(buffer.data(), step->produced);
        if (step->ended) return out;
    }
}

const std::filesystem::path& with_folder(const std::filesystem::path& file) {
    const std::filesystem::path folder = file.parent_path();
    std::error_code error;
    std::filesystem::create_directories(folder.parent_path(), error);  // what is wrong shows next
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        throw os_error(errno, "making the folder of the job history").about(folder.string());
    return file;
}

std::int64_t whole(std::uint64_t value) {
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return static_cast<std::int64_t>(std::min(value, kMost));
}

std::int64_t nanoseconds(WallTime at) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
}

Submission facts_of(const Statement& row) {
    Submission facts;
    facts.group_id = row.text(0);
    facts.root_url = row.text(1);
    facts.created = WallTime(std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds(row.number(2))));
    facts.name = row.text(3);
    facts.owner = row.text(4);
    facts.image = row.text(5);
    facts.tasks = static_cast<std::uint64_t>(row.number(6));
    facts.objects = static_cast<std::uint64_t>(row.number(7));
    facts.bytes = static_cast<std::uint64_t>(row.number(8));
    facts.state = row.text(9);
    return facts;
}

// An empty database gets the tables; one that has any must be a history of ours.
void prepare(Database& database) {
    const auto is_ready = [&] {
        return database.number("PRAGMA application_id") == kApplication &&
               database.number("PRAGMA user_version") == kVersion;
    };
    if (is_ready()) return;
    Transaction transaction(database);  // another program may be making them at this moment
    if (is_ready()) return;
    if (database.number("PRAGMA application_id") == kApplication) {
        throw Error(ErrorKind::config,
                    fmt::format("it is the job history of a newer af (version {}; this one knows {})",
                                database.number("PRAGMA user_version"), kVersion))
            .about(database.name())
            .hint("Use that af, or move the file away to begin a new history.");
    }
    if (database.number("SELECT count(*) FROM sqlite_schema") > 0) {
        throw Error(ErrorKind::config, "it is another program's database, no job history")
            .about(database.name())
            .hint("Move it away to begin a new history.");
    }
    database.run(kSchema);
    transaction.commit();
}

}  // namespace

std::filesystem::path history_file(const Environment& environment) {
    return state_folder(environment) / "history.sqlite";
}

History::History(const std::filesystem::path& file) : database_(with_folder(file)) { prepare(database_); }

void History::add(const StoredSubmission& submission) {
    const std::string plan = compressed(submission.plan);
    const Submission& facts = submission.facts;
    if (find_facts(facts.group_id))
        throw Error(ErrorKind::bug, "this submission is in the job history already").about(facts.group_id);
    Statement(database_,
              fmt::format("INSERT INTO submissions ({}, envelope, plan) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", kFacts))
        .text(0, facts.group_id)
        .text(1, facts.root_url)
        .number(2, nanoseconds(facts.created))
        .text(3, facts.name)
        .text(4, facts.owner)
        .text(5, facts.image)
        .number(6, whole(facts.tasks))
        .number(7, whole(facts.objects))
        .number(8, whole(facts.bytes))
        .text(9, facts.state)
        .text(10, submission.envelope)
        .blob(11, plan)
        .step();
}

void History::set_state(const std::string& group_id, std::string_view state) {
    Statement(database_, "UPDATE submissions SET state = ? WHERE group_id = ? AND state <> ?")
        .text(0, state)
        .text(1, group_id)
        .text(2, state)
        .step();
}

std::optional<Submission> History::find_facts(const std::string& group_id) const {
    Statement row(database_, fmt::format("SELECT {} FROM submissions WHERE group_id = ?", kFacts));
    row.text(0, group_id);
    if (!row.step()) return std::nullopt;
    return facts_of(row);
}

std::optional<StoredSubmission> History::find(const std::string& group_id) const {
    Statement row(database_, fmt::format("SELECT {}, envelope, plan FROM submissions WHERE group_id = ?", kFacts));
    row.text(0, group_id);
    if (!row.step()) return std::nullopt;
    try {
        return StoredSubmission{.facts = facts_of(row), .plan = decompressed(row.blob(11)), .envelope = row.text(10)};
    } catch (Error& error) {
        throw Error(ErrorKind::config, fmt::format("the plan of submission {} is damaged: {}", group_id, error.what()))
            .about(database_.name());
    }
}

std::optional<Submission> History::latest() const {
    std::vector<Submission> newest = list(1);
    if (newest.empty()) return std::nullopt;
    return std::move(newest.front());
}

std::vector<Submission> History::list(std::size_t most) const {
    Statement row(database_,
                  fmt::format("SELECT {} FROM submissions ORDER BY created_ns DESC, rowid DESC LIMIT ?", kFacts));
    row.number(0, whole(most));
    std::vector<Submission> found;
    while (row.step()) found.push_back(facts_of(row));
    return found;
}

}  // namespace af
