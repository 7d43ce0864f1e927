#include "stages/submit/graph_post.hpp"

#include <fmt/format.h>

namespace af {

std::vector<PlaceRange> posting_order(const TaskGraph& graph) {
    const std::size_t mergers = graph.mappers(), reducers = mergers + graph.mergers();
    return {{0, mergers}, {mergers, reducers}, {reducers, graph.size()}};
}

Task<void> list_places(Ports<void, std::size_t> io, PlaceRange range, const std::set<std::string>& skip,
                       const TaskGraph& graph) {
    for (std::size_t place = range.begin; place < range.end; ++place) {
        if (skip.contains(graph.task_id(place))) continue;
        co_await io.out.put(place);
    }
}

Task<void> post_tasks(Ports<std::size_t, void> io, const TaskGraph& graph, Queue& queue,
                      std::atomic<std::size_t>& posted) {
    while (true) {
        std::optional<std::size_t> place = co_await io.in.next();
        if (!place) break;
        GraphTask task = graph.task(*place);
        std::string id = task.task_id;
        CreateOutcome outcome = co_await queue.create_task(id, std::move(task.definition), io.stop);
        if (outcome.kind == CreateOutcome::Kind::conflict)
            throw Error(ErrorKind::corrupt,
                        fmt::format("the queue holds another task of this id: {}", outcome.conflict))
                .about(id);
        ++posted;
    }
}

}  // namespace af
