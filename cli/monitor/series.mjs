// The tasks of a group over time, for the chart. Pure.
import { hasFailed } from "./model.mjs";

// What a task was, from the bottom of the chart to its top.
export const LAYERS = ["done", "failed", "running", "pending"];

// [time, layer, +1 | -1] for every change of a task's state that its runs tell.
function changesOf(task) {
  const changes = [];
  let layer = null;
  const move = (at, next) => {
    if (at === null) return;
    if (layer) changes.push([at, layer, -1]);
    if (next) changes.push([at, next, 1]);
    layer = next;
  };
  for (const run of task.runs) {
    move(run.scheduled, "pending");
    move(run.started, "running");
    const last = run === task.runs.at(-1);
    if (run.state === "completed") move(run.resolved, "done");
    else if (last && hasFailed(task)) move(run.resolved, "failed");
    else move(run.resolved, null);
  }
  return changes;
}

// The present by the clocks of both sides: no event is in the future.
export function presentTime(tasks, now) {
  let latest = now;
  for (const task of tasks)
    for (const run of task.runs) latest = Math.max(latest, run.scheduled ?? 0, run.started ?? 0, run.resolved ?? 0);
  return latest;
}

// {from, to, most, points: [{at, done, failed, running, pending}]}: how many tasks were what at the end of each of
// `steps` equal steps of time; null when nothing was scheduled yet. When all is over (`ended`) it ends with the last
// event.
export function seriesOf(tasks, now, ended, steps) {
  const changes = tasks.flatMap(changesOf).sort((a, b) => a[0] - b[0]);
  if (!changes.length) return null;
  const from = changes[0][0];
  const to = Math.max(ended ? changes.at(-1)[0] : Math.max(now, changes.at(-1)[0]), from + 1000);
  const level = { done: 0, failed: 0, running: 0, pending: 0 };
  const points = [];
  let next = 0;
  for (let step = 0; step <= steps; step += 1) {
    const at = from + ((to - from) * step) / steps;
    for (; next < changes.length && changes[next][0] <= at; next += 1) level[changes[next][1]] += changes[next][2];
    points.push({ at, ...level });
  }
  return { from, to, most: tasks.length, points };
}
