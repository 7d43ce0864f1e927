"""Reduce: groups the sorted lines on stdin by key and calls the user's reducer for each group."""

import os
import sys

from af_output import lines_of
from af_script import describe_at_key, short_trace

READ_BYTES = 1 << 16
WRITE_BYTES = 1 << 20
# Behind the last line: every key has been reduced. User code that ends the process leaves none.
TRAILER = b"\0done\n"
# From this many values on, equal ones are kept once: a count of ten million 1s takes 8 bytes a value, not 58.
SHARED_FROM = 1 << 16
SHARED_MOST = 1 << 16


def serve(requests, answers, function, script):
    folder = os.path.dirname(os.path.abspath(script))
    waiting = 0
    for key, values in groups(requests):
        for lines in reduced(function, key, values, folder):
            answers.write(lines)
            waiting += len(lines)
            if waiting >= WRITE_BYTES:
                answers.flush()
                waiting = 0
    answers.write(TRAILER)
    answers.flush()


def reduced(function, key, values, folder):
    """The lines of one key. When the function raises, the last word on stderr is the key and what was raised."""
    try:
        yield from lines_of(function(key, values))
    except Exception as error:
        print(short_trace(error) + describe_at_key(error, key, folder), file=sys.stderr)
        sys.exit(1)


def groups(requests):
    """(key, [value, ...]) for each run of equal keys. Keys and values are str."""
    current, values, shared = None, [], {}
    for lines in line_blocks(requests):
        if current is not None and is_of(lines[-1], current):
            cut = len(current) + 1  # the lines are sorted, so all of them are of this key
            keep(values, [line[cut:] for line in lines], shared)
            continue
        for line in lines:
            key, _, value = line.partition("\t")
            if key != current:
                if current is not None:
                    yield current, values
                current, values, shared = key, [], {}
            if len(values) < SHARED_FROM:
                values.append(value)
            else:
                keep(values, [value], shared)
    if current is not None:
        yield current, values


def is_of(line, key):
    """A line without a TAB is all key."""
    return line.startswith(key) and line[len(key) : len(key) + 1] in ("\t", "")


def keep(values, more, shared):
    if len(values) >= SHARED_FROM:
        more = [shared.setdefault(v, v) if len(shared) < SHARED_MOST else shared.get(v, v) for v in more]
    values += more


def line_blocks(requests):
    """Lists of whole lines without their newlines. Decoding many at once costs a tenth of decoding each."""
    held = []  # of a line that goes on
    while True:
        data = requests.read1(READ_BYTES)
        cut = data.rfind(b"\n") + 1
        if data and not cut:
            held.append(data)
            continue
        whole = b"".join([*held, data[:cut]]) if held else data[:cut]
        held = [data[cut:]] if cut < len(data) else []
        if whole:
            lines = whole.decode("utf-8", "surrogateescape").split("\n")
            if not lines[-1]:
                lines.pop()
            del whole
            yield lines
        if not data:
            return
