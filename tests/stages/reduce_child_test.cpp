#include "stages/reduce_child.hpp"

#include "engine/join.hpp"
#include "tests/support/map_harness.hpp"

#include <catch2/catch.hpp>

using namespace af;
using namespace af::test;

namespace {

struct Reduced {
    std::string result;
    ReducerAccount account;
};

Task<void> give(Sender<Block> to, BlockPool& pool, std::string text) {
    std::string_view rest = text;
    while (!rest.empty()) {
        Block block = pool.take();
        const std::string_view piece = rest.substr(0, block.room().size());
        block.append(piece);
        rest.remove_prefix(piece.size());
        const bool taken = co_await to.put(std::move(block));
        if (!taken) co_return;
    }
}

Task<void> take(Receiver<Block> from, std::string& result) {
    while (auto block = co_await from.next()) result.append(block->view());
}

Task<void> reduce(Executor net, ReducerSpec spec, Receiver<Block> in, Sender<Block> out, BlockPool& pool,
                  ReducerAccount& account) {
    const bool is_feeder = spec.is_feeder;
    auto process = co_await start_reducer(net, std::move(spec), {});
    account = co_await run_reducer(net, std::move(process), is_feeder, std::move(in), std::move(out), pool, {});
}

Task<Reduced> run(Executor net, ReducerSpec spec, std::string sorted) {
    BlockPool pool(64 << 10);
    Reduced reduced;
    auto [to_child, in] = channel<Block>({.items = 2});
    auto [out, from_child] = channel<Block>({.items = 2});
    std::vector<Task<void>> all;
    all.push_back(give(std::move(to_child), pool, std::move(sorted)));
    all.push_back(take(std::move(from_child), reduced.result));
    all.push_back(reduce(net, std::move(spec), std::move(in), std::move(out), pool, reduced.account));
    co_await join(std::move(all));
    co_return std::move(reduced);
}

ReducerSpec program(const std::string& script) {
    ReducerSpec spec;
    spec.process = shell(script);
    spec.is_feeder = false;
    return spec;
}

}  // namespace

TEST_CASE("a script reduces each run of equal keys", "[map]") {
    Runtime rt(1);
    TemporaryFolder folder;
    ReducerSpec spec;
    spec.process = feeder("reduce", folder.file("reducer.py", R"(
def reduce(key, values):
    return str(key) + " " + str(sum(int(v) for v in values))
)"), "reduce");
    const Reduced reduced = rt.block_on(run(rt.net().executor, spec, "Linux\t1\nWINNT\t2\nWINNT\t3\n"));
    CHECK(reduced.result == "Linux 1\nWINNT 5\n");
    CHECK(reduced.account.bytes_in == 24);
    CHECK_FALSE(has_children());
}

TEST_CASE("a reducer may write while it reads, and its last line is ended", "[map]") {
    Runtime rt(1);
    std::string text;
    while (text.size() < (8 << 20)) text += "key\tvalue\n";
    const Reduced reduced =
        rt.block_on(run(rt.net().executor, program("cat; printf end; echo reporter:counter:a,b,1 >&2"), text));
    CHECK(reduced.result == text + "end\n");
    CHECK(reduced.account.counters.at("a\tb") == 1);
}

TEST_CASE("a reducer that fails, or leaves input unread, is an error", "[map]") {
    Runtime rt(1);
    const std::string text(8 << 20, 'x');
    const Error failed =
        error_of([&] { rt.block_on(run(rt.net().executor, program("cat; echo why >&2; exit 2"), text)); });
    CHECK(failed.kind() == ErrorKind::child_exit);
    CHECK(std::string(failed.what()) == "reduce: script: exit status 2: why");
    const Error unread = error_of([&] { rt.block_on(run(rt.net().executor, program("head -c 1"), text)); });
    CHECK(unread.kind() == ErrorKind::child_stdin);
    // It waits for its input, that writing to it does not fail.
    const char* waits = "python3 -c 'import select; select.select([0], [], [])'";
    const Error few = error_of([&] { rt.block_on(run(rt.net().executor, program(waits), "a\t1\n")); });
    CHECK(few.kind() == ErrorKind::child_stdin);
    CHECK(std::string(few.what()).find("4 bytes of its input unread") != std::string::npos);
    CHECK_FALSE(has_children());
}

TEST_CASE("a script that ends its process with status 0 has not reduced all keys", "[map]") {
    Runtime rt(1);
    TemporaryFolder folder;
    for (const char* leave : {"sys.exit()", "os._exit(0)"}) {
        ReducerSpec spec;
        spec.process = feeder(
            "reduce",
            folder.file("reducer.py", std::string("import os, sys\ndef reduce(key, values):\n    if key == 'c': ") +
                                          leave + "\n    return key\n"),
            "reduce");
        const Error error = error_of([&] { rt.block_on(run(rt.net().executor, spec, "a\t1\nb\t1\nc\t1\nd\t1\n")); });
        CHECK(error.kind() == ErrorKind::child_stdin);
        CHECK(std::string(error.what()).find("before it had reduced all keys") != std::string::npos);
    }
    CHECK_FALSE(has_children());
}

TEST_CASE("results around the size of a block lose nothing to the trailer", "[map]") {
    Runtime rt(1);
    TemporaryFolder folder;
    ReducerSpec spec;
    spec.process =
        feeder("reduce", folder.file("reducer.py", "def reduce(key, values):\n    return int(key) * 'x'\n"), "reduce");
    for (int size = (64 << 10) - 10; size < (64 << 10) + 3; ++size) {
        const Reduced reduced = rt.block_on(run(rt.net().executor, spec, std::to_string(size) + "\t1\n"));
        CHECK(reduced.result == std::string(static_cast<std::size_t>(size), 'x') + "\n");
    }
}

TEST_CASE("a reducer whose script raises ends with what it said", "[map]") {
    Runtime rt(1);
    TemporaryFolder folder;
    ReducerSpec spec;
    spec.process =
        feeder("reduce", folder.file("reducer.py", "def reduce(key, values):\n    return 1 / 0\n"), "reduce");
    const Error error = error_of([&] { rt.block_on(run(rt.net().executor, spec, "a\t1\n")); });
    CHECK(error.kind() == ErrorKind::child_exit);
    CHECK(std::string(error.what()).find("ZeroDivisionError") != std::string::npos);
}
