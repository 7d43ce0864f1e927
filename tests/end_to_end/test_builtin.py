#!/usr/bin/env python3
"""language: builtin against plain Python that does the same, whatever the concurrency, in af run and in tasks."""
import itertools
import json
import os
import random
import unittest
from fractions import Fraction

from support import EXAMPLES, Case, compress, os_count, read, records, write
from task_support import TaskCase, shares

WIDTHS = list(itertools.product((1, 4), (1, 2)))  # workers, decoders


# --- a plain Python reading of what a builtin map says ------------------------------------------------------------

MISSING = object()


class Bad(Exception):
    pass


def found(path, uuid, file, value):
    """What lies at a path given as a list, or by the name uuid or file."""
    if path in ("uuid", "file"):
        return uuid if path == "uuid" else file
    for step in path:
        if isinstance(step, int):
            if not isinstance(value, list) or not -len(value) <= step < len(value):
                return MISSING
        elif not isinstance(value, dict) or step not in value:
            return MISSING
        value = value[step]
    return value


def passes(test, value):
    if value is MISSING:
        return test == ("exists", False)
    name, other = test
    number = lambda x: isinstance(x, (int, float)) and not isinstance(x, bool)
    same = lambda a, b: (number(a) and number(b) and a == b) or (type(a) is type(b) and a == b)
    if name == "exists":
        return other
    if name in ("==", "!="):
        return same(value, other) == (name == "==")
    if name == "in":
        return any(same(value, one) for one in other)
    if name == "prefix":
        return isinstance(value, str) and value.startswith(other)
    if not (number(value) and number(other)) and not (isinstance(value, str) and isinstance(other, str)):
        return False
    if isinstance(value, str):
        value, other = value.encode(), other.encode()
    return {"<": value < other, "<=": value <= other, ">": value > other, ">=": value >= other}[name]


def escaped(text, also=""):
    table = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
    return "".join(table.get(c, "\\" + c if c == also else c) for c in text)


def text_of(value):
    return value if isinstance(value, str) else json.dumps(value)


def number_of(value):
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise Bad from None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Bad
    return value


def number_text(number):
    if isinstance(number, int):
        return str(number)
    if number == int(number) and abs(number) <= 2 ** 64:
        return str(int(number))
    text = repr(number)
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa.removesuffix('.0')}e{exponent}" if exponent else text


def exact_sum(values):
    """Whole when all of them are, else the float next to the true sum."""
    total = sum(map(Fraction, values))
    whole = all(Fraction(value).denominator == 1 and abs(value) <= 2 ** 64 for value in values)
    return int(total) if whole else float(total)


def folded(operation, values):
    if operation == "count":
        return str(len(values))
    if operation == "unique":
        return str(len(set(values)))
    if operation == "top-k":
        counts = {}
        for value in values:
            counts[value] = counts.get(value, 0) + 1
        best = sorted(counts.items(), key=lambda item: (-item[1], item[0].encode()))[:3]
        return json.dumps([list(pair) for pair in best], separators=(",", ":"), ensure_ascii=False)
    if operation in ("min", "max"):
        return number_text(min(values) if operation == "min" else max(values))
    total = exact_sum(values)
    return number_text(total if operation == "sum" else float(total) / len(values))


def oracle(job, lines, name):
    """(result, bad records) of a job {"where": [(path, test)], "outputs": [(key, value, operation)]} over records."""
    groups, bad = {}, 0
    for line in lines:
        uuid, tab, text = line.partition("\t")
        try:
            if not tab:
                raise Bad
            value = json.loads(text, parse_constant=lambda _: (_ for _ in ()).throw(Bad()))
            if not all(passes(test, found(path, uuid, name, value)) for path, test in job["where"]):
                continue
            made = []
            for number, (key, path, operation) in enumerate(job["outputs"]):
                parts = [f"o{number}"] + [found(part, uuid, name, value) for part in key]
                one = 1 if operation == "count" else found(path, uuid, name, value)
                if MISSING in parts or one is MISSING:
                    raise Bad
                if operation in ("sum", "min", "max", "mean"):
                    one = number_of(one)
                elif operation != "count":
                    one = text_of(one)
                made.append(("|".join(escaped(text_of(part), "|") for part in parts), operation, one))
        except (Bad, ValueError):
            bad += 1
            continue
        for key, operation, one in made:
            groups.setdefault(key.encode(), (operation, []))[1].append(one)
    result = "".join(f"{key.decode()}\t{folded(*groups[key])}\n" for key in sorted(groups))
    return result.encode(), bad


