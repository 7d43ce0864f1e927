// Posts the tasks of a graph to the queue: one after the other by role, since a task may only depend on one that
// exists, and within a role many at a time.
//
//   Pipeline("post mappers").from("tasks", ..., place_range, range).into("post", {.workers = 32}, post_tasks, graph,
//   ...)
//
// Again    every attempt and every resumed submission sends the same bytes, so a task is created once (F30).
// Errors   conflict, as Error(corrupt) about the task: something else has its id. Else those of Queue::create_task;
//          they end the pipeline, and what was created stays.
// Threads  the network executor; everything by reference outlives the pipeline.
// Source   queue API, createTask; rows F30-F32 of the fault matrix.
#pragma once

#include "engine/stage.hpp"
#include "stages/submit/graph.hpp"
#include "stages/taskcluster/queue.hpp"

#include <atomic>
#include <set>

namespace af {

struct PlaceRange {
    std::size_t begin = 0;
    std::size_t end = 0;
};
// Mappers, mergers, reducers: those of one exist before those of the next are posted.
std::vector<PlaceRange> posting_order(const TaskGraph& graph);

// The places of a range; not those in `skip`.
Task<void> list_places(Ports<void, std::size_t> io, PlaceRange range, const std::set<std::string>& skip,
                       const TaskGraph& graph);

// Creates the task at each place; `posted` counts those that exist then.
Task<void> post_tasks(Ports<std::size_t, void> io, const TaskGraph& graph, Queue& queue,
                      std::atomic<std::size_t>& posted);

}  // namespace af
