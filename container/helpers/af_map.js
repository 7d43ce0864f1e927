// Map: reads batches, calls the user's mapper for each record, answers with the lines it made and an account.
'use strict';

const path = require('path');
const { isUtf8 } = require('buffer');
const { LazyBatch } = require('./af_lazy.js');
const { linesOf, cut } = require('./af_output.js');
const { describe, shortTrace } = require('./af_script.js');

const PART_CHARACTERS = 1 << 20;
// A record whose output is larger is sent before the function has ended; should it throw after that, the process ends.
const RECORD_OUTPUT_CHARACTERS = 16 << 20;
const TRACES_SHOWN = 5;

async function serve(requests, answers, mapper, options, counters) {
  const job = new Job(answers, mapper, options, counters);
  for (let header = requests.line(); header !== null; header = requests.line()) {
    const [, sequence, fileBytes, indexBytes, payloadBytes, place] = header.split(' ');
    const name = requests.exactly(Number(fileBytes)).toString();
    const index = requests.exactly(Number(indexBytes));
    const size = Number(payloadBytes);
    const payload = place === undefined ? requests.untilNext(size) : requests.atPlace(size, Number(place));
    await job.batch(sequence, name, index, payload);
  }
}

class BadRecord extends Error {
  constructor(kind, reason) {
    super(reason);
    this.kind = kind;
  }
}

const ARGUMENTS_OF = {
  'uuid-json': (text) => {
    const tab = text.indexOf('\t');
    if (tab < 0) throw new BadRecord('format', 'no TAB between uuid and JSON');
    return [text.slice(0, tab), parse(text.slice(tab + 1))];
  },
  'json-lines': (text) => ['', parse(text)],
  lines: (text) => ['', text],
  tsv: (text) => {
    const columns = text.split('\t');
    return [columns[0], columns];
  },
};

function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    // Without the beginning of the record that newer versions of Node quote.
    throw new BadRecord('json', error.message.replace(/, (\.\.\.)?".*$/s, ''));
  }
}

class Job {
  constructor(answers, mapper, options, counters) {
    this.answers = answers;
    this.mapper = mapper;
    this.argumentsOf = ARGUMENTS_OF[options.format];
    if (!this.argumentsOf) throw new Error(`unknown format ${options.format}`);
    this.folder = path.dirname(path.resolve(options.script));
    this.counters = counters;
    this.lazy = options.lazy;
    this.traced = new Set();
    this.lines = '';
  }

  async batch(sequence, name, index, payload) {
    this.sequence = sequence;
    const bad = [];
    const checked = isUtf8(payload);
    const lazy = this.lazy && index.length > 0 ? new LazyBatch(payload, index) : null;
    let number = 0;
    for (let start = 0; start < payload.length; number++) {
      let end = payload.indexOf(10, start);
      if (end < 0) end = payload.length;
      try {
        if (!checked && !isUtf8(payload.subarray(start, end))) throw new BadRecord('format', 'not UTF-8');
        const row = lazy?.row(number);
        const [uuid, value] = row?.lazy
          ? [payload.utf8Slice(start, Math.max(start, row.jsonStart - 1)), lazy.record(row)]
          : this.argumentsOf(payload.utf8Slice(start, end));
        let result = this.mapper(uuid, name, value);
        if (typeof result?.then === 'function') result = await result;
        const waiting = this.take(result);
        if (waiting) await waiting;
      } catch (error) {
        if (error instanceof BadRecord) bad.push([number, error.kind, error.message]);
        else bad.push([number, 'mapper', this.explain(error, name, number)]);
      }
      start = end + 1;
    }
    this.flushPart();
    const account = { records: number, bad, counters: Object.fromEntries(this.counters) };
    if (lazy?.wasted()) account.index = false;
    const meta = Buffer.from(JSON.stringify(account));
    this.counters.clear();
    this.answers.write(Buffer.concat([Buffer.from(`done ${sequence} ${meta.length}\n`), meta]));
  }

  // Adds what one record made. All of it, or nothing when producing it throws.
  take(result) {
    if (typeof result === 'string') {
      if (result !== '') this.add(result.endsWith('\n') ? result : result + '\n');
      return undefined;
    }
    if (result === undefined || result === null) return undefined;
    let made = '';
    let sent = false;
    const failed = (error) => {
      if (!sent) throw error;
      // Part of this record's output is on its way and cannot be taken back: the batch must not count.
      process.stderr.write(shortTrace(error));
      process.exit(1);
    };
    const emit = (line) => {
      made += line;
      if (made.length > RECORD_OUTPUT_CHARACTERS) {
        this.add(made);
        this.flushPart();
        made = '';
        sent = true;
      }
    };
    try {
      const waiting = linesOf(result, emit);
      if (waiting) return waiting.then(() => this.add(made), failed);
      this.add(made);
    } catch (error) {
      failed(error);
    }
    return undefined;
  }

  add(lines) {
    this.lines += lines;
    if (this.lines.length >= PART_CHARACTERS) this.flushPart();
  }

  flushPart() {
    if (this.lines === '') return;
    for (const part of cut(Buffer.from(this.lines), PART_CHARACTERS)) {
      this.answers.write(`part ${this.sequence} ${part.length}\n`);
      this.answers.write(part);
    }
    this.lines = '';
  }

  // The reason in one line. The first trace of each kind of error goes to stderr, for the author to read.
  explain(error, name, number) {
    const kind = error?.name ?? typeof error;
    if (!this.traced.has(kind) && this.traced.size < TRACES_SHOWN) {
      this.traced.add(kind);
      process.stderr.write(`record ${number} of a batch of ${name}:\n${shortTrace(error)}`);
    }
    return describe(error, this.folder);
  }
}

module.exports = { serve };
