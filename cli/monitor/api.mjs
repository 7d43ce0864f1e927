// The queue: one task group, page by page.
import { listUrl } from "./address.mjs";

const PATIENCE_MS = 30000;
const MOST_PAGES = 1000;

// What a request ended with, when not with a page. `kind`: refused | unknown | rejected | busy | unreachable | garbled.
export class Trouble extends Error {
  constructor(kind, detail) {
    super(detail);
    this.kind = kind;
    this.detail = detail;
  }
}

function kindOf(status) {
  if (status === 401 || status === 403) return "refused";
  if (status === 404) return "unknown";
  return status === 429 || status >= 500 ? "busy" : "rejected";
}

async function ask(url) {
  let response;
  try {
    response = await fetch(url, {
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch (error) {
    throw new Trouble("unreachable", error.name === "TimeoutError" ? "no answer within 30 s" : "no answer");
  }
  let body = null;
  try {
    body = await response.json();
  } catch {
    if (response.ok) throw new Trouble("garbled", `HTTP ${response.status}, but no JSON`);
  }
  if (response.ok && Array.isArray(body?.tasks)) return body;
  if (response.ok) throw new Trouble("garbled", "the answer holds no tasks");
  const said = typeof body?.message === "string" ? body.message.split("\n")[0].slice(0, 200) : "";
  throw new Trouble(kindOf(response.status), `HTTP ${response.status}${said ? `: ${said}` : ""}`);
}

// Reads the group from its first page to its last; `asked()` before every request, `take(page)` for each page.
export async function readGroup(address, asked, take) {
  const seen = new Set();
  let token = "";
  do {
    asked();
    const page = await ask(listUrl(address, token));
    take(page);
    token = typeof page.continuationToken === "string" ? page.continuationToken : "";
    if (seen.has(token) || seen.size > MOST_PAGES)
      throw new Trouble("garbled", "the same page is listed again and again");
    seen.add(token);
  } while (token);
}
