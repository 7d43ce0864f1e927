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

    CHECK(ledger.take_damaged() == std::vector<ObjectPtr>{all[0]});
    CHECK(ledger.totals().objects_lost == 1);
    CHECK(ledger.take_damaged().empty());

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
    REQUIRE(ledger.take_damaged().size() == 1);
    ledger.lost(all[0], Error(ErrorKind::corrupt, "flipped elsewhere"));
    CHECK(ledger.take_damaged().empty());
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

TEST_CASE("bad records seen in what came damaged do not end the job when it is read again", "[ledger]") {
    const auto all = objects(2);
    const BadPolicy two{.max_count = 2};
    const auto bad_line = [](std::uint64_t line) {
        return std::vector<BadRecord>{{line, "json", "no JSON", ""}};
    };
    Ledger ledger(all, two, {});
    ledger.seen(*all[0], 10, bad_line(3), 1);
    ledger.lost(all[0], Error(ErrorKind::corrupt, "flipped"));
    REQUIRE(ledger.take_damaged().size() == 1);
    CHECK_NOTHROW(ledger.seen(*all[0], 10, bad_line(4), 1));
    try {
        ledger.seen(*all[1], 10, bad_line(1));
        FAIL("three bad records, two are allowed");
    } catch (const Error& error) {
        CHECK(std::string(error.what()).find("the first is o0 line 4") != std::string::npos);
    }
}
