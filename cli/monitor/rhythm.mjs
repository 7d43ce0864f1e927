// When to ask the queue again. Pure: times are milliseconds.

export const REQUEST_MS = 5000; // one request in this time, on average
const QUIET_MS = 30000; // while nothing can happen by itself
const HIDDEN_MS = 60000; // while nobody looks
const FIRST_RETRY_MS = 5000;
const LONGEST_RETRY_MS = 60000;

// How long after the start of a look at the group, of so many requests, the next one may begin.
export const earliest = (requests) => REQUEST_MS * Math.max(1, requests);

// After a look that succeeded.
export function nextLook(requests, { quiet, hidden }) {
  return Math.max(earliest(requests), quiet ? QUIET_MS : 0, hidden ? HIDDEN_MS : 0);
}

// After the n-th failure in a row (from 1). `random` in [0, 1) keeps many pages from coming back all at once.
export function nextTry(failures, requests, hidden, random) {
  const backoff = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(10, failures - 1));
  return Math.max(earliest(requests), hidden ? HIDDEN_MS : 0, backoff * (1 + random * 0.1));
}
