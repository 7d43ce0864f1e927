// Shows what the follower has learned.
import { artifactLink, groupPage, logPage, runPage, taskPage } from "./address.mjs";
import { describe, drawChart } from "./chart.mjs";
import { byId, element, link, renew, setText, show } from "./dom.mjs";
import {
  countByRole,
  hasEnded,
  hasFailed,
  jobName,
  lastRun,
  mapped,
  results,
  statesOf,
  timeSpan,
} from "./model.mjs";
import { shortState, sentence } from "./sentence.mjs";
import { LAYERS, presentTime, seriesOf } from "./series.mjs";
import { pill, TaskTable } from "./table.mjs";
import { explain } from "./trouble.mjs";
import { clock, count, duration, percent, plural, reason, size } from "./words.mjs";

const CHART_STEPS = 160;
const INTERRUPTED_MS = 300000; // without a new task
const SHOWN_FAILURES = 20;
const SHOWN_RESULTS = 200;

function nextLookText(follower, state) {
  if (follower.next !== null) return `Next look at ${clock(follower.next, Date.now())}.`;
  if (hasEnded(state)) return "All is done: the queue is not asked any more.";
  return follower.looking ? "" : "Not asking again by itself.";
}

// A submission that was killed looks like one that takes its time.
function interruptedText(follower, state) {
  const idle = Date.now() - follower.lastChange;
  if (state.kind !== "posting" || idle < INTERRUPTED_MS) return "";
  return `Nothing was posted for ${duration(idle)}: af submit --resume ${follower.address.groupId} goes on with it.`;
}

export class View {
  constructor(address) {
    this.address = address;
    this.table = new TaskTable(address);
    this.told = null; // what was last said aloud
    show(byId("live"), true);
    byId("where").append(
      "Group ",
      link(groupPage(address), address.groupId),
      " on ",
      new URL(address.rootUrl).host,
    );
  }

  update(follower) {
    const tasks = follower.tasks;
    const state = follower.state;
    const now = presentTime(tasks, Date.now());
    const loaded = tasks.length > 0;
    byId("live").dataset.state = loaded ? state.kind : "loading";
    setText(byId("title"), jobName(tasks) || "Task group");
    const waiting = follower.trouble ? "There is nothing to show." : "Asking the queue …";
    setText(byId("sentence"), loaded || follower.whole ? sentence(tasks, state, now) : waiting);
    document.title = loaded ? `${shortState(tasks, state)} · ${jobName(tasks) || "Task group"}` : "Task group";
    for (const part of document.querySelectorAll("#live .data")) show(part, loaded);
    this.showTrouble(follower, now);
    this.showLooks(follower, state);
    if (!loaded) return;
    this.showProgress(tasks, state, now);
    this.showResults(tasks, state);
    this.showFailures(tasks);
    this.showCounts(tasks);
    this.showChart(tasks, now, hasEnded(state));
    this.table.update(tasks, now);
    if (follower.whole) this.tell(tasks, state, now);
  }

  showProgress(tasks, state, now) {
    const work = mapped(tasks);
    const share = work.total ? work.done / work.total : 0;
    const amount = (value) => (work.unit === "bytes" ? size(value) : count(value));
    const of = work.unit === "bytes" ? "mapped" : "tasks done";
    const words = `${percent(share)}: ${amount(work.done)} of ${amount(work.total)} ${of}`;
    const bar = byId("bar");
    bar.setAttribute("aria-valuenow", String(Math.floor(share * 100)));
    bar.setAttribute("aria-valuetext", words);
    byId("bar-done").style.width = `${share * 100}%`;
    byId("bar-running").style.width = `${work.total ? (work.running / work.total) * 100 : 0}%`;
    setText(byId("progress"), words);
    const over = hasEnded(state);
    const span = timeSpan(tasks);
    setText(
      byId("elapsed"),
      span === null ? "" : over ? `took ${duration(span.to - span.from)}` : `${duration(now - span.from)} so far`,
    );
  }

