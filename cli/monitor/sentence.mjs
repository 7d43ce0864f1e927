// Where the group stands, as one sentence. Pure.
import { mapped, timeLeft } from "./model.mjs";
import { about, count, percent, plural } from "./words.mjs";

function failures(state) {
  return state.failed ? ` ${plural(state.failed, "task")} failed.` : "";
}

const completed = (tasks) => tasks.filter((task) => task.state === "completed").length;

function progress(tasks, now) {
  const mappers = tasks.filter((task) => task.marks?.role === "map");
  if (!mappers.length) return `${count(completed(tasks))} of ${plural(tasks.length, "task")} done`;
  const done = completed(mappers);
  if (done < mappers.length) {
    const left = timeLeft(tasks, now);
    return (
      `${count(done)} of ${plural(mappers.length, "mapper")} done` +
      (left === null ? "" : `, ${about(left)} of mapping left`)
    );
  }
  const reducers = tasks.filter((task) => task.marks?.role === "reduce");
  if (reducers.some((task) => task.state === "running")) return "All mappers are done, reducing";
  return reducers.length ? "All mappers are done, waiting for a worker to reduce" : "All mappers are done";
}

export function sentence(tasks, state, now) {
  switch (state.kind) {
    case "empty":
      return "The group has no task yet.";
    case "posting":
      return (
        `Being submitted: ${count(state.total)} of ${plural(state.total + state.missing, "task")} posted.` +
        failures(state)
      );
    case "stuck":
      return (
        `Failed:${failures(state)} ${plural(state.open, "task")} cannot start without ` +
        `${state.failed === 1 ? "it" : "them"}.`
      );
    case "completed":
      return `Finished: ${state.total === 1 ? "the task has" : `all ${count(state.total)} tasks have`} completed.`;
    case "failed":
      return `Failed: ${count(state.failed)} of ${plural(state.total, "task")} did not complete.`;
    default: {
      const started = tasks.some((task) => task.runs.length && task.state !== "pending");
      return `${started ? "Running" : "Waiting for workers"}: ${progress(tasks, now)}.${failures(state)}`;
    }
  }
}

// For the title of the window, where only a few letters are seen.
export function shortState(tasks, state) {
  if (state.kind === "completed") return "Finished";
  if (state.kind === "failed" || state.kind === "stuck") return "Failed";
  const work = mapped(tasks);
  return work.total ? percent(work.done / work.total) : "Waiting";
}
