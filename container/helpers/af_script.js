// Loads the user's script, and says in one line what went wrong in it.
'use strict';

const fs = require('fs');
const path = require('path');
const { pathToFileURL } = require('url');

const REASON_CHARACTERS = 300;
const KEY_CHARACTERS = 80;

class ScriptError extends Error {}

// The function of that name, from module.exports, a named export, or the default export.
async function load(file, functionName, scriptArguments) {
  const full = path.resolve(file);
  if (!fs.existsSync(full)) throw new ScriptError(`no script at ${full}`);
  process.argv = [process.argv[0], full, ...scriptArguments];
  const exported = await import(pathToFileURL(full).href);
  const whole = exported.default;
  const found = exported[functionName] ?? whole?.[functionName] ?? (whole?.name === functionName ? whole : undefined);
  if (typeof found === 'function') return found;
  const names = Object.keys({ ...(Object(whole) === whole ? whole : {}), ...exported });
  const functions = names.filter(
    (name) => typeof (exported[name] ?? whole[name]) === 'function' && name !== 'module.exports',
  );
  const there = functions.length ? `it exports: ${functions.slice(0, 20).join(', ')}` : 'it exports none';
  throw new ScriptError(`${path.basename(full)} exports no function '${functionName}'; ${there}`);
}

function describeLoadError(error, file) {
  if (error instanceof ScriptError) return error.message;
  if (error instanceof SyntaxError) {
    const place = /^(\/[^\n]*|file:[^\n]*):(\d+)\n/.exec(error.stack ?? '');
    const where = place ? ` at ${path.basename(place[1])}:${place[2]}` : ` in ${path.basename(file)}`;
    const esm = /outside a module|Unexpected token 'export'/.test(error.message);
    return oneLine(`SyntaxError: ${error.message}`) + where + (esm ? ' (an ES module is to be named .mjs)' : '');
  }
  return describe(error, path.dirname(path.resolve(file)));
}

// One line: "TypeError: x is not a function at mapper.js:12". The place is the innermost one in the user's folder.
function describe(error, folder) {
  if (!(error instanceof Error)) return oneLine(`threw ${safeText(error)}`);
  let where = '';
  for (const frame of String(error.stack).split('\n')) {
    const place = /(?:file:\/\/)?(\/[^():]*):(\d+):\d+\)?$/.exec(frame);
    if (place && decodeURI(place[1]).startsWith(folder + path.sep)) {
      where = ` at ${decodeURI(place[1]).slice(folder.length + 1)}:${place[2]}`;
      break;
    }
  }
  const text = error.message ? `${error.name}: ${error.message}` : error.name;
  return oneLine(text, REASON_CHARACTERS - where.length) + where;
}

// One line: 'key "WINNT": TypeError: x is not a function at reducer.js:3'.
function describeAtKey(error, key, folder) {
  const shown = key.length > KEY_CHARACTERS ? key.slice(0, KEY_CHARACTERS - 3) + '...' : key;
  return `key ${JSON.stringify(shown)}: ${describe(error, folder)}`;
}

function shortTrace(error) {
  const text = error instanceof Error ? String(error.stack) : safeText(error);
  return text.split('\n').slice(0, 8).join('\n').slice(0, 4000) + '\n';
}

function safeText(value) {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}

function oneLine(text, limit = REASON_CHARACTERS) {
  const flat = text.split(/\s+/).join(' ').trim();
  return flat.length <= limit ? flat : flat.slice(0, limit - 3) + '...';
}

module.exports = { load, describe, describeAtKey, describeLoadError, shortTrace };