# --- random jobs and records --------------------------------------------------------------------------------------

PATHS = {"uuid": "uuid", "info.OS": ["info", "OS"], "info.version": ["info", "version"], "n": ["n"], "f": ["f"],
         "mixed": ["mixed"], 'deep["x.y"][1]': ["deep", "x.y", 1], "list[-1]": ["list", -1], "$": []}
NUMBERS = ("n", "f", "mixed")


def random_value(draw, name):
    if name == "n":
        return draw.choice([draw.randrange(-5, 5), draw.randrange(-2 ** 62, 2 ** 62), 3.0])
    if name == "f":
        return draw.choice([draw.random(), draw.uniform(-1e15, 1e15), draw.randrange(9) / 4, 1e-300, 1e16 + 2])
    return draw.choice([None, True, False, 0, 7, 7.5, "7", "7x", "", "a|b", "a\\b", "tab\there", "ü\u2028",
                        "line\nbreak",
                        [1], {"a": 1}])


def random_record(draw):
    if draw.random() < 0.004:
        return draw.choice(["no tab", "u\t{\"n\": 1", "u\t{\"n\": NaN}", "u\t{'n': 1}", "u\t", "", "u\t{} {}"])
    value = {"info": {"OS": draw.choice(["WINNT", "Linux", "Dar|win", "ta\tb"]), "version": str(draw.randrange(3))},
             "list": [draw.randrange(3) for _ in range(draw.randrange(4))], "deep": {"x.y": [0, draw.randrange(4)]}}
    for name in NUMBERS:
        if draw.random() < 0.95:
            value[name] = random_value(draw, name)
    if draw.random() < 0.1:
        value["large"] = {"text": "x" * 9000, "zeros": [0] * 500}
    return f"id-{draw.randrange(50)}\t" + json.dumps(value, ensure_ascii=draw.random() < 0.5)


def random_job(draw):
    tests = [(("==", "!="), ("WINNT", "7", 7, 7.0, None, True)),
             (("<", "<=", ">", ">="), (0, 7, 7.5, "M", "WINNT", "")),
             (("exists",), (True, False)), (("in",), ([0, "7"], ["WINNT", None, True])),
             (("prefix",), ("W", "", "ta\t"))]
    where = []
    for _ in range(draw.randrange(3)):
        names, values = draw.choice(tests)
        where.append((draw.choice(list(PATHS)), (draw.choice(names), draw.choice(values))))
    outputs = []
    for _ in range(draw.randrange(1, 4)):
        key = [name for name in ("info.OS", "info.version", "mixed", "list[-1]") if draw.random() < 0.3]
        operation = draw.choice(["count", "sum", "min", "max", "mean", "unique", "top-k"])
        numeric = operation in ("sum", "min", "max", "mean")
        value = draw.choice(NUMBERS if numeric else ["uuid", "info.OS", 'deep["x.y"][1]'])
        outputs.append((key, None if operation == "count" else value, operation))
    return where, outputs


def yaml_of(where, outputs):
    items = []
    for number, (key, value, operation) in enumerate(outputs):
        item = {"key": [{"text": f"o{number}"}, *key], "operation": operation}
        if value:
            item["value"] = value
        if operation == "top-k":
            item["k"] = 3
        items.append(item)
    conditions = [{"path": path, name: value} for path, (name, value) in where]
    return ("map:\n  language: builtin\n  where: " + json.dumps(conditions) + "\n  outputs: " + json.dumps(items) +
            "\nrecords: {max_bad: 100%}\n")


