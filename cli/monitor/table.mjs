// The table of tasks: filter, order, pages of a hundred rows.
import { logPage, runPage, taskPage } from "./address.mjs";
import { byId, element, link, renew, setText, show } from "./dom.mjs";
import { listing, setbacks } from "./listing.mjs";
import { isResolved, lastRun, roleOf, runningTime, statesOf } from "./model.mjs";
import { count, duration, plural, reason, size } from "./words.mjs";

export const pill = (state) =>
  element("span", { class: `pill ${/^[a-z]+$/.test(state) ? state : "other"}` }, state || "unknown");

function runsText(task) {
  const why = setbacks(task).map(reason).join("; ");
  return why ? `${task.runs.length} (${why})` : String(task.runs.length);
}

function logLink(task, address) {
  const run = lastRun(task);
  if (!run) return null;
  const name = task.name || task.id;
  if (run.started === null && !isResolved(task))
    return link(runPage(address, task.id, run.id), "run", { "aria-label": `run of ${name}` });
  return link(logPage(address, task.id, run.id), "log", { "aria-label": `log of ${name}` });
}

// A cell; with nothing to say it is left out where there is little room.
const cell = (label, content) =>
  element("td", { "data-label": label, class: content === null ? "nothing" : null }, content ?? "–");

function cells(task, address, now) {
  const took = runningTime(task, now);
  return [
    element("td", { class: "name" }, link(taskPage(address, task.id), task.name || task.id)),
    cell("Role", roleOf(task)),
    cell("State", pill(task.state)),
    cell("Runs", task.runs.length ? runsText(task) : null),
    cell("Time", took === null ? null : duration(took)),
    cell("Size", task.marks?.bytes ? size(task.marks.bytes) : null),
    cell("Log", logLink(task, address)),
  ];
}

export class TaskTable {
  constructor(address) {
    this.address = address;
    this.wanted = { state: "", text: "", sort: "role", descending: false, page: 0 };
    this.body = byId("tasks");
    this.rows = new Map(); // task id -> its row, of the rows shown
    this.tasks = [];
    this.now = 0;
    byId("filter-state").addEventListener("change", (event) => this.want({ state: event.target.value, page: 0 }));
    byId("filter-text").addEventListener("input", (event) => this.want({ text: event.target.value, page: 0 }));
    byId("page-back").addEventListener("click", () => this.want({ page: this.wanted.page - 1 }));
    byId("page-on").addEventListener("click", () => this.want({ page: this.wanted.page + 1 }));
    for (const button of document.querySelectorAll("th button"))
      button.addEventListener("click", () => this.sortBy(button.dataset.sort));
  }

  sortBy(sort) {
    const again = this.wanted.sort === sort;
    this.want({ sort, descending: again && !this.wanted.descending, page: 0 });
  }

  want(change) {
    Object.assign(this.wanted, change);
    this.draw();
  }

  update(tasks, now) {
    this.tasks = tasks;
    this.now = now;
    this.draw();
  }

  draw() {
    const shown = listing(this.tasks, this.wanted, this.now);
    this.wanted.page = shown.page;
    this.drawStates();
    this.drawRows(shown.rows);
    for (const button of document.querySelectorAll("th button")) {
      const mine = button.dataset.sort === this.wanted.sort;
      if (mine) button.closest("th").setAttribute("aria-sort", this.wanted.descending ? "descending" : "ascending");
      else button.closest("th").removeAttribute("aria-sort");
    }
    setText(
      byId("matches"),
      shown.matches === this.tasks.length
        ? plural(shown.matches, "task")
        : `${count(shown.matches)} of ${plural(this.tasks.length, "task")}`,
    );
    show(byId("pages"), shown.pages > 1);
    setText(byId("page-number"), `Page ${shown.page + 1} of ${shown.pages}`);
    byId("page-back").disabled = shown.page === 0;
    byId("page-on").disabled = shown.page === shown.pages - 1;
    show(byId("no-match"), shown.matches === 0);
  }

  // The states that there are, to choose from.
  drawStates() {
    const select = byId("filter-state");
    const states = statesOf(this.tasks);
    if (this.wanted.state && !states.includes(this.wanted.state)) states.push(this.wanted.state);
    renew(select, states.join(" "), () => [
      element("option", { value: "" }, "all states"),
      ...states.map((state) => element("option", { value: state }, state)),
    ]);
    select.value = this.wanted.state;
  }

  drawRows(tasks) {
    const rows = new Map();
    for (const task of tasks) {
      const row = this.rows.get(task.id) ?? element("tr");
      renew(row, JSON.stringify([task, isResolved(task) ? 0 : this.now]), () =>
        cells(task, this.address, this.now),
      );
      rows.set(task.id, row);
    }
    const before = [...this.rows.keys()].join(" ");
    this.rows = rows;
    if (before === [...rows.keys()].join(" ")) return;
    const focused = this.body.contains(document.activeElement) ? document.activeElement : null;
    this.body.replaceChildren(...rows.values());
    if (focused?.isConnected) focused.focus();
  }
}
