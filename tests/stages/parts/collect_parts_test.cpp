#include "stages/parts/collect_parts.hpp"

#include "tests/support/run_stage.hpp"
#include "tests/support/sample_objects.hpp"

#include <catch2/catch.hpp>
#include <map>

using namespace af;

namespace {

// Keeps whole parts; "damaged" in one of them is corrupt, "disk full" is what no other part would survive either.
class Texts final : public PartTarget {
public:
    std::map<std::uint32_t, std::string> whole;

    std::unique_ptr<PartWriter> open(std::uint32_t place) override { return std::make_unique<Writer>(*this, place); }

private:
    class Writer final : public PartWriter {
    public:
        Writer(Texts& texts, std::uint32_t place) : texts_(texts), place_(place) {}
        void add(std::string_view bytes) override {
            text_ += bytes;
            if (text_ == "damaged") throw Error(ErrorKind::corrupt, "it is damaged");
            if (text_ == "disk full") throw Error(ErrorKind::no_space, "the disk is full");
        }
        void finish() override { texts_.whole[place_] = text_; }

    private:
        Texts& texts_;
        std::uint32_t place_;
        std::string text_;
    };
};

Inflated part(std::uint32_t place, std::string_view text, BlockPool& pool) {
    ObjectRef object;
    object.name = "part-" + std::to_string(place);
    object.ordinal = place;
    return {.object = std::make_shared<const ObjectRef>(std::move(object)),
            .pieces = whole_stream_of(text, pool.block_bytes(), pool)};
}

Inflated lost_part(std::uint32_t place, BlockPool& pool) {
    Inflated lost = part(place, "", pool);
    std::vector<Piece> pieces = pieces_of("half of it", 4, pool);
    pieces.push_back(Failure(Error(ErrorKind::not_found, "it is gone")));
    lost.pieces = stream_of(std::move(pieces));
    return lost;
}

StageRun<int> collect(std::vector<Inflated> parts, PartTarget& target) {
    return run_sink(collect_parts, std::move(parts), target);
}

}  // namespace

TEST_CASE("collect_parts takes whole parts and keeps the lost ones apart", "[parts]") {
    BlockPool pool(4);
    Texts texts;
    std::vector<Inflated> parts;
    parts.push_back(part(2, "two and more", pool));
    parts.push_back(lost_part(0, pool));
    parts.push_back(part(1, "damaged", pool));
    parts.push_back(part(3, "", pool));
    CHECK(!collect(std::move(parts), texts).ended_by);
    CHECK(texts.whole == std::map<std::uint32_t, std::string>{{2, "two and more"}, {3, ""}});
    const std::vector<LostPart> lost = texts.take_lost();
    REQUIRE(lost.size() == 2);
    CHECK(lost[0].part->ordinal == 0);
    CHECK(lost[0].why.kind() == ErrorKind::not_found);
    CHECK(lost[1].part->ordinal == 1);
    CHECK(lost[1].why.item() == "part-1");
    CHECK(texts.take_lost().empty());
}

TEST_CASE("collect_parts without parts ends", "[parts]") {
    Texts texts;
    CHECK(!collect({}, texts).ended_by);
    CHECK(texts.whole.empty());
}

TEST_CASE("what every part would meet ends collect_parts", "[parts]") {
    BlockPool pool(16);
    Texts texts;
    std::vector<Inflated> parts;
    parts.push_back(part(0, "disk full", pool));
    const auto run = collect(std::move(parts), texts);
    REQUIRE(run.ended_by);
    CHECK(run.ended_by->kind() == ErrorKind::no_space);
    CHECK(run.ended_by->item() == "part-0");
}