class BuiltinAgainstPython(Case):
    def test_random_records_and_jobs(self):
        draw = random.Random(int(os.environ.get("AF_TEST_SEED", "20")))
        lines = []
        for number in range(4):
            part = [random_record(draw) for _ in range((5, 400, 40, 1500)[number])]
            self.file(f"part-{number}.gz", compress("".join(line + "\n" for line in part).encode(), "gz"))
            lines += part
        for round_number in range(12):
            where, outputs = random_job(draw)
            job = {"where": [(PATHS[path], test) for path, test in where],
                   "outputs": [([PATHS[part] for part in key], value and PATHS[value], operation)
                               for key, value, operation in outputs]}
            truth, bad = oracle(job, lines, None)
            folder = self.job(yaml_of(where, outputs))
            for workers, decoders in (WIDTHS if round_number % 4 == 0 else [(2, 2)]):
                with self.subTest(where=where, outputs=outputs, widths=(workers, decoders)):
                    run = self.af("run", "--job", folder, "--workers", workers, "--decoders", decoders, self.data, "-o",
                                  self.result)
                    self.assertEqual(run.status, 0, str(run))
                    self.assertEqual(read(self.result).decode(), truth.decode())
                    self.assertEqual(self.manifest()["input"]["bad"], bad)

    def test_one_large_object_on_many_workers_gives_the_same_bytes(self):
        draw = random.Random(5)
        lines = [random_record(draw) for _ in range(20000)]
        self.file("large.zst", compress("".join(line + "\n" for line in lines).encode(), "zst"))
        outputs = [([], "f", "sum"), (["info.OS"], "f", "mean"), (["info.version"], "uuid", "top-k"),
                   (["mixed"], None, "count")]
        job = {"where": [(["f"], ("exists", True))],
               "outputs": [([PATHS[part] for part in key], value and PATHS[value], operation)
                           for key, value, operation in outputs]}
        truth, _ = oracle(job, lines, None)
        folder = self.job(yaml_of([("f", ("exists", True))], outputs))
        for widths in itertools.product((1, 2, 8), (1, 2)):
            answer = self.run_job(folder, "--workers", widths[0], "--depth", widths[1], "--sort-memory", "1MiB",
                                  self.data)
            self.assertEqual(answer, truth)


