#include "stages/map_files.hpp"

#include "tests/support/map_harness.hpp"

#include <catch2/catch.hpp>

using namespace af;
using namespace af::test;

namespace {

Task<void> fill(Sender<Piece> to, std::vector<Piece> pieces) {
    for (Piece& piece : pieces) {
        Piece next = std::move(piece);
        const bool taken = co_await to.put(std::move(next));
        if (!taken) co_return;
    }
}

// One object for each list of texts; "!" is a failure in its place.
Mapped run(Runtime& rt, MapFilesOptions options, FeederPool* feeders, std::vector<std::vector<std::string>> contents) {
    options.binary.net = rt.net().executor;
    BlockPool pool(1 << 16);
    std::vector<Inflated> objects;
    for (const auto& texts : contents) {
        std::vector<Piece> pieces;
        for (const std::string& text : texts) {
            if (text == "!") {
                pieces.emplace_back(Failure(Error(ErrorKind::corrupt, "truncated")));
                continue;
            }
            Block block = pool.take();
            block.append(text);
            pieces.emplace_back(std::move(block));
        }
        pieces.push_back(end_of_object());
        auto [sender, receiver] = channel<Piece>({.items = 2});
        const auto ordinal = static_cast<std::uint32_t>(objects.size());
        Inflated object{object_named("../evil/" + std::to_string(ordinal), ordinal), std::move(receiver),
                        std::make_shared<ObjectTotals>(ObjectTotals{.bytes_stored = 5, .bytes_inflated = 0})};
        objects.push_back(std::move(object));
        asio::co_spawn(rt.net().executor, fill(std::move(sender), std::move(pieces)), [](std::exception_ptr) {});
    }
    std::vector<MapItem> kept;
    Pipeline job("map");
    job.from("emit", {.on = rt.cpu()}, emit<Inflated>, objects)
        .then("map", {.on = rt.cpu()}, map_files, options, feeders)
        .into("keep", {.on = rt.cpu()}, keep, kept);
    job.run();
    return sorted_out(std::move(kept));
}

}  // namespace

TEST_CASE("map_files hands a program the path of a local copy, and removes it", "[map]") {
    Runtime rt(2);
    TemporaryFolder folder;
    MapFilesOptions options;
    options.scratch_dir = folder.path();
    options.binary.process = shell("read path; echo \"$path\"; cat \"$path\"");
    Mapped mapped = run(rt, options, nullptr, {{"one\n", "two\n"}, {"half", "!"}, {}});
    CHECK(mapped.lines == options.scratch_dir + "/00000000\none\ntwo\n" + options.scratch_dir + "/00000002\n");
    REQUIRE(mapped.ends.size() == 3);
    CHECK(mapped.ends[0].units == 1);
    CHECK(mapped.ends[0].bytes_inflated == 8);
    CHECK(mapped.ends[0].bytes_stored == 5);  // as read: the listing may not know
    CHECK(mapped.ends[1].failed);
    CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("map_files hands a script the path and the object's name", "[map]") {
    Runtime rt(2);
    TemporaryFolder folder, scratch;
    const std::string script = folder.file("mapper.py", R"(
def mapper(uuid, file, path):
    text = open(path).read()
    if text == "bad": raise ValueError("no")
    return "%s %s\n" % (file, text)
)");
    auto feeders = rt.block_on(FeederPool::start(rt.net().executor, feeder("map", script, "mapper", "lines"), 1, {}));
    MapFilesOptions options;
    options.scratch_dir = scratch.path();
    Mapped mapped = run(rt, options, feeders.get(), {{"one"}, {"bad"}});
    CHECK(mapped.lines == "../evil/0 one\n");
    REQUIRE(mapped.outputs.size() == 3);
    CHECK(mapped.outputs[2].bad.at(0).kind == "mapper");
    CHECK(std::filesystem::is_empty(scratch.path()));
    CHECK_FALSE(has_children());
}

TEST_CASE("map_files removes the copy when the program fails, and says which object it was", "[map]") {
    Runtime rt(2);
    TemporaryFolder folder;
    MapFilesOptions options;
    options.scratch_dir = folder.path();
    options.binary.process = shell("exit 9");
    const Error error = error_of([&] { run(rt, options, nullptr, {{"one\n"}}); });
    CHECK(error.kind() == ErrorKind::child_exit);
    CHECK(error.item() == "../evil/0");
    CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("map_files does not follow a link that lies where its copy should", "[map]") {
    Runtime rt(2);
    TemporaryFolder folder;
    const std::string precious = folder.file("precious", "kept");
    std::filesystem::create_symlink(precious, folder.path() / "00000000");
    MapFilesOptions options;
    options.scratch_dir = folder.path();
    options.binary.process = shell("cat");
    const Error error = error_of([&] { run(rt, options, nullptr, {{"one\n"}}); });
    CHECK(error.kind() == ErrorKind::os);
    CHECK(std::filesystem::file_size(precious) == 4);
}
