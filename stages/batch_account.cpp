#include "stages/batch_account.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace af {
namespace {

constexpr std::size_t kKeptRecordBytes = 4 << 10;
constexpr std::size_t kKeptReasonBytes = 1 << 10;
constexpr std::size_t kKeptTextBytes = 256 << 10;

}  // namespace

std::vector<BadRecord> bad_records(const Batch& batch, const std::vector<BadEntry>& entries) {
    std::vector<BadRecord> bad;
    bad.reserve(entries.size());
    std::string_view rest = batch.lines.view();
    std::size_t text_left = kKeptTextBytes;
    std::uint64_t at = 0;  // the record that `rest` begins with
    for (const BadEntry& entry : entries) {
        for (; at < entry.record; ++at) rest.remove_prefix(std::min(rest.size(), rest.find('\n') + 1));
        const std::string_view record = rest.substr(0, rest.find('\n'));
        BadRecord letter{.line = batch.first_line + entry.record,
                         .kind = entry.kind,
                         .reason = entry.reason.substr(0, kKeptReasonBytes),
                         .record = std::string(record.substr(0, std::min(kKeptRecordBytes, text_left)))};
        text_left -= letter.record.size();
        bad.push_back(std::move(letter));
    }
    return bad;
}

void take_account(const Batch& batch, BatchAccount& account, MapOutput& output) {
    output.last = true;
    output.records_in = account.records;
    for (std::size_t i = kBadKeptPerObject; i < account.bad.size(); ++i) ++output.more_bad[account.bad[i].kind];
    if (account.bad.size() > kBadKeptPerObject) account.bad.resize(kBadKeptPerObject);
    output.bad = bad_records(batch, account.bad);
    output.counters = std::move(account.counters);
}

Error at_batch(Error error, const Batch& batch) {
    if (error.kind() == ErrorKind::cancelled) return error;
    const std::uint64_t last = batch.first_line + (batch.records ? batch.records - 1 : 0);
    const std::string where = fmt::format("map {} lines {}-{}", batch.object->name, batch.first_line, last);
    return std::move(error).during(where).about(batch.object->name);
}

}  // namespace af
