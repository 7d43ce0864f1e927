"""The descriptors: the protocol's own, which user code cannot reach by accident, and what user code sees instead."""

import io
import mmap
import os
import stat
import sys

BUFFER_BYTES = 1 << 16
COUNTER = "reporter:counter:"
MEMORY = 3


class Answers:
    """The protocol's side of descriptor 1. Unbuffered: what is written is whole messages or large parts of them."""

    def __init__(self, descriptor):
        self._raw = io.FileIO(descriptor, "wb")
        self._waiting = []

    def write(self, data):
        self._waiting.append(data)

    def flush(self):
        data = memoryview(b"".join(self._waiting))
        self._waiting.clear()
        while data:
            data = data[self._raw.write(data) :]


def take_protocol_streams():
    """Private copies of descriptors 0 and 1; user code finds /dev/null and stderr there. Not inherited by children."""
    requests = open(os.dup(0), "rb", buffering=BUFFER_BYTES)
    answers = Answers(os.dup(1))
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return requests, answers


def take_memory(size):
    """What the engine shares, mapped for reading; None when descriptor 3 is something else, or no address space is
    left."""
    try:
        about = os.fstat(MEMORY)
        if not stat.S_ISREG(about.st_mode) or about.st_size != size:
            return None
        memory = mmap.mmap(MEMORY, size, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        return None
    os.close(MEMORY)
    return memory


def redirect_user_streams(take_counters):
    """Points sys.stdin, sys.stdout and sys.stderr where the descriptors point now. Returns the counters that
    user code reports on sys.stderr, as a dict "group<TAB>name" -> sum that the caller empties (map), or an empty
    one."""
    counters = {}
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)
    sys.stdout = _text(1, io.TextIOWrapper)
    sys.stderr = _text(2, io.TextIOWrapper)
    if take_counters:
        sys.stderr = _text(2, CounterStream)
        sys.stderr.counters = counters
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
    return counters


def _text(descriptor, kind):
    raw = open(descriptor, "wb", buffering=1 << 16, closefd=False)
    return kind(raw, encoding="utf-8", errors="backslashreplace", line_buffering=True)


class CounterStream(io.TextIOWrapper):
    """stderr of user code: keeps `reporter:counter:group,name,n` lines back and adds them up."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.counters = {}
        self._held = ""  # the unfinished line, while it may still become a counter
        self._line_start = True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not " + type(text).__name__)
        *lines, rest = (self._held + text).split("\n")
        passed = []
        for line in lines:
            if not (self._line_start and self._take(line)):
                passed.append(line + "\n")
            self._line_start = True
        if self._line_start and len(rest) < 4096 and (rest.startswith(COUNTER) or COUNTER.startswith(rest)):
            self._held = rest
        else:
            self._held = ""
            self._line_start = False
            passed.append(rest)
        if passed:
            super().write("".join(passed))
        return len(text)

    def close(self):
        if self._held and not self.closed:
            super().write(self._held)
            self._held = ""
        super().close()

    def _take(self, line):
        if not line.startswith(COUNTER):
            return False
        parts = line[len(COUNTER) :].split(",")
        if len(parts) < 3 or "\t" in line:
            return False
        try:
            amount = int(parts[-1])
        except ValueError:
            return False
        name = parts[0].strip() + "\t" + ",".join(parts[1:-1]).strip()
        self.counters[name] = self.counters.get(name, 0) + amount
        return True
