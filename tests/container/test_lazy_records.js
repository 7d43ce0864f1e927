// Lazy records of JavaScript beside JSON.parse: every operation gives the same, and leaves the same behind.
//
//   AF_INDEX_TOOL=build/release/bin/record_index_tool node --test tests/container/test_lazy_records.js
'use strict';

const path = require('path');
const { spawnSync } = require('child_process');
const test = require('node:test');
const vm = require('vm');
const v8 = require('v8');

const HELPERS = path.join(__dirname, '..', '..', 'container', 'helpers');
const { LazyBatch, usable } = require(path.join(HELPERS, 'af_lazy.js'));
const real = { ...require('assert'), describe: Object.getOwnPropertyDescriptors, inspect: require('util').inspect };
require(path.join(HELPERS, 'af_lazy_guard.js')).guard();
const assert = require('assert');
const util = require('util');

const FILLER = `"filler": "${'x'.repeat(5000)}"`;
const RECORD =
  `{"info": {"OS": "WINNT", "list": [1, 2, {"x": null}]}, "ver": 2, "none": null, "list": [1, [2]], "zero": -0, ` +
  `"10": "ten", "2": "two", "__proto__": {"a": 1}, "twice": 1, "large": 123456789012345678, "é": "ü€😀", ` +
  `"toString": 5, "twice": {"last": true}, "histograms": {"GC_MS": [${'0, '.repeat(40)}1]}, ${FILLER}}`;

// The records of a payload, as the feeder would make them; undefined where the index leaves one to the parser.
function lazyRecords(texts) {
  const payload = Buffer.from(texts.map((text) => `uuid\t${text}\n`).join(''));
  const input = Buffer.concat([Buffer.from(`${payload.length}\n`), payload]);
  const { stdout } = spawnSync(process.env.AF_INDEX_TOOL, ['after_tab'], { input, maxBuffer: 1 << 28 });
  const index = Buffer.alloc(stdout.length - stdout.indexOf(10) - 1);
  stdout.copy(index, 0, stdout.indexOf(10) + 1);
  const batch = new LazyBatch(payload, index);
  real.equal(batch.count, texts.length);
  return texts.map((_, i) => (batch.row(i).lazy ? batch.record(batch.row(i)) : undefined));
}

function lazyRecord(text = RECORD) {
  const [record] = lazyRecords([text]);
  real.ok(record !== undefined, 'the record is not lazy');
  return record;
}

function outcome(operation, value) {
  try {
    return { result: operation(value) };
  } catch (error) {
    return { error: `${error.name}: ${error.message}` };
  }
}

function keysWith(js) {
  const keys = [];
  for (const key in js) keys.push(key);
  return keys;
}

function change(js) {
  js.ver = 3;
  js.fresh = 1;
  js.info.OS = 'Linux';
  js.none ??= 'set';
  js.ver++;
  return js;
}

function strictly(change) {
  return (js) => {
    'use strict';
    return change(js);
  };
}

