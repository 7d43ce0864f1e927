// The descriptors: the protocol's own, which user code cannot reach by accident, and what user code sees instead.
'use strict';

const fs = require('fs');

const READ_BYTES = 1 << 20;
const COUNTER = 'reporter:counter:';
const MEMORY = 3;

// Blocking reads of exact sizes and of header lines, from a pipe.
class Requests {
  constructor(descriptor) {
    this.descriptor = descriptor;
    this.buffer = Buffer.allocUnsafe(READ_BYTES);
    this.start = 0;
    this.end = 0;
    this.reused = Buffer.alloc(0);
  }

  // The next line without its newline, or null at the end. Header lines are short.
  line() {
    let seen = this.start;
    for (;;) {
      const at = this.buffer.subarray(0, this.end).indexOf(10, seen);
      if (at >= 0) {
        const text = this.buffer.latin1Slice(this.start, at);
        this.start = at + 1;
        return text;
      }
      seen = this.end - this.start;
      this.buffer.copyWithin(0, this.start, this.end);
      this.start = 0;
      this.end = seen;
      const count = read(this.descriptor, this.buffer, this.end, this.buffer.length - this.end);
      if (count === 0) {
        if (this.end > 0) throw new Error('the engine closed the pipe inside a header');
        return null;
      }
      this.end += count;
    }
  }

  // Exactly `count` bytes, in a buffer of the caller's own.
  exactly(count) {
    return this.fill(Buffer.allocUnsafe(count));
  }

  fill(data) {
    const count = data.length;
    let have = this.buffer.copy(data, 0, this.start, Math.min(this.end, this.start + count));
    this.start += have;
    while (have < count) {
      const got = read(this.descriptor, data, have, count - have);
      if (got === 0) throw new Error('the engine closed the pipe inside a batch');
      have += got;
    }
    return data;
  }

  // As exactly(), in a buffer that the next call uses again: fresh pages cost more than reading into them.
  untilNext(count) {
    return this.fill(this.reusedFor(count));
  }

  // The same, from the memory that the engine shares.
  atPlace(count, place) {
    const data = this.reusedFor(count);
    for (let have = 0; have < count; ) {
      const got = fs.readSync(MEMORY, data, have, count - have, place + have);
      if (got === 0) throw new Error('the memory that is shared ends inside a batch');
      have += got;
    }
    return data;
  }

  reusedFor(count) {
    if (this.reused.length < count) this.reused = Buffer.allocUnsafeSlow(count + (count >> 2));
    return this.reused.subarray(0, count);
  }

  // Whatever there is, at least one byte; null at the end. Valid until the next call.
  some() {
    const count = read(this.descriptor, this.buffer, 0, this.buffer.length);
    return count === 0 ? null : this.buffer.subarray(0, count);
  }
}

class Answers {
  constructor(descriptor) {
    this.descriptor = descriptor;
  }

  write(data) {
    writeAll(this.descriptor, typeof data === 'string' ? Buffer.from(data) : data);
  }
}

function writeAll(descriptor, bytes) {
  let done = 0;
  while (done < bytes.length) {
    try {
      done += fs.writeSync(descriptor, bytes, done, bytes.length - done);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      pause();
    }
  }
}

function read(descriptor, buffer, offset, length) {
  for (;;) {
    try {
      return fs.readSync(descriptor, buffer, offset, length, null);
    } catch (error) {
      if (error.code === 'EOF') return 0;
      if (error.code !== 'EAGAIN') throw error;
      pause();
    }
  }
}

// For a pipe that somebody made non-blocking: Node does so with stderr, others with one that could not be opened anew.
function pause() {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}

// Node cannot duplicate a descriptor. Opening the pipe again through /proc gives a description of our own (a blocking
// one), and descriptors 0 and 1, once closed, are given out again for /dev/null and stderr.
function takeProtocolStreams() {
  const requests = new Requests(replace(0, 'r', '/dev/null'));
  return { requests, answers: new Answers(replace(1, 'w', '/proc/self/fd/2')) };
}

function replace(descriptor, mode, other) {
  let own;
  try {
    own = fs.openSync(`/proc/self/fd/${descriptor}`, mode === 'w' ? fs.constants.O_WRONLY : mode);
  } catch {
    return descriptor; // a socket: the protocol shares it, and redirectUserStreams() keeps console.log off it
  }
  fs.closeSync(descriptor);
  try {
    fs.openSync(other, mode === 'w' ? fs.constants.O_WRONLY | fs.constants.O_APPEND : mode);
  } catch {
    fs.openSync('/dev/null', mode);
  }
  return own;
}

// Points console.log at stderr. Returns the counters user code reports there ("group<TAB>name" -> sum), for the caller
// to empty. Writes are made at once: Node would queue what a full pipe does not take, without bound, until the script
// pauses.
function redirectUserStreams(takeCounters) {
  const counters = new Map();
  const pass = (text) => writeAll(2, Buffer.from(text));
  const filter = takeCounters ? counterFilter(pass, counters) : pass;
  const write = (chunk, encoding, callback) => {
    filter(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
    const done = typeof encoding === 'function' ? encoding : callback;
    if (done) process.nextTick(done);
    return true;
  };
  process.stderr.write = write;
  process.stdout.write = write;
  return counters;
}

// Keeps whole `reporter:counter:group,name,n` lines back and adds them up.
function counterFilter(pass, counters) {
  let held = ''; // the unfinished line, while it may still become a counter
  let lineStart = true;
  return (text) => {
    const lines = (held + text).split('\n');
    const rest = lines.pop();
    let passed = '';
    for (const line of lines) {
      if (!(lineStart && take(line, counters))) passed += line + '\n';
      lineStart = true;
    }
    if (lineStart && rest.length < 4096 && (rest.startsWith(COUNTER) || COUNTER.startsWith(rest))) {
      held = rest;
    } else {
      held = '';
      lineStart = false;
      passed += rest;
    }
    if (passed !== '') pass(passed);
  };
}

function take(line, counters) {
  const match = /^reporter:counter:([^,\t]*),([^\t]*),\s*([+-]?\d+)\s*$/.exec(line);
  if (!match || !Number.isSafeInteger(Number(match[3]))) return false;
  const name = `${match[1].trim()}\t${match[2].trim()}`;
  counters.set(name, (counters.get(name) ?? 0) + Number(match[3]));
  return true;
}

// Whether descriptor 3 is what the engine shares, of that size.
function hasMemory(size) {
  try {
    const about = fs.fstatSync(MEMORY);
    return about.isFile() && about.size === size;
  } catch {
    return false;
  }
}

module.exports = { takeProtocolStreams, redirectUserStreams, hasMemory };
