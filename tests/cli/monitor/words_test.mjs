import assert from "node:assert/strict";
import { test } from "node:test";
import { listing } from "../../../cli/monitor/listing.mjs";
import { groupState, readTask } from "../../../cli/monitor/model.mjs";
import { earliest, nextLook, nextTry } from "../../../cli/monitor/rhythm.mjs";
import { sentence } from "../../../cli/monitor/sentence.mjs";
import { explain } from "../../../cli/monitor/trouble.mjs";
import { about, duration, percent, reason, size } from "../../../cli/monitor/words.mjs";
import { item, T0 } from "./samples.mjs";

const tasks = (...items) => items.map((each) => readTask(item(each)));
const say = (known, whole = true) => sentence(known, groupState(known, { whole, sealed: false }), T0 + 60_000);
const DONE = { state: "completed", runs: [["completed", 0, 0, 30]] };
const RUNNING = { state: "running", runs: [["running", 0, 30]] };
const REDUCER = { state: "unscheduled", af: { role: "reduce" } };

test("numbers are rounded as people say them", () => {
  assert.deepEqual([0, 999, 1000, 999_500, 12_345_678, 1e15].map(size), [
    "0 B",
    "999 B",
    "1.00 kB",
    "1.00 MB",
    "12.3 MB",
    "1.00 PB",
  ]);
  assert.deepEqual([0, 59_400, 60_000, 3_599_000, 7_500_000, 360_000_000].map(duration), [
    "0 s",
    "59 s",
    "1 min",
    "59 min 59 s",
    "2 h 5 min",
    "4 d 4 h",
  ]);
  assert.deepEqual([20_000, 61_000, 720_000, 6_000_000].map(about), [
    "less than a minute",
    "about 1 minute",
    "about 10 minutes",
    "about 2 hours",
  ]);
  assert.deepEqual([0, 0.999, 1].map(percent), ["0 %", "99 %", "100 %"]);
});

test("a reason that nobody knew is shown as it is", () => {
  assert.equal(reason("worker-shutdown"), "the worker was shut down");
  assert.equal(reason("eaten-by-goat"), "eaten-by-goat");
  assert.equal(reason("constructor"), "constructor");
});

test("one sentence says where the group stands", () => {
  assert.equal(
    say(tasks({ state: "pending", runs: [["pending", 0]] }, { state: "pending", runs: [["pending", 0]] }, REDUCER)),
    "Waiting for workers: 0 of 2 mappers done.",
  );
  assert.equal(
    say(tasks(DONE, RUNNING, REDUCER)),
    "Running: 1 of 2 mappers done, less than a minute of mapping left.",
  );
  assert.equal(
    say(tasks(DONE, DONE, { ...RUNNING, af: { role: "reduce" } })),
    "Running: All mappers are done, reducing.",
  );
  assert.equal(say(tasks(DONE)), "Being submitted: 1 of 3 tasks posted.");
  assert.equal(
    say(tasks(DONE, DONE, { ...DONE, af: { role: "reduce" } })),
    "Finished: all 3 tasks have completed.",
  );
  assert.equal(
    say(tasks(DONE, { state: "failed", runs: [["failed", 0, 1, 2]] }, REDUCER)),
    "Failed: 1 task failed. 1 task cannot start without it.",
  );
  assert.equal(
    say(tasks({ state: "completed", af: null }, { state: "running", runs: [["running", 0, 1]], af: null })),
    "Running: 1 of 2 tasks done.",
  );
});

test("a look waits five seconds for every request of the last one", () => {
  assert.deepEqual([0, 1, 11].map(earliest), [5000, 5000, 55_000]);
  assert.equal(nextLook(1, { quiet: false, hidden: false }), 5000);
  assert.equal(nextLook(1, { quiet: true, hidden: false }), 30_000);
  assert.equal(nextLook(1, { quiet: false, hidden: true }), 60_000);
  assert.equal(nextLook(20, { quiet: true, hidden: true }), 100_000);
});

test("failures are tried again after 5, 10, 20, 40 and then 60 seconds, for ever", () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 5000].map((n) => nextTry(n, 1, false, 0)),
    [5000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000],
  );
  assert.equal(nextTry(1, 1, false, 0.5), 5250);
  assert.equal(nextTry(1, 1, true, 0), 60_000);
});

test("the table filters, sorts and pages, and stays within its pages", () => {
  const many = [];
  for (let i = 0; i < 250; i += 1)
    many.push({ state: i % 5 ? "completed" : "failed", name: `map ${i}`, af: { index: i, bytes: 250 - i } });
  const known = tasks(...many);
  const all = { state: "", text: "", sort: "role", descending: false, page: 0 };
  const first = listing(known, all, T0);
  assert.deepEqual([first.rows.length, first.matches, first.pages, first.rows[10].name], [100, 250, 3, "map 10"]);
  assert.equal(listing(known, { ...all, page: 99 }, T0).rows.at(-1).name, "map 249");
  assert.equal(listing(known, { ...all, state: "failed" }, T0).matches, 50);
  assert.deepEqual(
    listing(known, { ...all, text: "MAP 24" }, T0)
      .rows.map((task) => task.name)
      .slice(0, 2),
    ["map 24", "map 240"],
  );
  assert.equal(listing(known, { ...all, sort: "size" }, T0).rows[0].name, "map 249");
  assert.equal(listing(known, { ...all, text: known[7].id }, T0).rows[0].name, "map 7");
});

test("every trouble says what to do", () => {
  const address = { rootUrl: "https://tc.example.org", groupId: "fN1SbArXTPSVFNUvaOlinQ", proxied: false };
  const words = (kind, proxied = false) => {
    const { title, advice } = explain({ kind, detail: "HTTP 400" }, { ...address, proxied }, null, T0);
    return `${title} ${advice}`;
  };
  assert.match(words("refused"), /Run "af monitor fN1SbArXTPSVFNUvaOlinQ"/);
  assert.match(words("refused", true), /queue:list-task-group:/);
  assert.match(words("unreachable"), /CORS/);
  assert.match(words("unreachable", true), /Is it still running/);
  for (const kind of ["unknown", "busy", "garbled", "rejected"]) assert.match(words(kind), /tc\.example\.org/);
});
