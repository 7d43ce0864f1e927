// The loop that asks the queue, over a queue made of answers and timers that are stepped by hand.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Follower } from "../../../cli/monitor/follow.mjs";
import { item } from "./samples.mjs";

const ADDRESS = {
  rootUrl: "https://tc.example.org",
  apiRoot: "https://tc.example.org",
  groupId: "G",
  proxied: false,
};
const PENDING = { state: "pending", runs: [["pending", 0]], af: null };
const DONE = { state: "completed", runs: [["completed", 0, 0, 1]], af: null };

let now, timers, answers, asked, awake;

beforeEach(() => {
  [now, timers, answers, asked] = [1e12, [], [], []];
  globalThis.document = { hidden: false, addEventListener: (_, work) => (awake = work) };
  globalThis.Date.now = () => now;
  globalThis.setTimeout = (work, wait) => timers.push({ work, at: now + wait }) - 1;
  globalThis.clearTimeout = (timer) => delete timers[timer];
  globalThis.fetch = async (url) => {
    asked.push({ url, at: now });
    const answer = answers.shift() ?? [200, { tasks: [] }];
    if (answer instanceof Error) throw answer;
    return { ok: answer[0] === 200, status: answer[0], json: async () => answer[1] };
  };
});

const page = (items, more = {}) => [200, { tasks: items.map(item), ...more }];
const settled = () => new Promise((done) => setImmediate(done));

// Lets the next timer fire; how long it had to wait. There is never more than one.
async function step() {
  const planned = timers.filter(Boolean);
  assert.equal(planned.length, 1, "one loop");
  timers = [];
  const waited = planned[0].at - now;
  now = planned[0].at;
  planned[0].work();
  await settled();
  return waited;
}

async function started() {
  const follower = new Follower(ADDRESS, () => {});
  follower.start();
  await settled();
  return follower;
}

test("it looks again five seconds after the start of a look, and ends with the group", async () => {
  const pending = item(PENDING);
  const done = { ...item(DONE), status: { ...item(DONE).status, taskId: pending.status.taskId } };
  answers = [
    [200, { tasks: [pending] }],
    [200, { tasks: [pending] }],
    [200, { tasks: [done] }],
  ];
  const follower = await started();
  assert.equal(await step(), 5000);
  assert.equal(follower.state.kind, "running");
  assert.equal(await step(), 5000);
  assert.deepEqual([follower.state.kind, follower.next, timers.filter(Boolean).length], ["completed", null, 0]);
});

test("three pages are read in one go, and paid for with fifteen seconds", async () => {
  answers = [
    page([PENDING], { continuationToken: "a" }),
    page([PENDING], { continuationToken: "b" }),
    page([PENDING]),
  ];
  await started();
  assert.deepEqual(
    asked.map((each) => each.url.split("?")[1]),
    [undefined, "continuationToken=a", "continuationToken=b"],
  );
  assert.equal(await step(), 15_000);
});

test("a list that never ends is given up and tried again later", async () => {
  answers = Array.from({ length: 5 }, () => page([PENDING], { continuationToken: "again" }));
  const follower = await started();
  assert.deepEqual([follower.trouble.kind, asked.length], ["garbled", 2]);
  assert.ok((await step()) >= 10_000);
});

test("every kind of failure backs off to a minute, keeps what is known, and is forgotten by a success", async () => {
  answers = [page([PENDING])];
  const follower = await started();
  // What the queue says, what that is, and the least and most seconds until the next try.
  const bad = [
    [[500, {}], "busy", 5, 5.5],
    [new TypeError("Failed to fetch"), "unreachable", 10, 11],
    [[200, "<html>"], "garbled", 20, 22],
    [[429, {}], "busy", 40, 44],
    [[404, {}], "unknown", 60, 66],
    [[403, {}], "refused", 60, 66],
    [[400, {}], "rejected", 60, 66],
  ];
  for (const [answer, kind, least, most] of bad) {
    answers = [answer];
    await step();
    const wait = (follower.next - now) / 1000;
    assert.equal(follower.trouble.kind, kind);
    assert.ok(wait >= least && wait <= most, `${kind}: ${wait} s`);
  }
  assert.equal(follower.tasks.length, 1);
  assert.ok(follower.trouble.detail.startsWith("HTTP 400"));
  answers = [page([PENDING])];
  await step();
  assert.equal(follower.trouble, null);
  assert.equal(await step(), 5000);
});

test("a refusal of the first look is final, until somebody asks again", async () => {
  answers = [[403, { message: "no scope" }]];
  const follower = await started();
  assert.deepEqual([follower.next, follower.trouble.detail], [null, "HTTP 403: no scope"]);
  now += 1000;
  answers = [page([PENDING])];
  follower.lookNow();
  assert.equal(await step(), 4000, "no sooner than is polite");
  assert.equal(follower.trouble, null);
});

test("a hidden page looks once a minute, and as soon as is polite when it is seen again", async () => {
  answers = [page([PENDING])];
  const follower = await started();
  document.hidden = true;
  answers = [page([PENDING])];
  await step();
  assert.equal(follower.next - now, 60_000);
  now += 2000;
  document.hidden = false;
  awake();
  assert.equal(await step(), 3000);
});

test("after ten minutes without a change it looks every thirty seconds", async () => {
  answers = [page([PENDING])];
  const follower = await started();
  const same = { tasks: [{ status: { taskId: follower.tasks[0].id, state: "pending", runs: [{}] }, task: {} }] };
  for (let i = 0; i < 121; i += 1) {
    answers = [[200, same]];
    assert.equal(await step(), 5000);
  }
  answers = [[200, same]];
  assert.equal(await step(), 30_000);
});