class Builtin(Case):
    def setUp(self):
        super().setUp()
        self.lines = [records(range(0, 300)), records(range(300, 310)), records(range(310, 1500))]
        for number, part in enumerate(self.lines):
            self.file(f"part-{number}.lzma", compress(part, "lzma"))
        self.plain = b"".join(self.lines)

    def test_the_example_counts_as_the_python_one_does(self):
        python = self.run_job(os.path.join(EXAMPLES, "os-count"), self.data)
        self.assertEqual(python, os_count(self.plain))
        builtin = self.run_job(os.path.join(EXAMPLES, "os-count-builtin"), self.data)
        self.assertEqual(builtin.replace(b"\t", b" "), python)

    def test_one_object_gives_one_line_a_key_to_a_reducer_of_the_users(self):
        job = self.job("map: {language: builtin, key: info.OS, operation: count}\n"
                       "reduce: {language: python, script: reducer.py}\n",
                       reducer_py="def reduce(key, values):\n    return f'{key} {len(values)} {sum(map(int, "
                                  "values))}'\n")
        counts = [dict(line.split() for line in os_count(part).decode().splitlines()) for part in self.lines]
        truth = "".join(f"{key} {sum(key in part for part in counts)} {sum(int(part.get(key, 0)) for part in counts)}\n"
                        for key in sorted(set().union(*counts)))
        self.assertEqual(self.run_job(job, self.data, "--workers", 4).decode(), truth)

    def test_the_same_reduce_as_behind_a_mapper_in_python(self):
        python = self.python_job("return [(value['info']['OS'], value['simpleMeasurements']['uptime'])]")
        for operation in ("sum", "min", "max", "mean", "count"):
            with self.subTest(operation):
                tail = "reduce: {language: builtin, operation: " + operation + "}\n"
                write(os.path.join(python, "analysis-tools.yml"), "map: {language: python, script: mapper.py}\n" + tail)
                value = "" if operation == "count" else ", value: simpleMeasurements.uptime"
                builtin = self.job("map: {language: builtin, key: info.OS" + value + "}\n" + tail)
                self.assertEqual(self.run_job(builtin, self.data), self.run_job(python, self.data))

    def test_map_only_writes_a_line_a_record_in_the_order_of_the_input(self):
        job = self.job("map: {language: builtin, key: uuid, value: info.OS}\n")
        truth = b"".join(b"%s\t%s\n" % (line.split(b"\t")[0],
                                        json.loads(line.split(b"\t", 1)[1])["info"]["OS"].encode())
                         for line in self.plain.splitlines())
        for workers in (1, 4):
            self.assertEqual(self.run_job(job, self.data, "--workers", workers), truth)
        counting = self.job("map: {language: builtin, key: info.OS, operation: count}\n")
        self.assertEqual(self.run_job(counting, "--map-only", self.data).count(b"\t1\n"), 1500)

    def test_bad_records_are_told_and_too_many_end_the_job(self):
        self.file("part-3.txt", b'u\t{"info": {"OS": "WINNT"}}\nno tab\nu\t{"info": {"OS": "cut\nu\t{"info": {}}\n')
        job = os.path.join(EXAMPLES, "os-count-builtin")
        run = self.af("run", "--job", job, self.data, "-o", self.result)
        self.assert_refused(run, 65, "DATA", "3 of 1504 records are bad")
        run = self.af("run", "--job", job, "--max-bad", "3", self.data, "-o", self.result)
        self.assertEqual(run.status, 0, str(run))
        letters = [(letter["line"], letter["kind"], letter["reason"]) for letter in self.dead_letters()]
        self.assertEqual(letters, [(2, "format", "no TAB between uuid and JSON"), (3, "json", "not valid JSON"),
                                   (4, "mapper", "info.OS is not there")])
        self.assertEqual(read(self.result).replace(b"\t", b" "),
                         os_count(self.plain + b'u\t{"info": {"OS": "WINNT"}}\n'))

    def test_a_key_with_two_operations_is_refused_with_what_to_do(self):
        job = self.job('map: {language: builtin, outputs: [{key: info.OS, operation: count}, '
                       '{key: info.OS, value: ver, operation: sum}]}\n')
        run = self.af("run", "--job", job, self.data, "-o", self.result)
        self.assert_refused(run, 84, "CHILD_OUTPUT", "one key has a count and a sum", "text of their own")

    def test_what_was_never_found_is_told_in_one_line_with_the_number_of_records(self):
        job = self.job("map:\n  language: builtin\n  where: [{path: info.OS, prefix: ''}]\n  outputs:\n"
                       "    - {key: info.OSS, operation: count, missing: skip}\n"
                       "    - {key: info.OS, where: [{path: info.appName, '==': Firefoxx}], operation: count}\n")
        for workers, decoders in WIDTHS:
            run = self.af("run", "--job", job, "--workers", str(workers), "--decoders", str(decoders), self.data)
            self.assertEqual(run.status, 0, str(run))
            told = [line for line in run.stderr.splitlines() if "never found" in line]
            self.assertEqual(len(told), 1, str(run))
            self.assertIn("condition info.appName == 'Firefoxx' (in 1,500 records)", told[0])
            self.assertIn("path info.OSS (in 1,500 records)", told[0])
        found = self.af("run", "--job", self.job("map: {language: builtin, key: info.OS, operation: count}\n"),
                        self.data)
        self.assertNotIn("never found", found.stderr)

    def test_explain_tells_the_map_and_its_memory(self):
        run = self.af("run", "--job", os.path.join(EXAMPLES, "histogram-builtin"), "--explain", self.data)
        self.assertEqual(run.status, 0, str(run))
        self.assertIn(b'"GC_MS"|info.OS|file.appVersion, histogram histograms.GC_MS', run.stdout)
        self.assertIn(b"workers of the built-in map", run.stdout)
        self.assertNotIn(b"map processes", run.stdout)

    def test_an_unknown_key_of_a_builtin_map_is_refused_with_its_line(self):
        job = self.job("map:\n  language: builtin\n  key: info.OS\n  operatoin: count\n")
        self.assert_refused(self.af("run", "--job", job, self.data), 78, "CONFIG", "analysis-tools.yml:4", "operation")


