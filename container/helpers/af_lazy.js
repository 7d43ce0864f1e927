// Records whose values are parsed when they are touched, from the index that the engine sends with a batch.
//
// A lazy record is a plain object with an accessor property for each value; it parses the value when it is asked for
// first, and remembers it. What else belongs to it is in private fields, which nobody outside can see. Accessors show
// in few places (property descriptors, freezing, console.log): af_lazy_guard.js completes a record before it gets
// there. Values of a record are parsed whole: accessors for the hundreds of members of a large one cost more than
// parsing it.
//
// The index (stages/record_index.hpp) is 32-bit little-endian words, offsets are bytes of the payload:
//     count, then for each record: start, start of the JSON (0xFFFFFFFF: none), end, object (0: parse the record whole)
//     an object, at its word number: n, then n times: key start, key end, value start, value end, object (not used)
// Only records are indexed whose text every parser accepts, with the same values.
'use strict';

const { isAscii } = require('buffer');
const os = require('os');

const RECORD_WORDS = 4;
const FIELD_WORDS = 5;
const MAX_MEMBERS = 64;
const MAX_NAMES = 4096;
const UNPARSED = Symbol('unparsed');

// As they are before user code, or af_lazy_guard.js, replaces them.
const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { parse } = JSON;

// Lets a class give private fields to an object that it did not make.
class Plain {
  constructor(object) {
    return object;
  }
}

class LazyRecord extends Plain {
  #batch;
  #text; // the bytes of the record, one a character: it does not keep the batch's megabyte alive
  #base; // offset of its first byte in the payload
  #fields; // those of the index
  #names;
  #values;

  static make(batch, start, end, place) {
    const record = {};
    const lazy = new LazyRecord(record);
    const count = batch.words[place];
    lazy.#batch = batch.shared;
    lazy.#text = batch.payload.latin1Slice(start, end);
    lazy.#base = start;
    lazy.#fields = batch.words.slice(place + 1, place + 1 + count * FIELD_WORDS);
    lazy.#names = [];
    lazy.#values = [];
    for (let at = 0; at < count * FIELD_WORDS; at += FIELD_WORDS) {
      const property = propertyOf(lazy.#slice(at));
      lazy.#names.push(property.name);
      lazy.#values.push(UNPARSED);
      defineProperty(record, property.name, property);
    }
    return record;
  }

  // `receiver` is what the property was looked up in: the record, or an object that inherits from it.
  static get(receiver, name) {
    let record = receiver;
    while (!(#names in record)) record = getPrototypeOf(record);
    return record.#value(name);
  }

  static set(receiver, name, value) {
    if (#names in receiver) receiver.#values[receiver.#names.lastIndexOf(name)] = value;
    else defineProperty(receiver, name, { value, writable: true, enumerable: true, configurable: true });
  }

  // Turns the accessors that are left into what they stand for.
  static complete(value) {
    if (typeof value !== 'object' || value === null || !(#names in value)) return;
    for (const name of value.#names) {
      const found = getOwnPropertyDescriptor(value, name);
      if (found?.get === undefined || found.get !== properties.get(name).get) continue; // deleted, or defined anew
      const { enumerable, configurable } = found;
      defineProperty(value, name, { value: value.#value(name), writable: true, enumerable, configurable });
    }
  }

  #value(name) {
    const i = this.#names.lastIndexOf(name); // of equal names the last counts
    if (this.#values[i] === UNPARSED) {
      const text = this.#slice(i * FIELD_WORDS + 2);
      this.#batch.touched += text.length;
      this.#values[i] = parse(text);
    }
    return this.#values[i];
  }

  // The text between the two offsets at that word of the fields.
  #slice(at) {
    const bytes = this.#text.slice(this.#fields[at] - this.#base, this.#fields[at + 1] - this.#base);
    return this.#batch.ascii ? bytes : Buffer.from(bytes, 'latin1').utf8Slice();
  }
}

const properties = new Map();

// One accessor a name, for the records of all batches: they then have the same shape, which is what makes them cheap.
// LazyBatch.row() bounds how many there come to be.
function propertyOf(name) {
  let property = properties.get(name);
  if (property === undefined) {
    property = {
      name,
      get() {
        return LazyRecord.get(this, name);
      },
      set(value) {
        LazyRecord.set(this, name, value);
      },
      enumerable: true,
      configurable: true,
    };
    properties.set(name, property);
  }
  return property;
}

// The records of one batch.
class LazyBatch {
  constructor(payload, index) {
    this.payload = payload;
    this.words = new Uint32Array(index.buffer, index.byteOffset, index.length / 4);
    this.count = this.words[0];
    this.shared = { ascii: isAscii(payload), touched: 0 };
    this.lazyBytes = 0;
  }

  // Of a record: where its JSON begins and ends in the payload, the word number of its fields, and whether it may be
  // lazy: not when it has very many members (see above), nor when its names are ever new ones, as uuids would be.
  row(number) {
    const at = 1 + number * RECORD_WORDS;
    const place = this.words[at + 3];
    const lazy = place !== 0 && this.words[place] <= MAX_MEMBERS && properties.size < MAX_NAMES;
    return { jsonStart: this.words[at + 1], end: this.words[at + 2], place, lazy };
  }

  record({ jsonStart, end, place }) {
    this.lazyBytes += end - jsonStart;
    return LazyRecord.make(this, jsonStart, end, place);
  }

  // Whether most of what was lazy was parsed after all.
  wasted() {
    return this.shared.touched > this.lazyBytes / 2;
  }
}

// An index is read where it lies.
const usable = os.endianness() === 'LE' && typeof isAscii === 'function';

module.exports = { LazyBatch, complete: LazyRecord.complete, usable };