const OPERATIONS = {
  read: (js) => [js.info.OS, js.ver, js.none, js.absent, js.zero, js['10'], js[2], js.large, js.é, js.twice],
  'read twice is the same object': (js) => [js.info === js.info, js.list === js.list],
  __proto__: (js) => [js.__proto__, js.a, Object.getPrototypeOf(js) === Object.prototype],
  'inherited names': (js) => [js.toString, typeof js.hasOwnProperty, js.constructor === Object],
  'optional chaining': (js) => [js?.info?.OS, js.absent?.x, js.info?.list[2].x],
  in: (js) => ['info' in js, 'absent' in js, 'toString' in js, 'hasOwnProperty' in js],
  has: (js) => [
    js.hasOwnProperty('info'),
    Object.hasOwn(js, 'absent'),
    Reflect.has(js, 'ver'),
    js.propertyIsEnumerable('ver'),
  ],
  'keys, in order': (js) => [Object.keys(js), Reflect.ownKeys(js), Object.getOwnPropertyNames(js), keysWith(js)],
  'values and entries': (js) => [Object.values(js), Object.entries(js), Object.fromEntries(Object.entries(js))],
  symbols: (js) => Object.getOwnPropertySymbols(js),
  stringify: (js) => [JSON.stringify(js), JSON.stringify([js], null, 1), JSON.stringify(js, ['ver', 'info'])],
  'stringify with a function': (js) => JSON.stringify(js, (key, value) => (key === 'info' ? undefined : value)),
  spread: (js) => ({ ...js, ver: 9 }),
  destructure: ({ ver, info: { OS }, absent = 4, ...rest }) => [ver, OS, absent, rest],
  assign: (js) => Object.assign({}, js),
  'assign to': (js) => Object.assign(js, { ver: 5, fresh: 1 }),
  structuredClone: (js) => structuredClone({ js }),
  serialize: (js) => v8.deserialize(v8.serialize(js)),
  'what it is': (js) => [
    typeof js,
    Array.isArray(js),
    js instanceof Object,
    String(js),
    Object.prototype.toString.call(js),
  ],
  change,
  'change strictly': strictly(change),
  delete: (js) => [delete js.info, delete js.absent, js.info, Object.keys(js)],
  'delete and set': (js) => {
    delete js.ver;
    js.ver = 'again';
    return Object.entries(js).pop();
  },
  'delete all': (js) => Object.keys(js).forEach((key) => delete js[key]),
  'symbol property': (js) => ((js[Symbol.for('x')] = 1), Reflect.ownKeys(js).length),
  freeze: strictly((js) => {
    Object.freeze(js);
    return [Object.isFrozen(js), outcome((o) => (o.ver = 1), js), js.ver];
  }),
  seal: strictly((js) => {
    Object.seal(js);
    js.ver = 8;
    return [Object.isSealed(js), Object.isFrozen(js), outcome((o) => delete o.ver, js), js.ver];
  }),
  'prevent extensions': (js) => [Object.isExtensible(Object.preventExtensions(js)), (js.ver = 2)],
  descriptor: (js) => [Object.getOwnPropertyDescriptor(js, 'ver'), Object.getOwnPropertyDescriptors(js)],
  'reflect descriptor': (js) => Reflect.getOwnPropertyDescriptor(js, 'info'),
  'define property': (js) => Object.defineProperty(js, 'ver', { writable: false }).ver,
  'define hidden': (js) => [Object.keys(Object.defineProperty(js, 'ver', { enumerable: false })), js.ver],
  'define properties': (js) => Object.defineProperties(js, { ver: { enumerable: false }, z: { value: 1 } }),
  'define getter': (js) => (js.__defineGetter__('ver', () => 'got'), js.ver),
  'look up': (js) => [js.__lookupGetter__('ver'), js.__lookupSetter__('ver')],
  heir: (js) => {
    const heir = Object.create(js);
    heir.ver = 'own';
    return [heir.info, heir.ver, js.ver, Object.keys(heir)];
  },
  'heir by literal': (js) => {
    const heir = { __proto__: js };
    heir.ver = 'own';
    return [heir.info, heir.ver, js.ver, Object.keys(heir), heir.none];
  },
  'set prototype': (js) => Object.setPrototypeOf(js, { extra: 1 }).extra,
  proxy: (js) => {
    const proxy = new Proxy(js, {});
    proxy.ver = 7;
    return [proxy.info.OS, js.ver, { ...proxy }, Object.keys(proxy)];
  },
  revocable: (js) => Proxy.revocable(js, {}).proxy.info,
  'reflect get and set': (js) => [
    Reflect.get(js, 'ver', 5),
    Reflect.set(js, 'ver', 6),
    Reflect.set(js, 'ver', 1, {}),
    js.ver,
  ],
  inspect: (js) => [util.inspect(js), util.format('%o %O %j', js, js, js), util.inspect({ a: [js] }, { depth: 9 })],
  'deep equal': (js) => [
    util.isDeepStrictEqual(js, JSON.parse(RECORD)),
    outcome(() => assert.deepStrictEqual(js, {}), js),
  ],
  'assert message': (js) => outcome(() => assert.deepStrictEqual({ a: js }, {}), js),
  'map and set': (js) => [new Map([[js, 1]]).get(js), new Set([js]).has(js), new WeakMap([[js, 2]]).get(js)],
  'iterate, which it cannot': (js) => [...js],
  'other realm': (js) => vm.runInNewContext('JSON.stringify(js) + Object.keys(js)', { js }),
  'array of keys by reduce': (js) => Object.keys(js).reduce((all, key) => ((all[key] = js[key]), all), {}),
  'with': (js) => new Function('js', 'with (js) { return [ver, info.OS]; }')(js),
};

