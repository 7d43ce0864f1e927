#include "stages/flow/start_code.hpp"

#include "engine/join.hpp"
#include "stages/flow/reduce_side.hpp"

#include <array>
#include <exception>
#include <vector>

namespace af {
namespace {

// Keeps what it throws, since join() would tell the first in time.
Task<void> kept(Task<void> start, std::exception_ptr& error) {
    try {
        co_await std::move(start);
    } catch (...) {
        error = std::current_exception();
    }
}

}  // namespace

StartedCode start_code(const Job& job, const Widths& widths, StartOptions options, const Services& services) {
    StartedCode started;
    std::array<std::exception_ptr, 3> errors;
    std::vector<Task<void>> starts;
    starts.push_back(kept(into(Mappers::start(job, widths, options.lazy, services), started.mappers), errors[0]));
    if (options.reduce) starts.push_back(kept(into(start_reduce(job, services), started.reducer), errors[1]));
    starts.push_back(kept(check_combiner(job, services), errors[2]));
    services.runtime.block_on(join(std::move(starts)));
    for (const std::exception_ptr& error : errors) {
        if (error) std::rethrow_exception(error);
    }
    return started;
}

}  // namespace af
