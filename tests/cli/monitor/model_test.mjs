import assert from "node:assert/strict";
import { test } from "node:test";
import {
  completedRun,
  countByRole,
  expectedTasks,
  groupState,
  hasEnded,
  mapped,
  readTask,
  results,
  runningTime,
  statesOf,
  timeLeft,
  timeSpan,
} from "../../../cli/monitor/model.mjs";
import { item, T0 } from "./samples.mjs";

const tasks = (...items) => items.map((each) => readTask(item(each)));
const at = (seconds) => T0 + seconds * 1000;
const WHOLE = { whole: true, sealed: false };
const done = (bytes, seconds, af = {}) => ({
  state: "completed",
  runs: [["completed", 0, 0, seconds, "completed"]],
  af: { bytes, ...af },
});

test("a task keeps what is shown, and a broken definition is no error", () => {
  const broken = readTask({
    status: { taskId: "x", state: "pending", runs: "none" },
    task: { extra: { af: { role: "spy" } } },
  });
  assert.deepEqual([broken.name, broken.runs, broken.marks], ["", [], null]);
  const negative = readTask(item({ state: "pending", af: { bytes: -5, mappers: "many" } }));
  assert.deepEqual([negative.marks.bytes, negative.marks.mappers], [0, 0]);
});

test("the run that counts is the highest that completed, not the latest and not the first", () => {
  const [task] = tasks({
    state: "running",
    runs: [
      ["exception", 0, 1, 2],
      ["completed", 2, 3, 4],
      ["running", 5, 6],
    ],
  });
  assert.equal(completedRun(task).id, 1);
  assert.equal(completedRun(tasks({ state: "failed", runs: [["failed", 0, 1, 2]] })[0]), null);
});

test("a reducer's result is linked in its completed run, and a rerun does not take it away", () => {
  const found = results(
    tasks(
      done(1, 10),
      {
        state: "pending",
        runs: [
          ["failed", 0, 1, 2],
          ["completed", 3, 4, 5],
          ["pending", 6],
        ],
        af: { role: "reduce", result: "af/result.txt" },
      },
      { state: "running", runs: [["running", 3, 4]], af: { role: "reduce", index: 1, result: "af/result.txt" } },
    ),
  );
  assert.deepEqual(
    found.map((each) => [each.run, each.name]),
    [[1, "af/result.txt"]],
  );
});

test("results of several partitions are told apart by their numbers, the only one has none", () => {
  const reducer = (index, reducers) => done(0, 10, { role: "reduce", index, reducers, result: "af/result.txt" });
  const partitions = (...items) => results(tasks(...items)).map((each) => each.partition);
  assert.deepEqual(partitions(reducer(2, 3), reducer(0, 3)), [0, 2]);
  assert.deepEqual(partitions(reducer(0, 1)), [null]);
});

test("mappers are results only where there is no reducer", () => {
  assert.equal(results(tasks(done(1, 1))).length, 0);
  const found = results(
    tasks(done(1, 1, { reducers: 0, index: 1 }), done(1, 1, { reducers: 0, index: 0, result: "af/part" })),
  );
  assert.deepEqual(
    found.map((each) => each.name),
    ["af/part", null],
  );
});

test("time left: what is to do, at the pace of what is done, by as many as run", () => {
  const known = tasks(
    done(1000, 100),
    { state: "running", runs: [["running", 0, 100]] },
    { state: "running", runs: [["running", 0, 100]] },
    { state: "pending", runs: [["pending", 0]] },
    { state: "pending", runs: [["pending", 0]] },
  );
  assert.equal(timeLeft(known, at(150)), 150_000); // 2 x 50 s + 2 x 100 s, by two
});

test("time left is never less than the largest of those that run, nor negative", () => {
  const known = tasks(
    done(1000, 100),
    { state: "running", runs: [["running", 0, 100]], af: { bytes: 5000 } },
    { state: "running", runs: [["running", 0, 0]], af: { bytes: 10 } },
  );
  assert.equal(timeLeft(known, at(100)), 500_000);
  assert.equal(timeLeft(known, at(100_000)), 0);
});

test("time left is unknown before anything is done, and while nothing runs", () => {
  assert.equal(timeLeft(tasks({ state: "running", runs: [["running", 0, 1]] }), at(5)), null);
  assert.equal(timeLeft(tasks(done(1, 1), { state: "pending", runs: [["pending", 0]] }), at(5)), null);
  assert.equal(timeLeft([], at(5)), null);
});

