#!/usr/bin/env python3
"""What an IndexDB of 100,000 files answers: exactly what the filter means, packed evenly; or one clear line.

AF_FILTERS says how many drawn filters are compared with the semantics (default 12; AF_FILTERS=10000 is for a night).
"""
import datetime
import json
import os
import random
import sys
import time
import unittest

from submit_support import BUCKET, DIMENSIONS, IMAGE, SubmitCase, filter_json
from support import TOP, write
import indexdb_rows
from indexdb_faults import HOSTILE_NAMES
from indexdb_server import IndexDb

sys.path.insert(0, os.path.join(TOP, "tests", "support"))
from filter_semantics import Selection, dimensions_of  # noqa: E402  (its folder is known only now)

FILTERS = int(os.environ.get("AF_FILTERS", "12"))
ROWS = 100_000
ROOT = f"s3://{BUCKET}/"
WORKER_KEYS = ("--credentials", "worker")
FILTER_OF_2014 = {
    "reason": ["saved-session", "idle-daily"], "appName": ["Firefox"],
    "appUpdateChannel": ["nightly", "aurora", "beta"], "appVersion": {"min": "22.0", "max": "30.9"},
    "appBuildID": {"min": "20130301000000", "max": "20140930235959"},
    "submission_date": {"min": "20130601", "max": "20141130"}}
ABOVE_A_LOAD = 1_000_000_000
MANY, MOST_OBJECTS, MOST_MEMORY = 10_000_000, 1_000_000, 512 << 20
MIB = 1 << 20
STALL_SECONDS = 30


