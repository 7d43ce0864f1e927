// A plan becomes a graph on a cluster.
//
// Order    the record in the history, the token, the tasks: a submission killed at any moment can go on (`--resume`), and
//          nothing is created that the history does not know of.
// Errors   Failed; the table in README.md. After the first task, the message names the command that goes on.
#pragma once

#include "cli/cluster.hpp"
#include "cli/console.hpp"
#include "cli/history.hpp"
#include "stages/submit/graph.hpp"

#include <string>

namespace af {

// Posts the plan as a new group; yields its id. `key_file`: the public key, for sealed credentials.
std::string submit_plan(Plan plan, const std::string& key_file, const Environment& environment, Cluster& cluster,
                        History& history, Console& console);

// Posts what is missing of a group that the history knows.
void resume_submission(const std::string& group_id, Cluster& cluster, History& history, Console& console);

// The graph as `--dry-run` shows it: a JSON list of {"task": ..., "taskId": ...}, a line each; the credentials are not yet
// sealed.
void print_graph(const Plan& plan, WallTime created, const std::stop_token& stop);

}  // namespace af
