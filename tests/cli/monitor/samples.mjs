// Items of listTaskGroup as the queue sends them, for the tests of the monitor page.

export const T0 = Date.parse("2026-01-05T10:00:00.000Z");
const iso = (seconds) => (seconds === null ? undefined : new Date(T0 + seconds * 1000).toISOString());

// A run by its times in seconds after T0: [state, scheduled, started, resolved, reasonResolved].
function runOf([state, scheduled, started = null, resolved = null, why = undefined], runId) {
  return {
    runId,
    state,
    reasonCreated: "scheduled",
    scheduled: iso(scheduled),
    started: iso(started),
    resolved: iso(resolved),
    reasonResolved: why,
  };
}

let made = 0;

// `af`: the marks; null for a task that is not ours.
export function item({ state, runs = [], name = "map 0", af = {} }) {
  made += 1;
  const marks = {
    version: 1,
    role: "map",
    index: 0,
    mappers: 2,
    mergers: 0,
    reducers: 1,
    objects: 1,
    bytes: 1000,
    artifacts: "af",
    job: "os-count",
    ...af,
  };
  return {
    status: { taskId: `task${String(made).padStart(17, "0")}A`, state, runs: runs.map(runOf) },
    task: { created: iso(0), deadline: iso(86400), metadata: { name }, extra: af ? { af: marks } : {} },
  };
}
