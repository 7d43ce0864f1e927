#include "stages/local_store.hpp"

#include "engine/runtime.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

using namespace af;

namespace {

struct Fixture {
    Runtime runtime{1};
    BlockPool pool{8};
    LocalStore store{runtime.cpu(), pool};
    TemporaryFolder folder;

    OpenObject open(const std::string& name, std::uint64_t offset = 0, std::string if_match = "") {
        return runtime.block_on(store.open(name, offset, std::move(if_match), {}));
    }
    std::string rest(HttpBody& body) {
        std::string text;
        for (;;) {
            auto block = runtime.block_on(body.next());
            if (!block) return text;
            text += block->view();
        }
    }
    ErrorKind failure(const std::string& name, std::uint64_t offset = 0, std::string if_match = "") {
        try {
            open(name, offset, std::move(if_match));
        } catch (const Error& error) {
            return error.kind();
        }
        return ErrorKind::bug;
    }
};

}  // namespace

TEST_CASE("a local file is read in blocks from any offset", "[local_store]") {
    Fixture f;
    const std::string name = f.folder.write("x", "0123456789abcdefgh");
    OpenObject whole = f.open(name);
    CHECK(whole.size == 18);
    CHECK(f.rest(*whole.body) == "0123456789abcdefgh");
    OpenObject tail = f.open(name, 15, whole.etag);
    CHECK(tail.offset == 15);
    CHECK(tail.size == 18);
    CHECK(f.rest(*tail.body) == "fgh");
    CHECK(f.rest(*f.open(name, 18).body).empty());
    CHECK(f.rest(*f.open(f.folder.write("empty", "")).body).empty());
}

TEST_CASE("a local file that is not there, not readable as a file, or another one is refused", "[local_store]") {
    Fixture f;
    const std::string name = f.folder.write("x", "0123");
    CHECK(f.failure(name + "y") == ErrorKind::not_found);
    CHECK(f.failure(f.folder.path().string()) == ErrorKind::usage);
    const std::string pipe = (f.folder.path() / "pipe").string();
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK(f.failure(pipe) == ErrorKind::usage);
    CHECK(f.failure(name, 5) == ErrorKind::corrupt);
    CHECK(f.failure(name, 0, "\"other\"") == ErrorKind::corrupt);
}

TEST_CASE("a local file that grows or shrinks while it is read is corrupt", "[local_store]") {
    Fixture f;
    for (const std::string_view changed : {"0123456789", "0123456789abcdefghijkl"}) {
        const std::string name = f.folder.write("x", "0123456789abcdefgh");
        OpenObject object = f.open(name);
        CHECK(f.runtime.block_on(object.body->next())->view() == "01234567");
        f.folder.write("x", changed);
        try {
            f.rest(*object.body);
            FAIL("the change went unnoticed");
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::corrupt);
        }
    }
}

TEST_CASE("a stop ends the reading of a local file", "[local_store]") {
    Fixture f;
    std::stop_source stop;
    OpenObject object = f.runtime.block_on(f.store.open(f.folder.write("x", "0123"), 0, "", stop.get_token()));
    stop.request_stop();
    CHECK_THROWS_AS(f.rest(*object.body), Error);
}