class Histograms(Case):
    def test_histograms_by_system_and_version(self):
        draw = random.Random(9)
        sums, counts, sizes = {}, {}, {}
        for version in ("22.0", "28.0a1"):
            lines = []
            for number in range(200):
                system = draw.choice(["WINNT", "Linux"])
                buckets = [draw.randrange(5) for _ in range(10)] + [draw.randrange(1000), draw.random() * 50,
                                                                    draw.random(), -1, -1]
                value = {"info": {"appName": "Firefox", "OS": system, "memsize": draw.choice([2046, 4096, 512])},
                         "histograms": {"GC_MS": buckets}}
                lines.append(f"u{number}\t{json.dumps(value)}\n")
                key = f"{system}|{version}"
                sums.setdefault(key, []).append(buckets)
                counts[key] = counts.get(key, 0) + 1
                sizes.setdefault(system, []).append(str(value["info"]["memsize"]))
            self.file(f"saved_session/Firefox/nightly/{version}/2013.2014.v2.log.ab.gz",
                      compress("".join(lines).encode(), "gz"))
        truth = {f"pings|{key}": str(count) for key, count in counts.items()}
        truth.update({f"memsize|{key}": folded("top-k", values) for key, values in sizes.items()})
        for key, arrays in sums.items():
            columns = [[one for one in column if one != -1] for column in zip(*arrays)]
            texts = [number_text(exact_sum(c)) if c else "-1" for c in columns]
            truth[f"GC_MS|{key}"] = "[" + ",".join(texts) + "]"
        answer = "".join(f"{key}\t{truth[key]}\n" for key in sorted(truth))
        for workers in (1, 4):
            self.assertEqual(self.run_job(os.path.join(EXAMPLES, "histogram-builtin"), "--workers", workers,
                                          self.data).decode(), answer)


class BuiltinInTasks(TaskCase):
    def test_mappers_and_a_reducer_give_the_bytes_of_af_run(self):
        names = self.files(6, 60)
        self.worker()
        for yaml in ("map: {language: builtin, key: info.OS, operation: count}\n",
                     "map: {language: builtin, outputs: [{key: [{text: mean}, info.OS], value: "
                     "simpleMeasurements.uptime, operation: mean},"
                     " {key: [{text: ids}, info.OS], value: uuid, operation: unique},"
                     " {key: [{text: start}, info.OS], value: simpleMeasurements.start, operation: histogram}]}\n"):
            with self.subTest(yaml):
                job = self.job(yaml)
                env = {"AF_JOB": job}
                mappers = [self.mapper(part, env) for part in shares(names, 3)]
                self.assertEqual(self.result_of(self.reducer(mappers, env)), self.run_job(job, self.data))

    def test_a_mapper_tells_in_its_log_what_it_never_found(self):
        names = self.files(2, 30)
        self.worker()
        job = self.job("map: {language: builtin, key: info.OSS, operation: count, missing: skip}\n")
        task = self.mapper(names, {"AF_JOB": job})
        self.ended(task)
        self.assertIn("af: WARN the builtin map never found path info.OSS (in 60 records)", self.log(task))


if __name__ == "__main__":
    unittest.main()
