// What a user's function returned, as output lines (text, each ended by a newline).
'use strict';

// Hands each line, or run of lines, of one result to `emit`. Returns a promise only for an async iterable.
function linesOf(result, emit) {
  if (result === undefined || result === null) return undefined;
  if (typeof result === 'string') {
    if (result !== '') emit(whole(result));
  } else if (typeof result[Symbol.iterator] === 'function') {
    for (const item of result) emit(lineOf(item));
  } else if (typeof result[Symbol.asyncIterator] === 'function') {
    return (async () => {
      for await (const item of result) emit(lineOf(item));
    })();
  } else {
    throw new TypeError(`returned ${kind(result)}; expected a string, an iterable of [key, value], or null`);
  }
  return undefined;
}

// One element of an iterable: a pair, or a line of its own.
function lineOf(item) {
  if (typeof item === 'string') return whole(item);
  if (!Array.isArray(item) || item.length !== 2) {
    throw new TypeError(`an element of the result is ${kind(item)}; expected a pair [key, value]`);
  }
  const key = String(item[0]);
  const value = String(item[1]);
  if (/[\t\n]/.test(key)) throw new RangeError(`the key ${JSON.stringify(key.slice(0, 60))} holds a TAB or a newline`);
  if (value.includes('\n')) throw new RangeError(`the value ${JSON.stringify(value.slice(0, 60))} holds a newline`);
  return `${key}\t${value}\n`;
}

function whole(line) {
  return line.endsWith('\n') ? line : line + '\n';
}

function kind(value) {
  return Array.isArray(value) ? `an array of ${value.length}` : value === null ? 'null' : typeof value;
}

// Whole lines of `bytes`, in pieces of about `limit` bytes (a longer line is a piece of its own).
function* cut(bytes, limit) {
  let start = 0;
  while (bytes.length - start > limit) {
    let end = bytes.subarray(start, start + limit).lastIndexOf(10) + 1;
    end = end > 0 ? start + end : bytes.indexOf(10, start + limit) + 1;
    yield bytes.subarray(start, end);
    start = end;
  }
  if (start < bytes.length) yield bytes.subarray(start);
}

module.exports = { linesOf, cut };
