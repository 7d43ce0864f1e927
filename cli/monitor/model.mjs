// What is known of a group: its tasks, as few fields as are shown, and what follows from them. Pure: times are
// milliseconds, and the present is an argument.
//
// States may be added by the queue: one that is unknown here is kept, counted and shown as it is.

export const RESOLVED = ["completed", "failed", "exception"];
export const ROLES = { map: "mapper", merge: "merger", reduce: "reducer" };

const isText = (value) => typeof value === "string";
const text = (value) => (isText(value) ? value : "");
const number = (value) => (Number.isFinite(value) && value >= 0 ? value : 0);
const time = (value) => (isText(value) && !Number.isNaN(Date.parse(value)) ? Date.parse(value) : null);

function readRun(run) {
  return {
    id: number(run.runId),
    state: text(run.state),
    why: text(run.reasonResolved),
    scheduled: time(run.scheduled),
    started: time(run.started),
    resolved: time(run.resolved),
  };
}

// The marks that a job leaves in extra.af; null for the task of somebody else.
function readMarks(task) {
  const marks = task.extra?.af;
  if (typeof marks !== "object" || marks === null || !Object.hasOwn(ROLES, marks.role)) return null;
  return {
    role: marks.role,
    index: number(marks.index),
    expected: number(marks.mappers) + number(marks.mergers) + number(marks.reducers),
    mappers: number(marks.mappers),
    reducers: number(marks.reducers),
    bytes: number(marks.bytes),
    artifacts: text(marks.artifacts),
    result: text(marks.result),
    job: text(marks.job),
  };
}

// An item of listTaskGroup as it is kept: a definition may be a hundred times as long.
export function readTask(item) {
  const { status, task } = item;
  return {
    id: text(status.taskId),
    state: text(status.state),
    name: text(task.metadata?.name),
    created: time(task.created),
    deadline: time(task.deadline),
    runs: Array.isArray(status.runs) ? status.runs.map(readRun) : [],
    marks: readMarks(task),
  };
}

export const isResolved = (task) => RESOLVED.includes(task.state);
export const hasFailed = (task) => task.state === "failed" || task.state === "exception";
export const roleOf = (task) => (task.marks ? ROLES[task.marks.role] : "task");
export const lastRun = (task) => task.runs.at(-1) ?? null;

// The run whose artifacts count: the latest may be a rerun that has produced nothing yet. null when there is none.
export function completedRun(task) {
  const done = task.runs.filter((run) => run.state === "completed");
  return done.length ? done.reduce((a, b) => (a.id > b.id ? a : b)) : null;
}

// Of its last run, until now when it still runs; null when it never started.
export function runningTime(task, now) {
  const run = lastRun(task);
  if (!run || run.started === null) return null;
  return Math.max(0, (run.resolved ?? now) - run.started);
}

// The states that there are, in the order in which a task goes through them.
export function statesOf(tasks) {
  const there = new Set(tasks.map((task) => task.state));
  const known = ["unscheduled", "pending", "running", ...RESOLVED];
  return [
    ...known.filter((state) => there.has(state)),
    ...[...there].filter((state) => !known.includes(state)).sort(),
  ];
}

// {role word: {state: tasks}}, roles in the order of work, states as they come.
export function countByRole(tasks) {
  const counts = {};
  for (const role of [...Object.values(ROLES), "task"]) {
    for (const task of tasks) {
      if (roleOf(task) !== role) continue;
      counts[role] ??= Object.create(null); // a state may have any name
      counts[role][task.state] = (counts[role][task.state] ?? 0) + 1;
    }
  }
  return counts;
}

// How much is mapped: {done, running, total} in bytes, or in tasks when nobody says sizes (`unit`).
export function mapped(tasks) {
  const mappers = tasks.filter((task) => task.marks?.role === "map");
  const work = mappers.length ? mappers : tasks;
  const sized = mappers.some((task) => task.marks.bytes > 0);
  const weigh = (task) => (sized ? task.marks.bytes : 1);
  const sum = (wanted) => work.filter(wanted).reduce((total, task) => total + weigh(task), 0);
  return {
    unit: sized ? "bytes" : "tasks",
    done: sum((task) => task.state === "completed"),
    running: sum((task) => task.state === "running"),
    total: sum(() => true),
  };
}

