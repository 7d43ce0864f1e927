import assert from "node:assert/strict";
import { test } from "node:test";
import { ticks } from "../../../cli/monitor/chart.mjs";
import { readTask } from "../../../cli/monitor/model.mjs";
import { presentTime, seriesOf } from "../../../cli/monitor/series.mjs";
import { item, T0 } from "./samples.mjs";

const tasks = (...items) => items.map((each) => readTask(item(each)));
const at = (seconds) => T0 + seconds * 1000;
const levels = (series) =>
  series.points.map(({ done, failed, running, pending }) => [done, failed, running, pending]);

test("a task moves from pending to running to done", () => {
  const series = seriesOf(tasks({ state: "completed", runs: [["completed", 0, 10, 20]] }), at(99), true, 4);
  assert.deepEqual([series.from, series.to], [at(0), at(20)]);
  assert.deepEqual(levels(series), [
    [0, 0, 0, 1],
    [0, 0, 0, 1],
    [0, 0, 1, 0],
    [0, 0, 1, 0],
    [1, 0, 0, 0],
  ]);
});

test("a run that is tried again is never counted as failed", () => {
  const series = seriesOf(
    tasks({
      state: "running",
      runs: [
        ["exception", 0, 10, 20],
        ["running", 20, 30],
      ],
    }),
    at(40),
    false,
    4,
  );
  assert.deepEqual(levels(series), [
    [0, 0, 0, 1],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
    [0, 0, 1, 0],
    [0, 0, 1, 0],
  ]);
});

test("a rerun takes a task out of the done ones, and the last run decides what failed", () => {
  const rerun = seriesOf(
    tasks({
      state: "failed",
      runs: [
        ["completed", 0, 10, 20],
        ["failed", 30, 30, 40],
      ],
    }),
    at(40),
    true,
    4,
  );
  assert.deepEqual(levels(rerun), [
    [0, 0, 0, 1],
    [0, 0, 1, 0],
    [1, 0, 0, 0],
    [0, 0, 1, 0],
    [0, 1, 0, 0],
  ]);
});

test("a run that ends without having started comes from the pending ones", () => {
  const series = seriesOf(tasks({ state: "exception", runs: [["exception", 0, null, 10]] }), at(10), true, 1);
  assert.deepEqual(levels(series), [
    [0, 0, 0, 1],
    [0, 1, 0, 0],
  ]);
});

test("no layer is ever negative and their sum never exceeds the tasks", () => {
  const many = [];
  for (let i = 0; i < 300; i += 1) {
    const start = (i * 37) % 101;
    many.push(
      i % 7
        ? {
            state: "completed",
            runs: [
              ["exception", i, i + start, i + start + 5],
              ["completed", i + start + 5, i + start + 9, i + 300],
            ],
          }
        : { state: "failed", runs: [["failed", i, i + start, i + start + 90]] },
    );
  }
  const series = seriesOf(tasks(...many), at(700), true, 160);
  for (const level of levels(series)) {
    assert.ok(level.every((tasksThere) => tasksThere >= 0));
    assert.ok(level.reduce((a, b) => a + b) <= 300);
  }
  assert.deepEqual(levels(series).at(-1), [257, 43, 0, 0]);
});

test("nothing to draw before anything is scheduled", () => {
  assert.equal(seriesOf(tasks({ state: "unscheduled" }), at(5), false, 10), null);
});

test("a clock that is behind does not put events into the future", () => {
  const known = tasks({ state: "running", runs: [["running", 50, 60]] });
  assert.equal(presentTime(known, at(0)), at(60));
  assert.equal(seriesOf(known, at(0), false, 2).to, at(60));
});

test("the scale has a few round numbers", () => {
  assert.deepEqual(ticks(1), [0, 1]);
  assert.deepEqual(ticks(21), [0, 10, 20]);
  assert.deepEqual(ticks(10000), [0, 5000, 10000]);
});
