// The page: shows a group, or asks which one.
import { isTaskId, pageSearch, readAddress, readRootUrl } from "./address.mjs";
import { byId, setText, show } from "./dom.mjs";
import { Follower } from "./follow.mjs";
import { View } from "./view.mjs";

const preset = (name) => document.querySelector(`meta[name="af-${name}"]`).content;

function complain(field, problem) {
  byId(field).setAttribute("aria-invalid", problem ? "true" : "false");
  setText(byId(`${field}-problem`), problem ?? "");
}

function askForAddress(given) {
  show(byId("setup"), true);
  byId("root-url").value = given.rootUrl;
  byId("group-id").value = given.groupId;
  setText(byId("setup-problem"), given.problems.join(". "));
  byId("setup-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const root = readRootUrl(byId("root-url").value);
    const groupId = byId("group-id").value.trim();
    complain("root-url", root.problem);
    complain("group-id", isTaskId(groupId) ? null : "A task group's id has 22 letters, digits, - and _");
    const wrong = document.querySelector('[aria-invalid="true"]');
    if (wrong) wrong.focus();
    else location.search = pageSearch(root.rootUrl, groupId);
  });
}

function main() {
  const address = readAddress(location.search, {
    rootUrl: preset("root-url"),
    taskGroupId: preset("task-group"),
    proxied: preset("proxied") === "yes",
  });
  if (address.problems) {
    askForAddress(address);
    return;
  }
  const view = new View(address);
  const follower = new Follower(address, (news) => view.update(news));
  byId("again").addEventListener("click", () => follower.lookNow());
  follower.start();
}

main();
