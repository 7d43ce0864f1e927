// What went wrong with asking, and what to do about it. Pure.
import { clock } from "./words.mjs";

// By the kind of trouble: (facts) -> [what is wrong, what to do].
const WORDS = {
  refused: ({ host, command }) => [
    `${host} does not let you see this group.`,
    `The deployment does not show its groups to everybody. Run "${command}": it shows this page with your credentials.`,
  ],
  unknown: ({ host, groupId }) => [
    `${host} knows no group ${groupId}.`,
    "A group is there once its first task is posted, until its tasks expire. Check the id, and the deployment.",
  ],
  busy: ({ host, detail, stale }) => [
    `${host} has a problem of its own (${detail}).`,
    `It usually heals by itself.${stale}`,
  ],
  garbled: ({ host, detail, stale }) => [
    `${host} answers, but not as a Taskcluster does: ${detail}.`,
    `Check the address of the deployment.${stale}`,
  ],
  unreachable: ({ host, command, stale }) => [
    `There is no answer from ${host}.`,
    "Either the network is down, or the deployment does not let pages from elsewhere ask it (CORS). " +
      `In the second case run "${command}".${stale}`,
  ],
  rejected: ({ host, detail }) => [`${host} refused the request (${detail}).`, "Check the group's id."],
};

// The same where `af monitor` asks for the page.
const PROXIED_WORDS = {
  ...WORDS,
  refused: ({ host, groupId, detail }) => [
    `${host} does not let you see this group.`,
    `Your credentials lack a scope: queue:list-task-group:${groupId}. (${detail})`,
  ],
  unreachable: ({ command, stale }) => [
    "af monitor does not answer.",
    `Is it still running? Start it again: ${command}.${stale}`,
  ],
};

// {title, advice}; `since`: when the last answer came, null: there was none.
export function explain(trouble, address, since, now) {
  const words = (address.proxied ? PROXIED_WORDS : WORDS)[trouble.kind];
  const [title, advice] = words({
    host: new URL(address.rootUrl).host,
    groupId: address.groupId,
    command: `af monitor ${address.groupId}`,
    detail: trouble.detail,
    stale: since === null ? "" : ` What is shown is from ${clock(since, now)}.`,
  });
  return { title, advice };
}
