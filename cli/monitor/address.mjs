// Which group is shown and where it is asked for; links into Taskcluster. Pure.

const SLUG = /^[A-Za-z0-9_-]{8}[Q-T][A-Za-z0-9_-][CGKOSWaeimquy26-][A-Za-z0-9_-]{10}[AQgw]$/;
const LOOPBACK = ["localhost", "127.0.0.1"]; // no policy of a page can name [::1]

export const isTaskId = (text) => SLUG.test(text);

// {rootUrl} without a slash at the end, or {problem}: https only, but for a deployment on this machine.
export function readRootUrl(text) {
  let url;
  try {
    url = new URL(text.trim());
  } catch {
    return { problem: "The address of the deployment must be a URL such as https://tc.example.org" };
  }
  const safe = url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.includes(url.hostname));
  if (!safe) return { problem: "The address of the deployment must begin with https://" };
  if (url.username || url.password)
    return { problem: "The address of the deployment must hold no user name or password" };
  if (url.pathname !== "/" || url.search || url.hash)
    return { problem: "The address of the deployment must end behind the host name" };
  return { rootUrl: url.origin };
}

// What to show, from the page's own query and what was written into the page: {rootUrl, groupId, apiRoot, proxied}, or
// {problems, rootUrl, groupId} with the texts as they were given. `preset`: {rootUrl, taskGroupId, proxied}.
export function readAddress(search, preset) {
  const query = new URLSearchParams(search);
  const given = preset.proxied ? new URLSearchParams() : query;
  const rootText = given.get("rootUrl") ?? preset.rootUrl;
  const groupId = (given.get("taskGroupId") ?? preset.taskGroupId).trim();
  const root = readRootUrl(rootText);
  const problems = [];
  if (rootText && root.problem) problems.push(root.problem);
  if (groupId && !isTaskId(groupId)) problems.push("A task group's id has 22 letters, digits, - and _");
  if (problems.length || !rootText || !groupId) return { problems, rootUrl: rootText, groupId };
  return { rootUrl: root.rootUrl, groupId, apiRoot: preset.proxied ? "." : root.rootUrl, proxied: preset.proxied };
}

// The page itself, showing that group.
export function pageSearch(rootUrl, groupId) {
  return "?" + new URLSearchParams({ rootUrl, taskGroupId: groupId });
}

export function listUrl(address, token) {
  const url = `${address.apiRoot}/api/queue/v1/task-group/${address.groupId}/list`;
  return token ? `${url}?continuationToken=${encodeURIComponent(token)}` : url;
}

const path = (name) => name.split("/").map(encodeURIComponent).join("/");

export const groupPage = (address) => `${address.rootUrl}/tasks/groups/${address.groupId}`;
export const taskPage = (address, taskId) => `${address.rootUrl}/tasks/${taskId}`;
export const runPage = (address, taskId, runId) => `${address.rootUrl}/tasks/${taskId}/runs/${runId}`;
export const logPage = (address, taskId, runId) => `${runPage(address, taskId, runId)}/logs/public/logs/live.log`;

// Where the bytes of an artifact are for whoever looks at this page: everybody may read public ones, `af monitor` signs
// for the others; without it they are a click away on Taskcluster's own page.
export function artifactLink(address, taskId, runId, name) {
  if (name.startsWith("public/") || address.proxied)
    return `${address.apiRoot}/api/queue/v1/task/${taskId}/runs/${runId}/artifacts/${path(name)}`;
  return runPage(address, taskId, runId);
}