// Milliseconds until the mappers that are still to do are done: each is given the time a byte took the others, and as
// many run at once as do now. null while nothing is known: none is done, or none runs.
export function timeLeft(tasks, now) {
  const mappers = tasks.filter((task) => task.marks?.role === "map");
  const sized = mappers.some((task) => task.marks.bytes > 0);
  const weigh = (task) => (sized ? Math.max(1, task.marks.bytes) : 1);
  let took = 0;
  let done = 0;
  for (const task of mappers) {
    const run = completedRun(task);
    if (!run || run.started === null || run.resolved === null) continue;
    took += Math.max(0, run.resolved - run.started);
    done += weigh(task);
  }
  const running = mappers.filter((task) => task.state === "running");
  if (done === 0 || running.length === 0) return null;
  const each = (task) => (weigh(task) * took) / done;
  const rests = running.map((task) => Math.max(0, each(task) - (runningTime(task, now) ?? 0)));
  const waiting = mappers.filter((task) => task.state === "pending" || task.state === "unscheduled").map(each);
  const sum = [...rests, ...waiting].reduce((a, b) => a + b, 0);
  return Math.max(sum / running.length, ...rests);
}

// {from, to}: when the first run was scheduled and the last one ended; null when none was scheduled.
export function timeSpan(tasks) {
  let from = Infinity;
  let to = 0;
  for (const task of tasks) {
    for (const run of task.runs) {
      from = Math.min(from, run.scheduled ?? Infinity);
      to = Math.max(to, run.resolved ?? 0);
    }
  }
  return from === Infinity ? null : { from, to };
}

// The tasks that the job has when all are posted; 0 when nobody says.
export function expectedTasks(tasks) {
  return tasks.reduce((most, task) => Math.max(most, task.marks?.expected ?? 0), 0);
}

// Where the whole group stands. `whole`: the list was read to its end. `kind`:
//   empty     no task yet
//   posting   tasks are still to come
//   running   something is pending or running
//   stuck     a task failed for good, and what waits for it can never start
//   completed, failed   every task is resolved, and none is to come: the end
export function groupState(tasks, { whole, sealed }) {
  const failed = tasks.filter(hasFailed).length;
  const open = tasks.filter((task) => !isResolved(task));
  const ours = tasks.filter((task) => task.marks).length;
  const missing = sealed ? 0 : Math.max(0, expectedTasks(tasks) - ours);
  const facts = { failed, open: open.length, missing, total: tasks.length };
  if (!tasks.length) return { kind: "empty", ...facts };
  if (open.some((task) => task.state !== "unscheduled")) return { kind: "running", ...facts };
  if (missing > 0 || !whole) return { kind: "posting", ...facts };
  if (open.length) return { kind: failed ? "stuck" : "running", ...facts };
  return { kind: failed ? "failed" : "completed", ...facts };
}

export const hasEnded = (state) => state.kind === "completed" || state.kind === "failed";

// What the job has produced so far: {task, run, name, partition} of each completed reducer, or mapper of a job without
// reducers. `name` is the artifact, null when the task does not say; `partition` that of a reducer which is one of
// several, else null. It counts from 0 as result-00000.txt does.
export function results(tasks) {
  const found = [];
  for (const task of tasks) {
    const marks = task.marks;
    const yields = marks && (marks.role === "reduce" || (marks.role === "map" && marks.reducers === 0));
    const run = yields && completedRun(task);
    if (!run) continue;
    const partition = marks.reducers > 1 ? marks.index : null;
    found.push({ task, run: run.id, name: marks.result || null, partition });
  }
  return found.sort((a, b) => a.task.marks.index - b.task.marks.index);
}

// The name people know the job by.
export const jobName = (tasks) => tasks.find((task) => task.marks?.job)?.marks.job ?? "";
