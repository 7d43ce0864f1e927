// A plan becomes a graph on a cluster.
//
// Order    the token, the record in the history, the tasks: a submission killed at any moment can go on (`--resume`),
//          and no task is created that the history does not know of.
// Errors   Failed; the table in README.md. Once tasks are being created, a warning names the command that goes on.
#pragma once

#include "cli/cluster.hpp"
#include "cli/console.hpp"
#include "cli/history.hpp"
#include "stages/submit/graph.hpp"

#include <set>
#include <string>

namespace af {

// A submission that the history knows: what its tasks are follows from it.
struct Prepared {
    Plan plan;
    GraphFacts facts;
    std::set<std::string> existing;  // tasks that are there already
};

// A new group for the plan. `key_file`: the public key, for sealed credentials.
Prepared prepare_submission(Plan plan, const std::string& key_file, const Environment& environment, Cluster& cluster,
                            History& history, Console& console);

// A group of the history, with what exists of it.
Prepared resumed_submission(const std::string& group_id, Cluster& cluster, History& history, Console& console);

// Creates the tasks that do not exist; the history hears when all do (a warning when it cannot be written). `progress`:
// shows how far it is. From any thread but the network's.
void post_submission(const Prepared& submission, Cluster& cluster, Console& console, bool progress);

// The graph as `--dry-run` shows it: a JSON list of {"task": ..., "taskId": ...}, a line each; the credentials are not
// yet sealed.
void print_graph(const Plan& plan, WallTime created, const std::stop_token& stop);

}  // namespace af