  showResults(tasks, state) {
    const found = results(tasks);
    show(byId("results"), found.length > 0);
    const key = found.map((each) => `${each.task.id}/${each.run}`).join(" ");
    renew(byId("result-list"), key, () => found.slice(0, SHOWN_RESULTS).map((each) => this.resultItem(each)));
    const others = found.length - SHOWN_RESULTS;
    setText(byId("results-more"), others > 0 ? `${plural(others, "more result")}: see the tasks below.` : "");
    const reads = found.some((each) => each.name && !each.name.startsWith("public/")) && !this.address.proxied;
    setText(
      byId("results-note"),
      reads
        ? `Private results open on Taskcluster's own page, or by: af result ${this.address.groupId}`
        : hasEnded(state)
          ? ""
          : "More may come while tasks run.",
    );
  }

  resultItem({ task, run, name, partition }) {
    const address = this.address;
    if (!name)
      return element("li", {}, link(runPage(address, task.id, run), `artifacts of ${task.name || task.id}`));
    const words = partition === null ? name : `partition ${partition}: ${name}`;
    const open = link(artifactLink(address, task.id, run, name), words, { class: "result" });
    return element(
      "li",
      {},
      open,
      " ",
      element("span", { class: "quiet" }, `by ${task.name || task.id}, run ${run}`),
    );
  }

  showFailures(tasks) {
    const failed = tasks.filter(hasFailed);
    show(byId("failures"), failed.length > 0);
    const key = failed.map((task) => `${task.id}/${task.runs.length}`).join(" ");
    renew(byId("failure-list"), key, () => failed.slice(0, SHOWN_FAILURES).map((task) => this.failureItem(task)));
    const others = failed.length - SHOWN_FAILURES;
    setText(
      byId("failures-more"),
      others > 0 ? `${plural(others, "more task")} failed: see the table of tasks.` : "",
    );
  }

  failureItem(task) {
    const run = lastRun(task);
    const item = element(
      "li",
      {},
      link(taskPage(this.address, task.id), task.name || task.id),
      " ",
      pill(task.state),
      " ",
    );
    item.append(element("span", {}, run?.why ? reason(run.why) : "no reason given"));
    if (run && run.started !== null)
      item.append(
        " · ",
        link(logPage(this.address, task.id, run.id), "log", { "aria-label": `log of ${task.name || task.id}` }),
      );
    return item;
  }

  showCounts(tasks) {
    const counts = countByRole(tasks);
    const roles = Object.keys(counts);
    const states = statesOf(tasks);
    renew(byId("counts"), JSON.stringify(counts), () => [
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          element("th", { scope: "col" }, "State"),
          ...roles.map((role) => element("th", { scope: "col" }, `${role}s`)),
        ),
      ),
      element(
        "tbody",
        {},
        ...states.map((state) =>
          element(
            "tr",
            {},
            element("th", { scope: "row" }, pill(state)),
            ...roles.map((role) => element("td", {}, counts[role][state] ? count(counts[role][state]) : "–")),
          ),
        ),
      ),
    ]);
  }

  showChart(tasks, now, ended) {
    const series = seriesOf(tasks, now, ended, CHART_STEPS);
    show(byId("chart-section"), series !== null);
    if (!series) return;
    drawChart(byId("chart"), series);
    const last = series.points.at(-1);
    for (const layer of LAYERS) setText(byId(`legend-${layer}`), `${layer} ${count(last[layer])}`);
    setText(byId("chart-text"), describe(series));
  }

  showTrouble(follower, now) {
    const box = byId("trouble");
    show(box, follower.trouble !== null);
    if (!follower.trouble) return;
    const { title, advice } = explain(follower.trouble, this.address, follower.lastAnswer, now);
    setText(byId("trouble-title"), title);
    setText(byId("trouble-advice"), advice);
  }

  showLooks(follower, state) {
    const last = follower.lastAnswer === null ? "" : `Updated ${clock(follower.lastAnswer, Date.now())}. `;
    setText(byId("looks"), last + nextLookText(follower, state));
    setText(byId("interrupted"), interruptedText(follower, state));
    byId("again").disabled = follower.looking;
  }

  // For those who listen: what changed for good, not every percent.
  tell(tasks, state, now) {
    const key = [state.kind, state.failed, results(tasks).length].join(" ");
    if (key === this.told) return;
    this.told = key;
    setText(byId("announce"), sentence(tasks, state, now));
  }
}
