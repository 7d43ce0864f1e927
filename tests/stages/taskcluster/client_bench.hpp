// A TaskclusterClient without credentials over scripted replies.
#pragma once

#include "stages/taskcluster/client.hpp"
#include "tests/support/fake_http.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/stepped_clock.hpp"

#include <utility>
#include <vector>

namespace af::test {

struct ClientBench {
    explicit ClientBench(std::vector<FakeHttp::Reply> script,
                         TaskclusterAccess access = {"http://taskcluster", "", std::nullopt, "test"})
        : http(std::move(script)),
          client(http, Retrier{clock, [] { return 0.5; }, service_policy()}, std::move(access)) {}

    FakeHttp http;
    SteppedClock clock{SteppedClock::jumps};  // begins at 2023-11-14T23:13:20Z
    TaskclusterClient client;
};

template <class T>
Error error_of(Task<T> task) {
    try {
        run_task(std::move(task));
    } catch (const Error& error) {
        return error;
    }
    return Error(ErrorKind::bug, "it succeeded");
}

}  // namespace af::test