test("progress is by bytes of mappers, by tasks where nobody says sizes", () => {
  const half = mapped(
    tasks(
      done(3000, 1),
      { state: "running", runs: [["running", 0, 1]] },
      { state: "unscheduled", af: { role: "reduce", bytes: 9999 } },
    ),
  );
  assert.deepEqual(half, { unit: "bytes", done: 3000, running: 1000, total: 4000 });
  const foreign = mapped(tasks({ state: "completed", af: null }, { state: "failed", af: null }));
  assert.deepEqual(foreign, { unit: "tasks", done: 1, running: 0, total: 2 });
});

test("a group has ended only when all its tasks are there and resolved", () => {
  const two = [done(1, 1), done(1, 1)];
  const posting = groupState(tasks(...two), WHOLE);
  assert.deepEqual([posting.kind, posting.missing], ["posting", 1]);
  const all = tasks(...two, done(0, 1, { role: "reduce" }));
  assert.equal(groupState(all, WHOLE).kind, "completed");
  assert.equal(groupState(all, { whole: false, sealed: false }).kind, "posting");
  assert.equal(groupState(tasks(...two), { whole: true, sealed: true }).kind, "completed");
  assert.equal(groupState([], WHOLE).kind, "empty");
  assert.ok(hasEnded(groupState(all, WHOLE)) && !hasEnded(posting));
});

test("a reducer that waits for a failed mapper is no end, and no progress either", () => {
  const group = [done(1, 1), { state: "failed", runs: [["failed", 0, 1, 2, "failed"]] }];
  assert.equal(groupState(tasks(...group, { state: "unscheduled", af: { role: "reduce" } }), WHOLE).kind, "stuck");
  assert.equal(groupState(tasks(...group, { state: "exception", af: { role: "reduce" } }), WHOLE).kind, "failed");
  assert.equal(groupState(tasks(...group, { state: "pending", af: { role: "reduce" } }), WHOLE).kind, "running");
});

test("a state that nobody knew is kept, counted, and not taken for an end", () => {
  const odd = tasks({ state: "hibernating", af: null });
  assert.deepEqual({ ...countByRole(odd).task }, { hibernating: 1 });
  assert.equal(groupState(odd, WHOLE).kind, "running");
});

test("counts go by role, in the order of work", () => {
  const counts = countByRole(tasks({ state: "unscheduled", af: { role: "reduce" } }, done(1, 1), done(1, 1)));
  assert.deepEqual(Object.keys(counts), ["mapper", "reducer"]);
  assert.deepEqual([{ ...counts.mapper }, { ...counts.reducer }], [{ completed: 2 }, { unscheduled: 1 }]);
  assert.deepEqual(Object.entries(countByRole(tasks({ state: "constructor" })).mapper), [["constructor", 1]]);
});

test("states come in the order of a task's life, odd ones last", () => {
  const some = ["zzz", "failed", "pending", "aaa", "completed", "pending"].map((state) => ({ state }));
  assert.deepEqual(statesOf(tasks(...some)), ["pending", "completed", "failed", "aaa", "zzz"]);
});

test("how many tasks are to come is known from any of them, 0 for the groups of others", () => {
  assert.equal(expectedTasks(tasks({ state: "pending", af: { mappers: 7, mergers: 2, reducers: 3 } })), 12);
  assert.equal(expectedTasks(tasks({ state: "pending", af: null })), 0);
});

test("running time is that of the last run, and ends with it", () => {
  const [first] = tasks({
    state: "running",
    runs: [
      ["exception", 0, 1, 50],
      ["running", 50, 60],
    ],
  });
  assert.equal(runningTime(first, at(90)), 30_000);
  assert.equal(runningTime(tasks(done(1, 7))[0], at(90)), 7000);
  assert.equal(runningTime(tasks({ state: "pending", runs: [["pending", 0]] })[0], at(90)), null);
});

test("the span of a group is from the first schedule to the last end", () => {
  assert.deepEqual(timeSpan(tasks(done(1, 7), { state: "pending", runs: [["pending", 3]] })), {
    from: at(0),
    to: at(7),
  });
  assert.equal(timeSpan(tasks({ state: "unscheduled" })), null);
});
