"""Records whose values are parsed when they are touched, from the index that the engine sends with a batch.

Most mappers look at a few values of a large record, and parsing is nearly all of their time. A LazyRecord is a dict
that holds every key from the start and a placeholder for each value; whatever hands out a value parses it first. Parts
of a record that would have to be looked at by C code past these methods cannot be made safe: scripts that might do such
a thing are kept away from lazy records by af_lazy_gate.

The index (stages/record_index.hpp) is 32-bit little-endian words, offsets are bytes of the payload:
    count, then for each record: start, start of the JSON (NO_TAB: none), end, object (0: parse the record whole)
    an object, at its word number: n, then n times: key start, key end, value start, value end, object (0: none)
Only records are indexed whose text both parsers would accept, with the same values.
"""

import copy
import sys
import weakref

NO_TAB = 0xFFFFFFFF
BRACE = ord("{")
RECORD_WORDS = 4
LARGE_BYTES = 8 << 10  # of an object whose members are worth an index
FIELD_WORDS = 5

_new = dict.__new__
_update = dict.update
_get = dict.__getitem__
_set = dict.__setitem__


class _Slot:
    """Placeholder for the value of the field with that number. Shared by all records."""

    __slots__ = ("first_word",)

    def __init__(self, number):
        self.first_word = number * FIELD_WORDS


_slots = [_Slot(number) for number in range(256)]


class LazyBatch:
    """The records of one batch. Records that outlive the batch are completed when it ends."""

    class NoTab(ValueError):
        pass

    def __init__(self, data, payload_start, index, loads):
        """The payload begins at `payload_start` of `data`: bytes, or a mapping, which others use again after
        close()."""
        words = memoryview(index).cast("I")
        if sys.byteorder != "little":
            words = _swapped(words)
        self.count = words[0]
        self._data = data
        self._base = payload_start
        self._words = words
        self._rows = words[1 : 1 + self.count * RECORD_WORDS].tolist()
        self._loads = loads
        self._keys = {}
        self._alive = []
        self.wants_nested = False  # a large object was touched of whose members the index does not tell
        self._lazy_bytes = 0
        self._parsed_bytes = 0

    def record(self, number):
        """(uuid, value). Raises NoTab, or what the parser raises."""
        at = number * RECORD_WORDS
        start, json_start, end, place = self._rows[at : at + RECORD_WORDS]
        if json_start == NO_TAB:
            raise LazyBatch.NoTab
        data, base = self._data, self._base
        uuid = ""
        if json_start > start:
            uuid = data[base + start : base + json_start - 1].decode("utf-8", "surrogateescape")
        if not place:
            return uuid, self._loads(data[base + json_start : base + end])
        self._lazy_bytes += end - json_start
        return uuid, self.object(place, json_start, end)

    def object(self, place, start, end):
        words = self._words
        count = words[place]
        fields = words[place + 1 : place + 1 + count * FIELD_WORDS].tolist()
        while count > len(_slots):
            _slots.append(_Slot(len(_slots)))
        keys, data, base = self._keys, self._data, self._base
        names = []
        for key_start, key_end in zip(fields[::FIELD_WORDS], fields[1::FIELD_WORDS]):
            raw = data[base + key_start : base + key_end]
            name = keys.get(raw)
            if name is None:
                name = keys[raw] = raw.decode()
            names.append(name)
        record = _new(LazyRecord)
        _update(record, zip(names, _slots))
        record._batch = self
        record._fields = fields
        record._span = start, end
        self._alive.append(weakref.ref(record))
        return record

    def value(self, fields, slot):
        at = slot.first_word
        start, end, place = fields[at + 2 : at + 5]
        if place:
            return self.object(place, start, end)
        if end - start >= LARGE_BYTES and self._data[self._base + start] == BRACE:
            self.wants_nested = True
        return self.parse(start, end)

    def parse(self, start, end):
        self._parsed_bytes += end - start
        return self._loads(self._data[self._base + start : self._base + end])

    def wasted(self):
        """Whether most of what was lazy was parsed after all."""
        return self._parsed_bytes > self._lazy_bytes / 2

    def close(self):
        """Whoever kept a record keeps a whole one, and not this batch's megabyte."""
        while self._alive:
            record = self._alive.pop()()
            if record is not None:
                record._complete()
        self._data = None  # others use the memory from now on


