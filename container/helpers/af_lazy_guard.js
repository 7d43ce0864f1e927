// Where it would show that the properties of a lazy record (af_lazy.js) are accessors, the record is completed first.
// For this, the functions of JavaScript and Node that look at properties without asking for their values are replaced
// by ones that complete their arguments and then do what they always did. Called before the script is loaded.
'use strict';

const assert = require('assert');
const { syncBuiltinESMExports } = require('module');
const util = require('util');

const { complete } = require('./af_lazy.js');

const { apply, construct, ownKeys } = Reflect;
const { defineProperty, getOwnPropertyDescriptor } = Object;

const OF_OBJECTS = [
  'create', 'defineProperties', 'defineProperty', 'freeze', 'getOwnPropertyDescriptor', 'getOwnPropertyDescriptors',
  'seal', 'setPrototypeOf',
];
const OF_REFLECT = ['defineProperty', 'get', 'getOwnPropertyDescriptor', 'set', 'setPrototypeOf'];
const OF_PROTOTYPE = ['__defineGetter__', '__defineSetter__', '__lookupGetter__', '__lookupSetter__'];
const PRINTING = [
  'assert', 'debug', 'dir', 'dirxml', 'error', 'group', 'groupCollapsed', 'info', 'log', 'table', 'trace', 'warn',
];

function guard() {
  for (const name of OF_OBJECTS) wrap(Object, name, completeAll);
  for (const name of OF_REFLECT) wrap(Reflect, name, completeAll);
  for (const name of OF_PROTOTYPE) wrap(Object.prototype, name, (_, self) => complete(self));
  for (const name of PRINTING) wrap(console, name, completeDeep);
  for (const name of ['inspect', 'format', 'formatWithOptions']) wrap(util, name, completeDeep);
  for (const name of ['deepEqual', 'deepStrictEqual', 'notDeepEqual', 'notDeepStrictEqual', 'equal', 'strictEqual']) {
    wrap(assert, name, completeDeep);
    wrap(assert.strict, name, completeDeep);
  }
  globalThis.Proxy = guardedProxy(globalThis.Proxy);
  syncBuiltinESMExports();
}

function wrap(owner, name, before) {
  const property = getOwnPropertyDescriptor(owner, name);
  const original = property?.value;
  if (typeof original !== 'function') return;
  const wrapped = {
    [name](...values) {
      before(values, this);
      return apply(original, this, values);
    },
  }[name];
  // Its length, and what hangs on it: util.inspect.custom, util.inspect.defaultOptions.
  for (const key of ownKeys(original)) {
    if (key !== 'name' && key !== 'prototype') defineProperty(wrapped, key, getOwnPropertyDescriptor(original, key));
  }
  defineProperty(owner, name, { ...property, value: wrapped });
}

function completeAll(values) {
  for (const value of values) complete(value);
}

// And what they hold, however deep: printing may be told to go as deep.
function completeDeep(values) {
  const waiting = [...values];
  const seen = new Set();
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    complete(value);
    if (value instanceof Map) waiting.push(...value.keys(), ...value.values());
    if (value instanceof Set) waiting.push(...value);
    if (ArrayBuffer.isView(value) || util.types.isProxy(value)) continue;
    for (const key of ownKeys(value)) waiting.push(getOwnPropertyDescriptor(value, key)?.value);
  }
}

// By a proxy of the plain constructor, which answers for everything that is not done here.
function guardedProxy(Original) {
  const { revocable } = Original;
  const guarded = new Original(Original, {
    construct(target, values, newTarget) {
      completeAll(values);
      return construct(target, values, newTarget === guarded ? target : newTarget);
    },
  });
  Original.revocable = function (...values) {
    completeAll(values);
    return apply(revocable, Original, values);
  };
  return guarded;
}

module.exports = { guard };
