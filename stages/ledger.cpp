#include "stages/ledger.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <tuple>

namespace af {

Ledger::Ledger(std::vector<ObjectPtr> asked, BadPolicy policy, BadHandler on_bad)
    : policy_(policy), on_bad_(std::move(on_bad)) {
    totals_.objects_asked = asked.size();
    accounts_.resize(asked.size());
    for (ObjectPtr& object : asked) {
        if (object->size != kUnknownSize) totals_.bytes_asked += object->size;
        const std::uint32_t ordinal = object->ordinal;
        accounts_.at(ordinal).object = std::move(object);
    }
}

void Ledger::whole(const ObjectEnd& end, const WholeObject& made) {
    std::lock_guard lock(mutex_);
    ObjectAccount& account = accounts_.at(end.object->ordinal);
    if (account.whole || account.lost) {
        throw Error(ErrorKind::bug, "an object was counted twice").about(end.object->name);
    }
    if (end.lines != made.records + end.long_lines) {
        throw Error(ErrorKind::bug, fmt::format("{} lines were read, but {} were mapped and {} were too long",
                                                end.lines, made.records, end.long_lines))
            .about(end.object->name);
    }
    account.whole = true;
    account.bytes_stored = end.bytes_stored;
    account.bytes_inflated = end.bytes_inflated;
    account.lines = end.lines;
    account.records = made.records;
    account.bytes_mapped = made.bytes_mapped;
    for (const auto& [kind, count] : made.bad_by_kind) {
        account.bad += count;
        totals_.bad_by_kind[kind] += count;
    }
    ++totals_.objects_read;
    totals_.bytes_stored += end.bytes_stored;
    totals_.bytes_inflated += end.bytes_inflated;
    totals_.lines += end.lines;
    totals_.records += made.records;
    totals_.bad += account.bad;
    totals_.bytes_mapped += made.bytes_mapped;
    if (end.object->size == kUnknownSize) totals_.bytes_asked += end.bytes_stored;
    if (account.bad > 0 && made.bad.empty())
        throw Error(ErrorKind::bug, "bad records were counted and none was told").about(end.object->name);
    if (!made.bad.empty()) keep_first(first_of_whole_, *end.object, made.bad.front());
    for (const BadRecord& record : made.bad) {
        if (on_bad_) on_bad_(*end.object, record);
    }
    for (const auto& [name, count] : made.counters) totals_.counters[name] += count;
    if (policy_.fail_on_first && !made.bad.empty()) {
        const BadRecord& first = made.bad.front();
        throw bad_record_error({end.object->name, first.line, first.kind, first.reason});
    }
    if (policy_.max_count && totals_.bad > *policy_.max_count)
        throw too_many_bad_error(policy_, totals_.bad, totals_.lines, first_of_whole_->bad);
}

void Ledger::count(const std::map<std::string, std::int64_t>& counters) {
    std::lock_guard lock(mutex_);
    for (const auto& [name, count] : counters) totals_.counters[name] += count;
}

void Ledger::lost(const ObjectPtr& object, Error why) {
    std::lock_guard lock(mutex_);
    ObjectAccount& account = accounts_.at(object->ordinal);
    if (account.whole || account.lost) throw Error(ErrorKind::bug, "an object was counted twice").about(object->name);
    if (!account.read_again_because.empty()) why = std::move(why).after(std::max(2, why.attempts()));
    account.lost = std::move(why);
    ++totals_.objects_lost;
}

std::vector<Ledger::Damaged> Ledger::take_damaged(std::uint64_t allowed_lost) {
    std::lock_guard lock(mutex_);
    std::vector<ObjectAccount*> damaged;
    for (ObjectAccount& account : accounts_) {
        const bool is_damaged = account.lost && account.lost->kind() == ErrorKind::corrupt;
        if (is_damaged && account.read_again_because.empty()) damaged.push_back(&account);
    }
    if (totals_.objects_lost - damaged.size() > allowed_lost) return {};
    std::vector<Damaged> again;
    for (ObjectAccount* account : damaged) {
        account->read_again_because = account->lost->what();
        account->lost.reset();
        again.push_back({account->object, account->read_again_because});
    }
    totals_.objects_lost -= again.size();
    return again;
}

void Ledger::seen(const ObjectRef& object, std::uint64_t records, const std::vector<BadRecord>& bad,
                  std::uint64_t more_bad) {
    std::lock_guard lock(mutex_);
    seen_records_ += records;
    seen_bad_ += bad.size() + more_bad;
    if (bad.empty()) return;
    const BadRecord& first = *std::min_element(bad.begin(), bad.end(),
                                               [](const BadRecord& a, const BadRecord& b) { return a.line < b.line; });
    keep_first(first_seen_, object, first);
    const bool none_good = seen_records_ >= 10'000 && seen_bad_ >= seen_records_;
    const bool allowed = policy_.max_count ? seen_bad_ <= *policy_.max_count : policy_.max_share >= 1;
    if (none_good && !allowed) throw too_many_bad_error(policy_, seen_bad_, seen_records_, first_seen_->bad);
}

void Ledger::keep_first(std::optional<Met>& first, const ObjectRef& object, const BadRecord& bad) {
    if (first && std::tie(first->ordinal, first->bad.line) <= std::tie(object.ordinal, bad.line)) return;
    first = Met{object.ordinal, {object.name, bad.line, bad.kind, bad.reason}};
}

Totals Ledger::totals() const {
    std::lock_guard lock(mutex_);
    Totals totals = totals_;
    if (first_of_whole_) totals.first_bad = first_of_whole_->bad;
    return totals;
}

std::vector<ObjectAccount> Ledger::accounts() const {
    std::lock_guard lock(mutex_);
    return accounts_;
}

std::optional<Error> Ledger::verdict(std::uint64_t allowed_lost) const {
    std::lock_guard lock(mutex_);
    if (totals_.objects_read + totals_.objects_lost != totals_.objects_asked) {
        return Error(ErrorKind::bug, fmt::format("{} objects were asked for, {} were read and {} lost",
                                                 totals_.objects_asked, totals_.objects_read, totals_.objects_lost));
    }
    if (totals_.objects_lost > allowed_lost) {
        for (const ObjectAccount& account : accounts_) {
            if (!account.lost) continue;
            const Error& first = *account.lost;
            Error error(first.kind(), totals_.objects_lost == 1 ? std::string(first.what())
                                                                : fmt::format("{} (and {} more objects)", first.what(),
                                                                              totals_.objects_lost - 1));
            if (first.attempts() > 0) error = std::move(error).after(first.attempts());
            return std::move(error)
                .about(account.object->name)
                .request(first.request_id())
                .hint(first.advice().empty() ? "nothing was written; the manifest lists every object that failed"
                                             : first.advice());
        }
    }
    return verdict_on_bad(policy_, totals_.bad, totals_.lines,
                          first_of_whole_ ? std::optional(first_of_whole_->bad) : std::nullopt);
}

}  // namespace af