def today():
    return int(datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d"))


def drawn_values(draw, level, words, depth=0):
    """What one dimension of a filter may say, near what the rows hold."""
    kind = draw.choices(("all", "list", "text", "range", "through", "glob", "days", "not"),
                        (40, 20 if level < 4 else 2, 3, 20, 8, 5, 6 if level > 3 else 0, 5 if depth < 2 else 0))[0]
    low, high = sorted(draw.choices(words, k=2))
    if kind == "all":
        return "*"
    if kind == "list":
        return [word.replace("_", "-") if draw.random() < 0.3 else word for word in draw.choices(words, k=4)]
    if kind == "text":
        return low
    if kind == "range":
        return draw.choice(({"min": low, "max": high}, {"min": low}, {"max": high}, {},
                            {"min": low[:6], "max": high[:6]}))
    if kind == "through":
        return {"min": low, "through": high[:draw.randrange(len(high) + 1)]}
    if kind == "glob":
        return {"glob": draw.choice((f"{low[:3]}*", f"*{low[-2:]}", f"?{low[1:]}", "[!0-1]*", "*[2-8]"))}
    if kind == "days":
        return {"days": draw.randrange(4000, 5500)}
    return {"not": drawn_values(draw, level, words, depth + 1)}


class HundredThousandRows(SubmitCase):
    @classmethod
    def setUpClass(cls):
        cls.rows = list(indexdb_rows.generated(ROWS))
        fitting = [each for each in map(dimensions_of, (name for name, _ in cls.rows)) if each]
        draw = random.Random(3)
        cls.words = [draw.choices([each[level] for each in fitting], k=300) for level in range(len(DIMENSIONS))]
        cls.index_of_all = IndexDb(cls.rows)
        cls.addClassCleanup(cls.index_of_all.stop)
        cls.url = f"{cls.index_of_all.url}/files"

    def selected(self, place, path):
        """{name below the root: size} of what af finds there."""
        run = self.af("index", place, "--filter", path, "--input-root", ROOT, "--json")
        self.assertIn(run.status, (0, 9), str(run))
        rows = [json.loads(line) for line in run.stdout.splitlines()]
        self.assertEqual(run.status, 0 if rows else 9, str(run))
        names = [row["file_name"] for row in rows]
        self.assertEqual(names, sorted(set(names)), "each once, in order")
        self.assertTrue(all(name.startswith(ROOT) for name in names))
        return {row["file_name"][len(ROOT):]: row["size"] for row in rows}

    def test_drawn_filters_select_what_they_mean_from_the_index_and_from_all_rows(self):
        manifest = write(self.path("all.jsonl"), "".join(indexdb_rows.row_text(*row) + "\n" for row in self.rows))
        draw, counts = random.Random(int(os.environ.get("AF_SEED", "1"))), []
        for number in range(FILTERS):
            wanted_values = [drawn_values(draw, level, words) for level, words in enumerate(self.words)]
            path = self.filter(**dict(zip(DIMENSIONS, wanted_values)))
            with self.subTest(number=number, filter=wanted_values):
                before = today()
                selection = Selection(filter_json(**dict(zip(DIMENSIONS, wanted_values))), before)
                wanted = {name: size for name, size in self.rows if selection.keeps(name)}
                found = self.selected(f"manifest:{manifest}", path), self.selected(self.url, path)
                if "days" in str(wanted_values) and today() != before:
                    continue  # midnight in between
                for each in found:
                    self.assertEqual(each == wanted, True, f"{len(each)} rows, {len(wanted)} wanted")
                counts.append(len(wanted))
        self.assertGreater(sum(0 < count < ROWS // 2 for count in counts), FILTERS // 4, counts)
        print(f"{len(counts)} filters over {ROWS} rows; {sum(map(bool, counts))} match, {sum(counts)} rows in all",
              file=sys.stderr)

    def test_a_filter_of_2014_is_planned_whole_and_evenly(self):
        rows = [row for row in self.rows if row[1] < ABOVE_A_LOAD]  # what is larger has a load of its own, of any size
        index = IndexDb(rows)
        self.addCleanup(index.stop)
        plan = self.path("job.plan")
        run = self.af("plan", self.filter(**FILTER_OF_2014), IMAGE, "--index", f"{index.url}/files",
                      "--input-root", ROOT, *WORKER_KEYS, "-o", plan, env={"AF_TASK_QUEUE": "proj-af/ci"})
        self.assertEqual(run.status, 0, str(run))
        with open(plan, encoding="utf-8") as file:
            loads = json.load(file)["loads"]
        selection = Selection(filter_json(**FILTER_OF_2014), today())
        wanted = sorted((ROOT + name, size) for name, size in rows if selection.keeps(name))
        self.assertEqual(sorted((row["name"], row["size"]) for load in loads for row in load), wanted)
        sizes = [sum(row["size"] for row in load) for load in loads]
        mean = sum(sizes) / len(sizes)
        print(f"{len(wanted)} objects in {len(loads)} loads; the largest is {max(sizes) / mean:.4f} x the mean",
              file=sys.stderr)
        self.assertGreater(len(loads), 5)
        self.assertLessEqual(max(sizes), 1.1 * mean)
        self.assertLessEqual(max(map(len, loads)), 2000)


class HostileIndex(SubmitCase):
    """One line, exit status 7, nothing on the queue."""

    def ask(self, fault, **allowed):
        index = IndexDb(indexdb_rows.generated(20), faults=[{"do": fault}])
        self.addCleanup(index.stop)
        self.asked = index
        return self.start("submit", self.filter(**allowed), IMAGE, "--index", f"{index.url}/files",
                          "--input-root", ROOT, *WORKER_KEYS, env=self.desk())

    def refused(self, do, name, *words, attempts=1, status=7, **allowed):
        run = self.ask(do, **allowed).wait()
        self.assert_refused(run, status, name, *words)
        self.assertLessEqual(len(run.errors()[0]), 1000)
        self.assertTrue(run.errors()[0].isprintable(), "what the index says is shown without control bytes")
        self.assertEqual(self.posted(), [])
        self.assertEqual(len(self.asked.requests), attempts)

    def each(self, cases, **how):
        for do, name, *words in cases:
            with self.subTest(do=do):
                self.refused(do, name, *words, **how)

    def test_sizes_that_are_none(self):
        self.each([({"size": size}, "DATA", "size") for size in
                   ("-1", "9223372036854775808", "1e30", "1.5", "null", '"12"', "99999999999999999999999")])

    def test_names_that_lead_elsewhere(self):
        harmless = [".", "a/./b", "a//b", "back\\slash", "%2e%2e%2fetc"]  # keys of S3, which the filter does not match
        self.each([({"hostile": [name]}, "DATA", "row 1") for name in HOSTILE_NAMES if name not in harmless])
        self.each([({"hostile": [name]}, "DATA", "row 1", "filter") for name in harmless], appName=["Firefox"])

    def test_rows_that_nobody_asked_for(self):
        self.refused({"unmatched": 1}, "DATA", "row 1: the filter does not match it", appName=["Firefox"])

    def test_shapes_that_are_none(self):
        self.each([({"shape": shape}, "DATA") for shape in ("strings", "no_size", "no_name", "number_name", "nested",
                                                            "null", "object")])
        self.each([({"missing_comma": 3}, "DATA"), ({"html": True}, "DATA", "HTML"), ({"body": "[]]"}, "DATA"),
                   ({"body": '[{"file_name": "' + "[" * 9000}, "DATA"), ({"body": '[{"a":' * 3000}, "DATA")])

    def test_a_reply_that_ends_early_is_asked_for_three_times(self):
        self.each([({"truncate": 500}, "DATA"), ({"shape": "empty"}, "DATA"), ({"body": "["}, "DATA")], attempts=3)

    def test_silence_after_the_headers_or_within_the_rows_is_given_up_after_three_times_half_a_minute(self):
        begun = time.monotonic()
        started = [(do, self.ask(do), self.asked) for do in ({"stall": 0}, {"stall": 500})]
        for do, run, index in started:
            with self.subTest(do=do):
                run = run.wait()
                self.assert_refused(run, 11, "TEMPFAIL", "index: ", f"{index.url}/files", "stalled", "attempts=3",
                                    f"in {STALL_SECONDS} s")
                self.assertEqual(run.stderr.count("\n"), 1, run.stderr)
                self.assertEqual(len(index.requests), 3)
        self.assertGreater(time.monotonic() - begun, 3 * STALL_SECONDS)
        self.assertEqual(self.posted(), [])

    def test_refusals_and_outages(self):
        self.each([({"status": 400, "message": "no such dimension"}, "REFUSED", "400", "no such dimension"),
                   ({"status": 401}, "REFUSED", "401"), ({"status": 403}, "REFUSED", "403"),
                   ({"status": 404}, "NO_INPUT", "404"),
                   ({"status": 302, "headers": {"location": "http://169.254.169.254/"}, "body": ""}, "REFUSED",
                    "redirect")])
        self.each([({"status": status}, "TEMPFAIL", str(status)) for status in (429, 500, 503)], attempts=3, status=11)

    def test_members_that_nobody_knows_and_rows_that_come_twice(self):
        for do in ({"shape": "extra"}, {"duplicates": 5}):
            with self.subTest(do=do):
                run = self.ask(do).wait()
                self.assertEqual(run.status, 0, str(run))
                self.assertEqual("5 objects named more than once" in run.stderr, "duplicates" in do, run.stderr)

    def test_ten_million_rows_are_refused_in_bounded_memory(self):
        started = self.ask({"rows": MANY})
        run, peak = self.measured(started)
        self.assert_refused(run, 7, "CONFIG", f"{MOST_OBJECTS:,}")
        self.assertEqual(self.posted(), [])
        print(f"{MANY} rows: {peak // MIB} MiB", file=sys.stderr)
        self.assertLess(peak, MOST_MEMORY)


if __name__ == "__main__":
    unittest.main()
