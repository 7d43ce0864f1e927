#include "engine/error.hpp"

#include <catch2/catch.hpp>
#include <cerrno>

using namespace af;

TEST_CASE("an error line names kind, exit code, item, attempts, story and advice on one line") {
    Error error = Error(ErrorKind::unavailable, "HTTP 503 SlowDown")
                      .during("fetch")
                      .about("s3://b/k\n1")
                      .after(6)
                      .hint("try later");
    CHECK(error_line("af", error, exit_code(error.kind())) ==
          "af: ERROR TEMPFAIL exit=75 what=\"s3://b/k\\x0a1\" attempts=6 last=\"fetch: HTTP 503 SlowDown\" hint=\"try "
          "later\"");
    CHECK(error.may_heal());
}

TEST_CASE("the first one to name an item or give advice wins") {
    Error error = Error(ErrorKind::corrupt, "x").about("inner").about("outer").hint("first").hint("second");
    CHECK(error.item() == "inner");
    CHECK(error.advice() == "first");
}

TEST_CASE("system errors become kinds with their own exit codes") {
    CHECK(exit_code(os_error(ENOSPC, "write").kind()) == 73);
    CHECK(exit_code(os_error(EIO, "fsync").kind()) == 74);
    CHECK(exit_code(os_error(ENOENT, "open").kind()) == 66);
    CHECK(exit_code(os_error(EMFILE, "open").kind()) == 71);
}