const random = (() => {
  let state = 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
})();

function randomText(depth) {
  const pick = random(depth > 0 ? 8 : 6);
  if (pick === 0) return ['-0', '1e22', '0.1', '-7', '123456789012345678', '1e-7'][random(6)];
  if (pick === 1) return ['"a"', '"ü€😀"', '"\\u00e9\\n\\""', '""', '"__proto__"'][random(5)];
  if (pick === 2) return ['true', 'false', 'null'][random(3)];
  if (pick === 3 && random(8) === 0) return ['1e400', '12345678901234567890', '"\\ud800"', '-1e-400'][random(4)];
  if (pick <= 5) return String(random(1000));
  const members = Array.from({ length: random(5) }, () => randomText(depth - 1));
  return pick === 6 ? `[${members}]` : `{${members.map((text) => `${randomName()}: ${text}`)}}`;
}

function randomName() {
  const keys = ['a', 'b', '7', '07', '-1', '4294967295', '__proto__', 'constructor', 'é', '', '\\u0061'];
  return `"${keys[random(keys.length)]}"`;
}

// With the order of keys, prototypes and -0. An accessor that is left shows as one.
function shown(value) {
  return real.inspect(value, { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity });
}

function same(operation, text, make) {
  const lazy = make();
  const plain = JSON.parse(text);
  const got = outcome(operation, lazy);
  const expected = outcome(operation, plain);
  real.deepStrictEqual(Reflect.ownKeys(lazy), Reflect.ownKeys(plain));
  real.equal(shown(Object.getOwnPropertyDescriptors(lazy)), shown(real.describe(plain)));
  real.equal(shown(got), shown(expected));
  real.equal(Object.isExtensible(lazy), Object.isExtensible(plain));
}

test('lazy records work here', () => real.ok(usable));

for (const [name, operation] of Object.entries(OPERATIONS)) {
  test(name, () => same(operation, RECORD, () => lazyRecord()));
}

test('random records under random operations', () => {
  const names = Object.keys(OPERATIONS);
  const texts = Array.from({ length: 400 }, () => {
    const members = Array.from({ length: random(12) }, () => `${randomName()}: ${randomText(3)}`);
    return `{${[...members, '"info": {"OS": "x"}', FILLER].join(', ')}}`;
  });
  let lazy = 0;
  lazyRecords(texts).forEach((record, i) => {
    if (record === undefined) return;
    lazy++;
    same(OPERATIONS[names[random(names.length)]], texts[i], () => record);
  });
  real.ok(lazy > 50, `${lazy} lazy`);
});

test('broken and doubtful records are left to the parser', () => {
  const texts = [RECORD.slice(0, -1), ...['NaN', '01', '1e400'].map((number) => RECORD.replace('-0', number))];
  texts.push(RECORD.replace('WINNT', '\\ud800'), RECORD.replace('"ver"', '"v\\u0065r"'), RECORD.replace('null', 'nul'));
  real.deepStrictEqual(lazyRecords(texts), texts.map(() => undefined));
});

test('a value is parsed when it is touched, and the batch can tell', () => {
  const payload = Buffer.from(`uuid\t${RECORD}\n`);
  const input = Buffer.concat([Buffer.from(`${payload.length}\n`), payload]);
  const { stdout } = spawnSync(process.env.AF_INDEX_TOOL, ['after_tab'], { input });
  const index = Uint8Array.prototype.slice.call(stdout, stdout.indexOf(10) + 1);
  const batch = new LazyBatch(payload, Buffer.from(index.buffer, index.byteOffset, index.length));
  const record = batch.record(batch.row(0));
  real.equal(batch.wasted(), false);
  real.equal(record.info.OS, 'WINNT');
  real.equal(batch.wasted(), false);
  payload.fill(0); // as the next batch does
  real.deepStrictEqual({ ...record }, { ...JSON.parse(RECORD) });
  real.equal(batch.wasted(), true);
});

test('a record that is printed within others shows as itself', () => {
  let printed = '';
  const write = process.stdout.write;
  process.stdout.write = (text) => ((printed += text), true);
  try {
    console.log({ list: [lazyRecord()] }, new Map([[1, lazyRecord()]]));
  } finally {
    process.stdout.write = write;
  }
  real.doesNotMatch(printed, /Getter/);
});
