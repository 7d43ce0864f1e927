"""Reduce: groups the sorted lines on stdin by key and calls the user's reducer for each group."""

from af_output import lines_of

WRITE_BYTES = 1 << 20
# Behind the last line: every key has been reduced. User code that ends the process leaves none.
TRAILER = b"\0done\n"
# From this many values on, equal ones are kept once: a count of ten million 1s takes 8 bytes a value, not 58.
SHARED_FROM = 1 << 16
SHARED_MOST = 1 << 16


def serve(requests, answers, function):
    waiting = 0
    for key, values in groups(requests):
        for lines in lines_of(function(key, values)):
            answers.write(lines)
            waiting += len(lines)
            if waiting >= WRITE_BYTES:
                answers.flush()
                waiting = 0
    answers.write(TRAILER)
    answers.flush()


def groups(lines):
    """(key, [value, ...]) for each run of equal keys. Keys and values are str."""
    current, values, shared = None, [], {}
    for line in lines:
        key, _, value = line.rstrip(b"\n").partition(b"\t")
        if key != current:
            if current is not None:
                yield current.decode("utf-8", "surrogateescape"), values
            current, values, shared = key, [], {}
        value = value.decode("utf-8", "surrogateescape")
        if len(values) >= SHARED_FROM and (len(shared) < SHARED_MOST or value in shared):
            value = shared.setdefault(value, value)
        values.append(value)
    if current is not None:
        yield current.decode("utf-8", "surrogateescape"), values
