"""Lazy records beside json.loads: same values by every way to ask, same answers of the feeder with and without.

AF_INDEX_TOOL=build/release/bin/record_index_tool /usr/bin/python3 tests/container/test_lazy_records.py
"""

import collections
import copy
import json
import operator
import os
import pickle
import random
import subprocess
import sys
import tempfile
import textwrap
import unittest

from feeder_client import HELPERS, Feeder

sys.path.insert(0, HELPERS)
import af_lazy  # noqa: E402
import af_lazy_gate  # noqa: E402
import af_parse  # noqa: E402

TOOL = os.environ["AF_INDEX_TOOL"]


class Indexer:
    """The engine's side."""

    def __init__(self, place="after_tab"):
        self.process = subprocess.Popen([TOOL, place], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def index(self, payload):
        self.process.stdin.write(b"%d\n%s" % (len(payload), payload))
        self.process.stdin.flush()
        return self.process.stdout.read(int(self.process.stdout.readline()))

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def random_string(rng):
    alphabet = ["a", "B", " ", "ü", "€", "😀", '"', "\\", "\n", "\t", "\x00", "/", "{", "]", ",", ":", "\x7f"]
    return "".join(rng.choice(alphabet) for _ in range(rng.randrange(12)))


def random_value(rng, depth):
    kind = rng.randrange(9 if depth > 0 else 6)
    if kind == 0:
        return random_string(rng)
    if kind == 1:
        return rng.choice([0, -1, 7, rng.randrange(-(10**17), 10**17)])
    if kind == 2:
        return rng.choice([0.5, -1e-7, 1.5e30, 1e22, rng.uniform(-1e6, 1e6)])
    if kind == 3:
        return rng.choice([True, False, None])
    if kind <= 5:
        return [rng.randrange(100) for _ in range(rng.randrange(40))]
    if kind == 6:
        return [random_value(rng, depth - 1) for _ in range(rng.randrange(6))]
    return {"k%d" % rng.randrange(9) + random_string(rng): random_value(rng, depth - 1)
            for _ in range(rng.randrange(8))}


def random_record(rng):
    """JSON text of a record that is large enough to be lazy, mostly."""
    record = {"key%d" % i: random_value(rng, 3) for i in range(rng.randrange(1, 12))}
    if rng.random() < 0.1:
        record["exotic"] = rng.choice([10**25, -(10**19), float("inf"), 1e300, "\ud800"])
    if rng.random() < 0.9:
        record["histograms"] = {"H%d" % i: [rng.randrange(50)] * rng.randrange(30) for i in range(rng.randrange(200))}
        record["filler"] = "x" * 4096
    names = list(record)
    rng.shuffle(names)
    record = {name: record[name] for name in names}
    separators = rng.choice([(", ", ": "), (",", ":"), (" , ", " :\t")])
    text = json.dumps(record, ensure_ascii="exotic" in record or rng.random() < 0.5, separators=separators)
    if rng.random() < 0.2:
        text = text[:-1] + ', "key0": "again"}'
    return text.encode()


def lazy_records(indexer, texts):
    payload = b"".join(b"uuid\t" + text + b"\n" for text in texts)
    batch = af_lazy.LazyBatch(payload, 0, indexer.index(payload), af_parse.StandardParser.loads)
    return [batch.record(number)[1] for number in range(batch.count)]


def match_mapping(js):
    match js:
        case {"info": {"OS": os_name}, **rest}:
            return os_name, rest
        case {}:
            return "other", None


def keywords(**fields):
    return fields


def outcome(operation, value):
    """What an operation gives and leaves behind, so that two can be compared."""
    try:
        result = operation(value)
    except Exception as error:
        result = (type(error), str(error))
    return result, value


RECORD = {
    "info": {"OS": "WINNT", "list": [1, 2, {"x": None}]},
    "ver": 2,
    "none": None,
    "histograms": {"H%d" % i: [i] * 20 for i in range(200)},
    "filler": "x" * 4096,
}

# Each is applied to a lazy record and to the plain dict; results and what becomes of the record must be equal.
OPERATIONS = {
    "get item": lambda js: js["info"]["OS"],
    "get nested": lambda js: js["histograms"]["H3"],
    "missing": lambda js: js["absent"],
    "unhashable": lambda js: js[[]],
    "get": lambda js: [js.get("ver"), js.get("absent"), js.get("absent", 3), js.get("none", 3)],
    "get without key": lambda js: js.get(),
    "get by name": lambda js: js.get(key="ver"),
    "in": lambda js: ["info" in js, "absent" in js],
    "len and bool": lambda js: [len(js), bool(js)],
    "iterate": lambda js: [list(js), [key for key in js], sorted(js), list(reversed(js)), list(iter(js))],
    "keys": lambda js: [list(js.keys()), js.keys() & {"ver"}, js.keys() == {"ver"}],
    "values": lambda js: list(js.values()),
    "items": lambda js: [list(js.items()), sorted(js.items(), key=operator.itemgetter(0))],
    "value in values": lambda js: 2 in js.values(),
    "items set": lambda js: ("ver", 2) in js.items(),
    "repr and str": lambda js: [repr(js), str(js), format(js), "%s" % js, f"{js}"],
    "percent": lambda js: "%(ver)s %(none)s" % js,
    "str.format": lambda js: "{ver} {info[OS]}".format(**js),
    "format_map": lambda js: "{ver} {info[OS]}".format_map(js),
    "dict": lambda js: dict(js),
    "dict with more": lambda js: dict(js, ver=3),
    "unpack": lambda js: {**js},
    "keywords": lambda js: keywords(**js),
    "or": lambda js: [js | {"ver": 3}, {"ver": 3, "z": 1} | js, js | js],
    "or with no dict": lambda js: js | 3,
    "no dict or": lambda js: [1] | js,
    "or equal": lambda js: js.__ior__({"ver": 9}),
    "update into another": lambda js: {"a": 1}.update(js),
    "update": lambda js: [js.update({"ver": 4}), js.update(z=1), js.update([("y", 2)])],
    "update with itself": lambda js: js.update(js),
    "equal": lambda js: [js == RECORD, RECORD == js, js != RECORD, RECORD != js, js == {}, js == 3, [js] == [RECORD]],
    "equal to itself": lambda js: [js == js, js == copy.copy(js), js == copy.deepcopy(js)],
    "order": lambda js: js < js,
    "hash": lambda js: hash(js),
    "set item": lambda js: [js.__setitem__("ver", 3), js.__setitem__("new", [1]), js["ver"], list(js)],
    "delete": lambda js: [js.__delitem__("info"), js.__delitem__("info")],
    "nested change": lambda js: [js["info"].__setitem__("OS", "x"), js["info"], js["histograms"].clear()],
    "pop": lambda js: [js.pop("info"), js.pop("absent", 5), js.pop("absent", None), len(js)],
    "pop missing": lambda js: js.pop("absent"),
    "popitem": lambda js: [js.popitem(), js.popitem(), len(js)],
    "popitem all": lambda js: [js.popitem() for _ in range(len(js) + 1)],
    "setdefault": lambda js: [js.setdefault("ver", 7), js.setdefault("new", 7), js.setdefault("none", 7)],
    "clear": lambda js: js.clear(),
    "copy": lambda js: [js.copy(), copy.copy(js), copy.deepcopy(js)],
    "copy is shallow": lambda js: js.copy()["info"] is js["info"],
    "pickle": lambda js: [pickle.loads(pickle.dumps(js, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)],
    "json": lambda js: [json.dumps(js), json.dumps(js, sort_keys=True), json.dumps(js, indent=1), json.dumps([js])],
    "itemgetter": lambda js: operator.itemgetter("ver", "none")(js),
    "Counter": lambda js: collections.Counter(js),
    "OrderedDict": lambda js: collections.OrderedDict(js),
    "OrderedDict or": lambda js: [collections.OrderedDict(a=1) | js, js | collections.OrderedDict(a=1)],
    "ChainMap": lambda js: dict(collections.ChainMap({"a": 1}, js)),
    "defaultdict": lambda js: collections.defaultdict(list, js),
    "UserDict": lambda js: collections.UserDict(js).data,
    "isinstance": lambda js: [isinstance(js, dict), isinstance(js, collections.abc.Mapping),
                              isinstance(js["histograms"], dict)],
    "type name": lambda js: [type(js).__name__, repr(type(js))],
    "match": match_mapping,
    "fromkeys": lambda js: js.fromkeys(["a"], 1),
    "while iterating": lambda js: [js[key] for key in js],
    "max by get": lambda js: max(["ver"], key=js.get),
    "attribute": lambda js: js.absent,
    "set attribute": lambda js: setattr(js, "absent", 1),
    "length hint": lambda js: operator.length_hint(iter(js)),
    "list and set": lambda js: [list(js), set(js), tuple(js), dict.fromkeys(js)],
    "cycle": lambda js: [js.__setitem__("self", 1), copy.deepcopy(js)],
}


class LazyRecordTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.indexer = Indexer()

    @classmethod
    def tearDownClass(cls):
        cls.indexer.close()

    def lazy(self, text):
        [record] = lazy_records(self.indexer, [text])
        return record

    def test_every_operation_gives_what_a_dict_gives(self):
        text = json.dumps(RECORD).encode()
        for name, operation in OPERATIONS.items():
            with self.subTest(name):
                lazy = self.lazy(text)
                self.assertIs(type(lazy), af_lazy.LazyRecord)
                expected, plain = outcome(operation, json.loads(text))
                got, lazy = outcome(operation, lazy)
                if name == "repr and str":
                    self.assertEqual(len(set(got)), 1)
                self.assertEqual(got, expected)
                self.assertEqual(list(lazy), list(plain))
                self.assertEqual(dict(lazy), plain)

    def test_a_record_in_a_circle_with_itself(self):
        lazy = self.lazy(json.dumps(RECORD).encode())
        lazy["self"] = lazy
        for made in (copy.deepcopy(lazy), pickle.loads(pickle.dumps(lazy))):
            self.assertIs(made["self"]["self"], made["self"])
            self.assertEqual(made["self"]["ver"], 2)
        self.assertIn("'self': {...}", repr(lazy))

    def test_random_records_under_random_operations(self):
        rng = random.Random(1)
        names = sorted(OPERATIONS)
        lazy_count = 0
        for _ in range(40):
            texts = [random_record(rng) for _ in range(10)]
            for text, lazy in zip(texts, lazy_records(self.indexer, texts)):
                plain = json.loads(text)
                lazy_count += type(lazy) is af_lazy.LazyRecord
                for name in rng.sample(names, 4):
                    with self.subTest(name, text=text):
                        expected, plain = outcome(OPERATIONS[name], plain)
                        got, lazy = outcome(OPERATIONS[name], lazy)
                        self.assertEqual(got, expected)
                self.assertEqual(lazy, plain)
                self.assertEqual(json.dumps(lazy), json.dumps(plain))
        self.assertGreater(lazy_count, 100)

    def test_values_are_parsed_when_touched_and_kept(self):
        lazy = self.lazy(json.dumps(RECORD).encode())
        self.assertIs(type(dict.__getitem__(lazy, "info")), af_lazy._Slot)
        self.assertIs(lazy["info"], lazy["info"])
        self.assertIs(type(dict.__getitem__(lazy, "filler")), af_lazy._Slot)
        self.assertIs(type(lazy["histograms"]), af_lazy.LazyRecord)

    def test_records_kept_beyond_their_batch_are_complete_and_do_not_keep_it(self):
        payload = b"u\t" + json.dumps(RECORD).encode() + b"\n"
        batch = af_lazy.LazyBatch(payload, 0, self.indexer.index(payload), af_parse.StandardParser.loads)
        record = batch.record(0)[1]
        nested = record["histograms"]
        batch.close()
        self.assertIsNone(record._batch)
        self.assertIsNone(nested._batch)
        self.assertEqual(record, RECORD)

    def test_touching_a_large_object_that_is_not_indexed_asks_for_that(self):
        payload = b"u\t" + json.dumps(RECORD).encode() + b"\n"
        words = memoryview(bytearray(self.indexer.index(payload))).cast("I")
        fields = words[4] + 1
        for number in range(words[words[4]]):
            words[fields + number * 5 + 4] = 0
        batch = af_lazy.LazyBatch(payload, 0, words.tobytes(), af_parse.StandardParser.loads)
        record = batch.record(0)[1]
        self.assertEqual(record["info"], RECORD["info"])
        self.assertIs(batch.wants_nested, False)
        self.assertEqual(record["histograms"], RECORD["histograms"])
        self.assertIs(type(record["histograms"]), dict)
        self.assertIs(batch.wants_nested, True)

    def test_completing_keeps_what_was_touched_or_set(self):
        lazy = self.lazy(json.dumps(RECORD).encode())
        info = lazy["info"]
        info["OS"] = "changed"
        lazy["ver"] = 3
        del lazy["none"]
        values = dict(lazy.items())
        self.assertIs(values["info"], info)
        self.assertEqual((info["OS"], values["ver"], list(values)),
                         ("changed", 3, ["info", "ver", "histograms", "filler"]))

    def test_broken_records_raise_as_they_do_in_whole(self):
        good = json.dumps(RECORD).encode()
        rng = random.Random(2)
        for _ in range(300):
            at = rng.randrange(len(good))
            text = good[:at] + bytes([rng.choice(b'"\\{}[],:0-e.x\x01\xff\x80 ')]) + good[at + rng.randrange(3) :]
            try:
                expected = af_parse.StandardParser.loads(text)
            except ValueError as error:
                with self.assertRaises(ValueError) as raised:
                    self.lazy(text)
                self.assertEqual(str(raised.exception), str(error))
            else:
                self.assertEqual(self.lazy(text), expected)


class LazyFeederTest(unittest.TestCase):
    """The whole feeder: the same answer with and without an index."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "mapper.py")

    def answers(self, script, payload, format="uuid-json", options=("--lazy",), environment=None, language="python"):
        """(lines, account, greeting) without and with an index. The account of the latter may say that it was in
        vain."""
        path = self.path if language == "python" else os.path.splitext(self.path)[0] + ".js"
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(script))
        indexer = Indexer("after_tab" if format == "uuid-json" else "line")
        index = indexer.index(payload)
        indexer.close()
        got = []
        for chosen, its_index in ((["--format", format], b""), (["--format", format, *options], index)):
            with Feeder(language, "map", path, "mapper", chosen, environment=environment) as feeder:
                self.assertEqual(feeder.greeting, "ready", feeder.account)
                answer = feeder.ask(payload, index=its_index)
                self.helped = answer.meta.pop("index", True)
                got.append((answer.lines, answer.meta, feeder.account))
        return got

    def payload_with_bad_records(self):
        good = json.dumps(RECORD).encode()
        texts = [good, good[:-5], b"[1]", good.replace(b'"OS"', b'"so"'), b'{"info": {"OS": "small"}}', b"",
                 good.replace(b"2", b"NaN", 1)]
        texts += [random_record(random.Random(seed)) for seed in range(30)]
        return b"".join(b"u%d\t" % i + text + b"\n" for i, text in enumerate(texts)) + b"no tab\n\n"

    def test_same_answers_for_good_and_bad_records(self):
        payload = self.payload_with_bad_records()
        script = """
            def mapper(uuid, file, js):
                if uuid == "u9":
                    js["absent"]
                return uuid + " " + str(js["info"]["OS"]) + " " + repr(js)
        """
        plain, lazy = self.answers(script, payload)
        self.assertTrue(lazy[2]["lazy"])
        self.assertEqual(plain[:2], lazy[:2])
        kinds = collections.Counter(kind for _, kind, _ in lazy[1]["bad"])
        self.assertEqual((kinds["format"], kinds["json"]), (2, 2))

    def test_same_answers_of_javascript_for_good_and_bad_records(self):
        payload = self.payload_with_bad_records() + b"u\xff\t" + json.dumps(RECORD).encode() + b"\n"
        script = """
            exports.mapper = (uuid, file, js) => {
              if (uuid === 'u9') throw new Error(js.absent);
              return `${uuid} ${js.info.OS} ${JSON.stringify(js)}`;
            };
        """
        plain, lazy = self.answers(script, payload, language="javascript")
        self.assertTrue(lazy[2]["lazy"])
        self.assertFalse(plain[2]["lazy"])
        self.assertEqual(plain[:2], lazy[:2])
        kinds = collections.Counter(kind for _, kind, _ in lazy[1]["bad"])
        self.assertEqual(kinds["format"], 3)  # no TAB twice, not UTF-8
        self.assertGreaterEqual(kinds["json"], 3)  # cut off, empty, NaN

    def test_the_account_tells_when_the_index_was_in_vain(self):
        payload = b"".join(b"u\t" + json.dumps(RECORD).encode() + b"\n" for _ in range(5))
        for language, little, much in (
            ("python", "def mapper(u, f, js): return js['info']['OS']", "def mapper(u, f, js): return repr(js)"),
            (
                "javascript",
                "exports.mapper = (u, f, js) => js.info.OS;",
                "exports.mapper = (u, f, js) => JSON.stringify(Object.values(js));",
            ),
        ):
            with self.subTest(language):
                self.answers(little, payload, language=language)
                self.assertTrue(self.helped)
                self.answers(much, payload, language=language)
                self.assertFalse(self.helped)

    def test_same_answers_for_json_lines(self):
        payload = json.dumps(RECORD).encode() + b"\n[3]\n" + b"{" + b"\n"
        plain, lazy = self.answers("def mapper(u, f, js): return u + repr(js)", payload, "json-lines")
        self.assertEqual(plain[:2], lazy[:2])
        self.assertEqual(lazy[1]["records"], 3)

    def test_scripts_that_could_tell_get_plain_dicts_and_the_reason(self):
        payload = b"u\t" + json.dumps(RECORD).encode() + b"\n"
        plain, lazy = self.answers("def mapper(u, f, js): return repr(type(js) is dict)", payload)
        self.assertEqual(lazy[0], b"True\n")
        self.assertEqual(plain[0], lazy[0])
        self.assertEqual((lazy[2]["lazy"], lazy[2]["why"]), (False, "mapper.py:1 uses type"))

    def test_the_switch_turns_lazy_records_off(self):
        payload = b"u\t" + json.dumps(RECORD).encode() + b"\n"
        for language, script in (
            ("python", "def mapper(u, f, js): return js['info']['OS']"),
            ("javascript", "exports.mapper = (u, f, js) => js.info.OS;"),
        ):
            with self.subTest(language):
                _, lazy = self.answers(script, payload, environment={"AF_LAZY": "0"}, language=language)
                self.assertEqual((lazy[2]["lazy"], lazy[2]["why"]), (False, "AF_LAZY=0"))
                self.assertEqual(lazy[0], b"WINNT\n")


class LazyGateTest(unittest.TestCase):
    def objection(self, text, **neighbours):
        with tempfile.TemporaryDirectory() as folder:
            for name, contents in {"mapper": text, **neighbours}.items():
                with open(os.path.join(folder, name + ".py"), "w", encoding="utf-8") as file:
                    file.write(textwrap.dedent(contents))
            return af_lazy_gate.objection(os.path.join(folder, "mapper.py"))

    def test_ordinary_scripts_pass(self):
        for text in (
            "def mapper(u, f, js): return js['info']['OS']",
            "import json, re, collections.abc\nfrom datetime import datetime\nfrom collections import Counter",
            "def mapper(u, f, js: dict) -> dict: return dict(js) if isinstance(js, (dict, list)) else {}",
            "x: dict = dict.fromkeys('ab')\nimport sys, math\ndef f(a): return isinstance(a, dict)",
        ):
            with self.subTest(text):
                self.assertIsNone(self.objection(text))

    def test_whatever_could_look_past_the_methods_is_refused(self):
        for text, reason in (
            ("import numpy as np", "mapper.py:1 imports numpy"),
            ("import os\nos.fork()", "mapper.py:2 uses fork"),
            ("from os import fork", "mapper.py:1 imports fork"),
            ("def mapper(u, f, js):\n    import pandas", "mapper.py:2 imports pandas"),
            ("from os import *", "mapper.py:1 imports *"),
            ("from . import x", "mapper.py:1 imports relative to a package"),
            ("import marshal", "mapper.py:1 imports marshal"),
            ("def f(js):\n    return type(js) == dict", "mapper.py:2 uses type"),
            ("get = dict.get", "mapper.py:1 uses dict"),
            ("x = map(dict.items, [])", "mapper.py:1 uses dict"),
            ("d = dict", "mapper.py:1 uses dict"),
            ("class D(dict): pass", "mapper.py:1 uses dict"),
            ("def f(js): return js.__class__", "mapper.py:1 uses __class__"),
            ("def f(js): return getattr(js, '__class__')", "mapper.py:1 names __class__"),
            ("exec('1')", "mapper.py:1 uses exec"),
            ("import sys\nsys.modules['builtins']", "mapper.py:2 uses modules"),
            ("def f(js): return str.maketrans(js)", "mapper.py:1 uses maketrans"),
        ):
            with self.subTest(text):
                self.assertEqual(self.objection(text), reason)

    def test_modules_beside_the_script_are_read_too(self):
        self.assertIsNone(self.objection("import near", near="import far\n", far="import json\n"))
        self.assertEqual(self.objection("import near", near="import far\n", far="\nimport numpy\n"),
                         "far.py:2 imports numpy")


if __name__ == "__main__":
    unittest.main()
