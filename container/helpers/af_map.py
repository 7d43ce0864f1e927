"""Map: reads batches, calls the user's mapper for each record, answers with the lines it made and an account."""

import json
import os
import sys

from af_lazy import LazyBatch
from af_output import cut, lines_of
from af_script import describe, short_trace

PART_BYTES = 1 << 20
# A record whose output is larger is sent before the function has ended; should it raise after that, the process ends.
RECORD_OUTPUT_BYTES = 16 << 20
TRACES_SHOWN = 5
# How many accounts ask for an index of large objects: those of batches that were under way at the first come too soon,
# and what lies deeper is never in an index.
WISHES = 4
UTF8 = ("utf-8", "surrogateescape")


class BadRecord(Exception):
    """The record cannot be handed to the function. (kind, reason)"""


def serve(requests, memory, answers, function, options, parser, counters):
    job = Mapper(answers, function, options, parser, counters)
    while True:
        header = requests.readline()
        if not header:
            return
        _, sequence, file_bytes, index_bytes, payload_bytes, *place = header.split()
        name = _exactly(requests, int(file_bytes)).decode(*UTF8)
        index = _exactly(requests, int(index_bytes))
        size = int(payload_bytes)
        if place:
            job.batch(sequence, name, index, memory, int(place[0]), size)
        else:
            job.batch(sequence, name, index, _exactly(requests, size), 0, size)


def _exactly(requests, count):
    data = requests.read(count)
    if len(data) < count:
        raise EOFError("the engine closed the pipe inside a batch")
    return data


class Mapper:
    def __init__(self, answers, function, options, parser, counters):
        self._answers = answers
        self._function = function
        self._loads = parser.loads
        self._counters = counters
        self._lazy = options.lazy
        self._folder = os.path.dirname(os.path.abspath(options.script))
        self._records = {
            "uuid-json": self._uuid_json,
            "json-lines": self._json_lines,
            "lines": self._lines,
            "tsv": self._tsv,
        }[options.format]
        self._traced = set()
        self._wishes_left = WISHES
        self._sequence = b"0"
        self._lines_out = []
        self._bytes_out = 0

    def batch(self, sequence, name, index, data, start, size):
        """The payload is `size` bytes at `start` of `data`, which is bytes or a mapping."""
        self._sequence = sequence
        bad, lazy = [], None
        if index and self._lazy:
            lazy = LazyBatch(data, start, index, self._loads)
            count = self._map_lazily(lazy, name, bad)
        else:
            count = self._map_each(data[start : start + size], name, bad)
        self._flush_part()
        meta = {"records": count, "bad": bad, "counters": dict(self._counters)}
        if lazy is not None and lazy.wants_nested and self._wishes_left:
            self._wishes_left -= 1
            meta["nested"] = True
        elif lazy is not None and lazy.wasted():
            meta["index"] = False
        self._counters.clear()
        meta = json.dumps(meta, separators=(",", ":")).encode()
        self._answers.write(b"done %s %d\n%s" % (sequence, len(meta), meta))
        self._answers.flush()

    def _map_each(self, payload, name, bad):
        function, value_of = self._function, self._records
        number = -1
        for number, record in enumerate(_records_of(payload)):
            try:
                uuid, value = value_of(record)
            except BadRecord as error:
                bad.append([number, *error.args])
                continue
            try:
                result = function(uuid, name, value)
                if result is not None:
                    self._take(result)
            except Exception as error:
                bad.append([number, "mapper", self._explain(error, name, number)])
        return number + 1

    def _map_lazily(self, batch, name, bad):
        function = self._function
        value = None
        for number in range(batch.count):
            try:
                uuid, value = batch.record(number)
            except ValueError as error:
                bad.append([number, *_json_or_format(error)])
                continue
            except RecursionError as error:
                bad.append([number, "json", str(error)])
                continue
            try:
                result = function(uuid, name, value)
                if result is not None:
                    self._take(result)
            except Exception as error:
                bad.append([number, "mapper", self._explain(error, name, number)])
        value = None
        batch.close()
        return batch.count

    def _uuid_json(self, record):
        uuid, tab, text = record.partition(b"\t")
        if not tab:
            raise BadRecord("format", NO_TAB)
        return uuid.decode(*UTF8), self._json(text)

    def _json_lines(self, record):
        return "", self._json(record)

    def _json(self, text):
        try:
            return self._loads(text)
        except (ValueError, RecursionError) as error:
            raise BadRecord("json", str(error)) from None

    @staticmethod
    def _lines(record):
        return "", record.decode(*UTF8)

    @staticmethod
    def _tsv(record):
        columns = record.decode(*UTF8).split("\t")
        return columns[0], columns

    def _take(self, result):
        """Adds what one record made. All of it, or nothing when producing it raises."""
        if type(result) is str and result:
            line = result.encode(*UTF8)
            self._add(line if line[-1] == 10 else line + b"\n")
            return
        made, size, sent = [], 0, False
        try:
            for line in lines_of(result):
                made.append(line)
                size += len(line)
                if size > RECORD_OUTPUT_BYTES:
                    self._add(b"".join(made))
                    self._flush_part()
                    self._answers.flush()
                    made, size, sent = [], 0, True
        except Exception as error:
            if not sent:
                raise
            # Part of this record's output is on its way and cannot be taken back: the batch must not count.
            print(short_trace(error), file=sys.stderr)
            sys.exit(1)
        if made:
            self._add(b"".join(made))

    def _add(self, lines):
        self._lines_out.append(lines)
        self._bytes_out += len(lines)
        if self._bytes_out >= PART_BYTES:
            self._flush_part()

    def _flush_part(self):
        if not self._bytes_out:
            return
        for part in cut(b"".join(self._lines_out), PART_BYTES):
            self._answers.write(b"part %s %d\n" % (self._sequence, len(part)))
            self._answers.write(part)
            self._answers.flush()
        self._lines_out.clear()
        self._bytes_out = 0

    def _explain(self, error, name, number):
        """The reason in one line. The first trace of each kind of exception goes to stderr, for the author to read."""
        kind = type(error).__name__
        if kind not in self._traced and len(self._traced) < TRACES_SHOWN:
            self._traced.add(kind)
            print("record %d of a batch of %s:\n%s" % (number, name, short_trace(error)), end="", file=sys.stderr)
        return describe(error, self._folder)


NO_TAB = "no TAB between uuid and JSON"


def _json_or_format(error):
    return ("format", NO_TAB) if isinstance(error, LazyBatch.NoTab) else ("json", str(error))


def _records_of(payload):
    records = payload.split(b"\n")
    if not records[-1]:
        records.pop()
    return records
