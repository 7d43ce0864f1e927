// Follows a group: the one loop that asks the queue, and what it has learned so far.
import { readGroup, Trouble } from "./api.mjs";
import { groupState, hasEnded, readTask } from "./model.mjs";
import { earliest, nextLook, nextTry } from "./rhythm.mjs";

const QUIET_AFTER_MS = 600000; // without a change
const HOPELESS = ["refused", "rejected"];

export class Follower {
  // `changed(this)` is called whenever something is worth showing.
  constructor(address, changed) {
    this.address = address;
    this.changed = changed;
    this.known = new Map(); // task id -> task
    this.whole = false; // the list was read to its end at least once
    this.sealed = false;
    this.trouble = null; // what the last look ended with
    this.failures = 0; // in a row
    this.requests = 0; // of the last look
    this.began = 0; // the last look
    this.lastAnswer = null; // when a look last succeeded
    this.lastChange = Date.now();
    this.next = null; // when the next look begins; null: never, until somebody asks for it
    this.looking = false;
    this.timer = null;
  }

  get tasks() {
    return [...this.known.values()];
  }

  get state() {
    return groupState(this.tasks, this);
  }

  start() {
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.next !== null && !this.looking)
        this.schedule(this.trouble ? this.next : this.began + earliest(this.requests));
    });
    this.look();
  }

  // Somebody asks for a look: as soon as is polite.
  lookNow() {
    if (!this.looking) this.schedule(this.began + earliest(this.requests));
  }

  schedule(at) {
    clearTimeout(this.timer);
    this.next = at;
    this.timer = setTimeout(() => this.look(), Math.max(0, at - Date.now()));
    this.changed(this);
  }

  async look() {
    this.looking = true;
    this.began = Date.now();
    this.requests = 0;
    try {
      await readGroup(
        this.address,
        () => {
          this.requests += 1;
        },
        (page) => this.take(page),
      );
      this.whole = true;
      this.trouble = null;
      this.failures = 0;
      this.lastAnswer = Date.now();
    } catch (error) {
      this.trouble = error instanceof Trouble ? error : new Trouble("garbled", String(error));
      this.failures += 1;
    }
    this.looking = false;
    this.plan();
  }

  // One page. Tasks never leave a group, so that a look that breaks off has still brought something.
  take(page) {
    for (const item of page.tasks) {
      const task = readTask(item);
      const before = this.known.get(task.id);
      if (before?.state !== task.state || before.runs.length !== task.runs.length) this.lastChange = Date.now();
      this.known.set(task.id, task);
    }
    this.sealed = Boolean(page.sealed);
    if (!this.whole) this.changed(this);
  }

  plan() {
    const over = this.trouble ? HOPELESS.includes(this.trouble.kind) && !this.whole : hasEnded(this.state);
    if (over) {
      this.next = null;
      this.changed(this);
      return;
    }
    const quiet = this.state.kind === "stuck" || Date.now() - this.lastChange > QUIET_AFTER_MS;
    const wait = this.trouble
      ? nextTry(this.failures, this.requests, document.hidden, Math.random())
      : nextLook(this.requests, { quiet, hidden: document.hidden });
    this.schedule(this.began + wait);
  }
}
