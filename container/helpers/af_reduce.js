// Reduce: groups the sorted lines on stdin by key and calls the user's reducer for each group.
'use strict';

const { isUtf8 } = require('buffer');
const path = require('path');
const { linesOf } = require('./af_output.js');
const { describeAtKey, shortTrace } = require('./af_script.js');

const WRITE_CHARACTERS = 1 << 20;
// Behind the last line: every key has been reduced. User code that ends the process leaves none.
const TRAILER = '\0done\n';

// What cannot be written is not the reducer's doing.
class AnswersLost extends Error {
  constructor(cause) {
    super('answers cannot be written', { cause });
  }
}

async function serve(requests, answers, reducer, options) {
  const folder = path.dirname(path.resolve(options.script));
  let output = '';
  const emit = (lines) => {
    output += lines;
    if (output.length >= WRITE_CHARACTERS) {
      try {
        answers.write(output);
      } catch (error) {
        throw new AnswersLost(error);
      }
      output = '';
    }
  };
  for (const [key, values] of groups(textLines(requests))) {
    try {
      let result = reducer(key, values);
      if (typeof result?.then === 'function') result = await result;
      const waiting = linesOf(result, emit);
      if (waiting) await waiting;
    } catch (error) {
      if (error instanceof AnswersLost) throw error.cause;
      // The last word on stderr is the key and what was thrown.
      process.stderr.write(`${shortTrace(error)}${describeAtKey(error, key, folder)}\n`);
      process.exit(1);
    }
  }
  answers.write(output + TRAILER);
}

// [key, [value, ...]] for each run of equal keys.
function* groups(lines) {
  let current = null;
  let values = [];
  for (const line of lines) {
    const tab = line.indexOf('\t');
    const key = tab < 0 ? line : line.slice(0, tab);
    if (key !== current) {
      if (current !== null) yield [current, values];
      current = key;
      values = [];
    }
    values.push(tab < 0 ? '' : line.slice(tab + 1));
  }
  if (current !== null) yield [current, values];
}

// Different bytes that are no UTF-8 would all become the same replacement character, and different keys one key.
function decoded(bytes) {
  if (!isUtf8(bytes)) throw new Error('a key or value is not UTF-8: use a python or binary reducer');
  return bytes.toString();
}

// Lines without their newline. Cut at newlines before decoding, so that no character is cut in two.
function* textLines(requests) {
  let tails = []; // of a line that has not ended yet
  for (let chunk = requests.some(); chunk !== null; chunk = requests.some()) {
    const cut = chunk.lastIndexOf(10);
    if (cut < 0) {
      tails.push(Buffer.from(chunk));
      continue;
    }
    const text = decoded(Buffer.concat([...tails, chunk.subarray(0, cut)]));
    tails = cut + 1 < chunk.length ? [Buffer.from(chunk.subarray(cut + 1))] : [];
    yield* text.split('\n');
  }
  if (tails.length > 0) yield decoded(Buffer.concat(tails));
}

module.exports = { serve };