class LazyRecord(dict):
    """Must be told from a dict by nobody who asks through methods, operators or the abstract C interface."""

    __slots__ = ("_batch", "_fields", "_span", "__weakref__")

    def __init__(self, *arguments, **fields):
        self._batch = None
        dict.__init__(self, *arguments, **fields)

    def _complete(self):
        if self._batch is None:
            return self
        batch, fields = self._batch, self._fields
        left = [(key, value) for key, value in dict.items(self) if type(value) is _Slot]
        start, end = self._span
        # Once as a whole is much cheaper than value by value, unless most is there already.
        if sum(fields[slot.first_word + 3] - fields[slot.first_word + 2] for _, slot in left) > (end - start) / 2:
            whole = batch.parse(start, end)
            # Of equal keys the last counts, in both. One that was set anew since has no slot.
            for key, _ in left:
                _set(self, key, whole[key])
        else:
            for key, slot in left:
                _set(self, key, batch.value(fields, slot))
        self._batch = self._fields = None
        return self

    def __getitem__(self, key):
        value = _get(self, key)
        if type(value) is _Slot:
            value = self._batch.value(self._fields, value)
            _set(self, key, value)
        return value

    # Arguments are dict's to check, here and below: its messages are what a script's author knows.
    def get(self, *arguments, **names):
        value = dict.get(self, *arguments, **names)
        return self[arguments[0]] if type(value) is _Slot else value

    # Not dict's own: by this the C code of dict(), **, update() and | knows that it must ask for each value.
    def __iter__(self):
        return dict.__iter__(self)

    def items(self):
        return dict.items(self._complete())

    def values(self):
        return dict.values(self._complete())

    def pop(self, *arguments, **names):
        value = dict.pop(self, *arguments, **names)
        return self._batch.value(self._fields, value) if type(value) is _Slot else value

    def popitem(self):
        key, value = dict.popitem(self)
        return key, self._batch.value(self._fields, value) if type(value) is _Slot else value

    def setdefault(self, *arguments, **names):
        value = dict.setdefault(self, *arguments, **names)
        return self[arguments[0]] if type(value) is _Slot else value

    def copy(self):
        return dict(self)

    __copy__ = copy

    def __deepcopy__(self, memo):
        result = memo[id(self)] = {}
        for key, value in self.items():
            result[copy.deepcopy(key, memo)] = copy.deepcopy(value, memo)
        return result

    def __reduce_ex__(self, protocol):
        return dict, (), None, None, iter(self.items())

    def __or__(self, other):
        return dict(self) | other

    def __ror__(self, other):
        return {**other, **self} if isinstance(other, dict) else NotImplemented

    def __eq__(self, other):
        if isinstance(other, LazyRecord):
            other._complete()
        return dict.__eq__(self._complete(), other)

    def __ne__(self, other):
        if isinstance(other, LazyRecord):
            other._complete()
        return dict.__ne__(self._complete(), other)

    __hash__ = None

    def __repr__(self):
        return dict.__repr__(self._complete())

    @staticmethod
    def fromkeys(iterable, value=None, /):
        return dict.fromkeys(iterable, value)


# Error messages name the type: "unhashable type: 'dict'".
LazyRecord.__name__ = LazyRecord.__qualname__ = "dict"
LazyRecord.__module__ = "builtins"


def _swapped(words):
    import array

    swapped = array.array("I", words.tolist())
    swapped.byteswap()
    return memoryview(swapped)
