import assert from "node:assert/strict";
import { test } from "node:test";
import {
  artifactLink,
  isTaskId,
  listUrl,
  logPage,
  readAddress,
  readRootUrl,
  taskPage,
} from "../../../cli/monitor/address.mjs";

const GROUP = "fN1SbArXTPSVFNUvaOlinQ";
const NOTHING = { rootUrl: "", taskGroupId: "", proxied: false };
const search = (rootUrl, taskGroupId) => "?" + new URLSearchParams({ rootUrl, taskGroupId });

test("only https is asked, but for a deployment on this machine", () => {
  assert.equal(readRootUrl(" https://tc.example.org/ ").rootUrl, "https://tc.example.org");
  assert.equal(readRootUrl("http://127.0.0.1:8080").rootUrl, "http://127.0.0.1:8080");
  for (const bad of [
    "http://tc.example.org",
    "javascript:alert(1)",
    "data:text/html,x",
    "tc.example.org",
    "",
    "https://me:secret@tc.example.org",
    "https://tc.example.org/path",
    "https://tc.example.org/?a=b",
    "http://127.0.0.1.example.org",
    "file:///etc/passwd",
  ])
    assert.ok(readRootUrl(bad).problem, bad);
});

test("ids are checked before they get into an address", () => {
  assert.ok(isTaskId(GROUP));
  for (const bad of ["", "x", GROUP + "x", "../../../../../../etc00", "fN1SbArXTPSVFNUvaOlin/"])
    assert.ok(!isTaskId(bad), bad);
});

test("the page's query says what is shown, and what was written into the page is the default", () => {
  const address = readAddress(search("https://tc.example.org", GROUP), NOTHING);
  assert.deepEqual(address, {
    rootUrl: "https://tc.example.org",
    groupId: GROUP,
    apiRoot: "https://tc.example.org",
    proxied: false,
  });
  const preset = { rootUrl: "https://tc.example.org", taskGroupId: "", proxied: false };
  assert.equal(readAddress(`?taskGroupId=${GROUP}`, preset).rootUrl, "https://tc.example.org");
  assert.equal(
    readAddress(search("https://other.example.org", GROUP), preset).rootUrl,
    "https://other.example.org",
  );
});

test("a page that is served with credentials shows its own group, whatever its query says", () => {
  const preset = { rootUrl: "https://tc.example.org", taskGroupId: GROUP, proxied: true };
  const address = readAddress(search("https://evil.example.org", "aaaaaaaaSaCaaaaaaaaaaA"), preset);
  assert.deepEqual([address.rootUrl, address.groupId, address.apiRoot], ["https://tc.example.org", GROUP, "."]);
});

test("what is missing or wrong is asked for, with what was given", () => {
  assert.deepEqual(readAddress("", NOTHING), { problems: [], rootUrl: "", groupId: "" });
  const wrong = readAddress(search("ftp://x", "<b>"), NOTHING);
  assert.equal(wrong.problems.length, 2);
  assert.deepEqual([wrong.rootUrl, wrong.groupId], ["ftp://x", "<b>"]);
});

test("links lead to the queue, to Taskcluster's pages, or through the server that signs", () => {
  const address = readAddress(search("https://tc.example.org", GROUP), NOTHING);
  const proxied = { ...address, apiRoot: ".", proxied: true };
  assert.equal(
    listUrl(address, "a/b=").slice(22),
    `/api/queue/v1/task-group/${GROUP}/list?continuationToken=a%2Fb%3D`,
  );
  assert.equal(taskPage(address, "T"), "https://tc.example.org/tasks/T");
  assert.equal(logPage(address, "T", 3), "https://tc.example.org/tasks/T/runs/3/logs/public/logs/live.log");
  assert.equal(
    artifactLink(address, "T", 2, "public/af/r #1.txt"),
    "https://tc.example.org/api/queue/v1/task/T/runs/2/artifacts/public/af/r%20%231.txt",
  );
  assert.equal(artifactLink(address, "T", 2, "af/result.txt"), "https://tc.example.org/tasks/T/runs/2");
  assert.equal(
    artifactLink(proxied, "T", 2, "af/result.txt"),
    "./api/queue/v1/task/T/runs/2/artifacts/af/result.txt",
  );
});
