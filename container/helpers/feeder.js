#!/usr/bin/env node
// Feeder for JavaScript: hands records to the user's mapper, or groups to the user's reducer (PROTOCOL.md).
//
//   node feeder.js map --script PATH --function NAME --format FORMAT [--lazy] [--memory BYTES] -- ARGUMENTS...
//   node feeder.js reduce --script PATH --function NAME -- ARGUMENTS...
//
// Node 18 or newer, no packages. The script is a CommonJS or an ES module; its functions may be async.
'use strict';

const streams = require('./af_streams.js');
const lazyRecords = require('./af_lazy.js');
const script = require('./af_script.js');

function parseArguments(argv) {
  const cut = argv.indexOf('--');
  const own = cut < 0 ? argv : argv.slice(0, cut);
  const options = { mode: own[0], format: 'uuid-json', arguments: cut < 0 ? [] : argv.slice(cut + 1) };
  for (let i = 1; i < own.length; i++) {
    if (own[i] === '--lazy') {
      options.lazy = true;
      continue;
    }
    if (!/^--(script|function|format|memory)$/.test(own[i]) || i + 1 === own.length) {
      throw new Error(`unexpected ${own[i]}`);
    }
    options[own[i].slice(2)] = own[++i];
  }
  if (!['map', 'reduce'].includes(options.mode) || !options.script || !options.function) {
    throw new Error(
      'usage: feeder.js map|reduce --script PATH --function NAME [--format FORMAT] [--lazy] [--memory BYTES] ' +
        '[-- ARGUMENTS...]',
    );
  }
  return options;
}

// Why records are not lazy; undefined: they are.
function notLazy(options) {
  if (!options.lazy || options.mode !== 'map') return 'not asked for';
  if (!['uuid-json', 'json-lines'].includes(options.format)) return 'records are not JSON';
  if (process.env.AF_LAZY === '0') return 'AF_LAZY=0';
  return lazyRecords.usable ? undefined : 'this version of Node or this machine cannot';
}

async function main() {
  const options = parseArguments(process.argv.slice(2));
  const memory = options.memory !== undefined && streams.hasMemory(Number(options.memory));
  const { requests, answers } = streams.takeProtocolStreams();
  const counters = streams.redirectUserStreams(options.mode === 'map');
  const why = notLazy(options);
  options.lazy = why === undefined;
  if (options.lazy) require('./af_lazy_guard.js').guard();
  let userFunction;
  try {
    userFunction = await script.load(options.script, options.function, options.arguments);
  } catch (error) {
    const account = { error: script.describeLoadError(error, options.script), trace: script.shortTrace(error) };
    answers.write(`failed ${JSON.stringify(account)}\n`);
    process.exit(1);
  }
  const account = {
    protocol: 1,
    language: 'javascript',
    version: process.versions.node,
    json: 'JSON.parse',
    lazy: options.lazy,
    why,
    memory,
  };
  answers.write(`ready ${JSON.stringify(account)}\n`);
  const { serve } = require(options.mode === 'map' ? './af_map.js' : './af_reduce.js');
  await serve(requests, answers, userFunction, options, counters);
}

main().then(
  () => process.exit(process.exitCode ?? 0), // whatever timers user code left behind
  (error) => {
    if (error.code !== 'EPIPE') process.stderr.write(script.shortTrace(error));
    process.exit(1);
  },
);
