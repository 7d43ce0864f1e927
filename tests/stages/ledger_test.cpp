#include "stages/ledger.hpp"

#include <catch2/catch.hpp>

using namespace af;

namespace {

std::vector<ObjectPtr> objects(std::uint32_t count) {
    std::vector<ObjectPtr> all;
    for (std::uint32_t i = 0; i < count; ++i) {
        auto object = std::make_shared<ObjectRef>();
        object->name = "o" + std::to_string(i);
        object->ordinal = i;
        all.push_back(std::move(object));
    }
    return all;
}

ObjectEnd end_of(const ObjectPtr& object, std::uint64_t lines) {
    ObjectEnd end;
    end.object = object;
    end.lines = lines;
    return end;
}

WholeObject of_records(std::uint64_t records) {
    WholeObject made;
    made.records = records;
    return made;
}

}  // namespace

TEST_CASE("objects that came damaged are given once, to be read again, and those lost otherwise never", "[ledger]") {
    const auto all = objects(3);
    Ledger ledger(all, {}, {});
    ledger.lost(all[0], Error(ErrorKind::corrupt, "flipped"));
    ledger.lost(all[1], Error(ErrorKind::not_found, "gone"));
    ledger.whole(end_of(all[2], 4), of_records(4));

    CHECK(ledger.take_damaged(0).empty());  // one is gone, and none may be
    const auto damaged = ledger.take_damaged(1);
    REQUIRE(damaged.size() == 1);
    CHECK(damaged[0].object == all[0]);
    CHECK(damaged[0].why == "flipped");
    CHECK(ledger.totals().objects_lost == 1);
    CHECK(ledger.take_damaged(1).empty());

    ledger.whole(end_of(all[0], 2), of_records(2));
    CHECK(ledger.totals().objects_read == 2);
    CHECK(ledger.totals().records == 6);
    CHECK(ledger.accounts()[0].read_again_because == "flipped");
    CHECK(ledger.verdict(0)->kind() == ErrorKind::not_found);
    CHECK_FALSE(ledger.verdict(1));
}

TEST_CASE("an object that is damaged again is lost after two attempts", "[ledger]") {
    const auto all = objects(1);
    Ledger ledger(all, {}, {});
    ledger.lost(all[0], Error(ErrorKind::corrupt, "flipped"));
    REQUIRE(ledger.take_damaged(0).size() == 1);
    ledger.lost(all[0], Error(ErrorKind::corrupt, "flipped elsewhere"));
    CHECK(ledger.take_damaged(0).empty());
    const auto verdict = ledger.verdict(0);
    REQUIRE(verdict);
    CHECK(verdict->attempts() == 2);
    CHECK(std::string(verdict->what()) == "flipped elsewhere");
}

TEST_CASE("an object that was not given to be read again cannot be counted twice", "[ledger]") {
    const auto all = objects(1);
    Ledger ledger(all, {}, {});
    ledger.lost(all[0], Error(ErrorKind::corrupt, "flipped"));
    CHECK_THROWS_AS(ledger.whole(end_of(all[0], 1), of_records(1)), Error);
}

TEST_CASE("bad records end the job when their object is whole, not when they are seen", "[ledger]") {
    const auto all = objects(2);
    const std::vector<BadRecord> bad{{3, "json", "no JSON", ""}};
    const BadPolicy policy =
        GENERATE(BadPolicy{.fail_on_first = true, .max_count = {}}, BadPolicy{.fail_on_first = false, .max_count = 0});
    Ledger ledger(all, policy, {});
    CHECK_NOTHROW(ledger.seen(*all[0], 10, bad));
    ledger.lost(all[0], Error(ErrorKind::corrupt, "flipped"));
    REQUIRE(ledger.take_damaged(0).size() == 1);
    CHECK_NOTHROW(ledger.whole(end_of(all[0], 10), of_records(10)));

    WholeObject made = of_records(10);
    made.bad = bad;
    made.bad_by_kind["json"] = 1;
    try {
        ledger.whole(end_of(all[1], 10), made);
        FAIL("a bad record, and none is allowed");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::corrupt);
        CHECK_THAT(error.what(), Catch::EndsWith("o1 line 3: no JSON"));
    }
}

TEST_CASE("a job without a good record ends early, unless so many bad ones are allowed", "[ledger]") {
    const auto all = objects(1);
    std::vector<BadRecord> bad;
    for (std::uint64_t line = 1; line <= 100; ++line) bad.push_back({line, "json", "no JSON", ""});
    const auto ends_early = [&](const BadPolicy& policy, std::uint64_t good) {
        Ledger ledger(all, policy, {});
        try {
            ledger.seen(*all[0], 5'000 + good, bad, 4'900);
            ledger.seen(*all[0], 5'000, bad, 4'900);
        } catch (const Error& error) {
            return true;
        }
        return false;
    };
    CHECK(ends_early({}, 0));
    CHECK_FALSE(ends_early({}, 1));
    CHECK(ends_early({.max_count = 9'999}, 0));
    CHECK_FALSE(ends_early({.max_count = 10'000}, 0));
    CHECK_FALSE(ends_early({.max_count = {}, .max_share = 1}, 0));
}
