// Which tasks the table shows, in which order. Pure.
import { roleOf, runningTime } from "./model.mjs";

export const ROWS = 100;
const RANK = { mapper: 0, merger: 1, reducer: 2, task: 3 };

const KEYS = {
  name: (task) => task.name.toLowerCase(),
  role: (task) => RANK[roleOf(task)] * 1e6 + (task.marks?.index ?? 0),
  state: (task) => task.state,
  runs: (task) => task.runs.length,
  time: (task, now) => runningTime(task, now) ?? -1,
  size: (task) => task.marks?.bytes ?? -1,
};

function compare(a, b) {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}

// {rows, matches, page, pages} of `wanted`: {state: "" for all, text, sort, descending, page}.
export function listing(tasks, wanted, now) {
  const text = wanted.text.trim().toLowerCase();
  const matches = tasks.filter(
    (task) =>
      (!wanted.state || task.state === wanted.state) &&
      (!text || task.name.toLowerCase().includes(text) || task.id.toLowerCase() === text),
  );
  const key = KEYS[wanted.sort];
  const sign = wanted.descending ? -1 : 1;
  const keyed = matches.map((task) => [key(task, now), KEYS.role(task), task]);
  keyed.sort((a, b) => sign * compare(a[0], b[0]) || compare(a[1], b[1]) || compare(a[2].id, b[2].id));
  const pages = Math.max(1, Math.ceil(keyed.length / ROWS));
  const page = Math.min(Math.max(0, wanted.page), pages - 1);
  return {
    rows: keyed.slice(page * ROWS, (page + 1) * ROWS).map((entry) => entry[2]),
    matches: keyed.length,
    page,
    pages,
  };
}

// Why runs of a task ended without what it was for: the words of the queue, each once.
export function setbacks(task) {
  const why = task.runs.filter((run) => run.why && run.state !== "completed").map((run) => run.why);
  return [...new Set(why)];
}
