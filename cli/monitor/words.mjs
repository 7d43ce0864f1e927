// Numbers, times and reasons as people read them. Pure.

export const count = (number) => number.toLocaleString("en-US");

export const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

// Powers of 1000, three digits.
export function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let unit = 0;
  while (bytes >= 999.5 && unit < units.length - 1) {
    bytes /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || bytes >= 99.95 ? 0 : bytes >= 9.995 ? 1 : 2;
  return `${bytes.toFixed(digits)} ${units[unit]}`;
}

// "45 s", "3 min 20 s", "2 h 5 min", "4 d 3 h".
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

// An estimate is no better than this.
export function about(milliseconds) {
  const minutes = milliseconds / 60000;
  if (minutes < 1) return "less than a minute";
  if (minutes < 10) return `about ${plural(Math.round(minutes), "minute")}`;
  if (minutes < 90) return `about ${count(Math.round(minutes / 5) * 5)} minutes`;
  return `about ${plural(Math.round(minutes / 60), "hour")}`;
}

export const percent = (share) => `${Math.floor(share * 100 + 1e-9)} %`;

const pad = (number) => String(number).padStart(2, "0");

// Local time of the reader; the date when it is not today.
export function clock(time, now) {
  const date = new Date(time);
  const text = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  if (date.toDateString() === new Date(now).toDateString()) return text;
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${text}`;
}

const REASONS = {
  canceled: "cancelled",
  "claim-expired": "the worker went silent",
  "deadline-exceeded": "not done before its deadline",
  failed: "its command failed",
  "intermittent-task": "its command failed in a way that may heal",
  "internal-error": "an error of the worker",
  "malformed-payload": "the worker cannot make sense of the task",
  "resource-unavailable": "something that the task needs is not there, such as its image",
  superseded: "another task took its place",
  "worker-shutdown": "the worker was shut down",
};

// Why a run ended: an unknown reason is shown as it is.
export const reason = (word) => (Object.hasOwn(REASONS, word) ? REASONS[word] : word);
