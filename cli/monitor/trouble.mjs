// What went wrong with asking, and what to do about it. Pure.
import { clock } from "./words.mjs";

const OWN = (groupId) => `af monitor ${groupId}`;

// {title, advice}; `since`: when the last answer came, null: there was none.
export function explain(trouble, address, since, now) {
  const host = new URL(address.rootUrl).host;
  const command = OWN(address.groupId);
  const stale = since === null ? "" : ` What is shown is from ${clock(since, now)}.`;
  switch (trouble.kind) {
    case "refused":
      return {
        title: `${host} does not let you see this group.`,
        advice: address.proxied
          ? `Your credentials lack a scope: queue:list-task-group:${address.groupId}. (${trouble.detail})`
          : `The deployment does not show its groups to everybody. Run "${command}": it shows this page with your credentials.`,
      };
    case "unknown":
      return {
        title: `${host} knows no group ${address.groupId}.`,
        advice: "A group exists once its first task is posted, and is forgotten when its tasks expire. Check the id, and the deployment.",
      };
    case "busy":
      return { title: `${host} has a problem of its own (${trouble.detail}).`, advice: `It usually heals by itself.${stale}` };
    case "garbled":
      return {
        title: `${host} answers, but not as a Taskcluster does: ${trouble.detail}.`,
        advice: `Check the address of the deployment.${stale}`,
      };
    case "unreachable":
      return address.proxied
        ? { title: "af monitor does not answer.", advice: `Is it still running? Start it again: ${command}.${stale}` }
        : {
          title: `There is no answer from ${host}.`,
          advice: `Either the network is down, or the deployment does not let pages from elsewhere ask it (CORS). In the second case run "${command}".${stale}`,
        };
    default:
      return { title: `${host} refused the request (${trouble.detail}).`, advice: "Check the group's id." };
  }
}
