#!/usr/bin/env python3
"""A filter selects what its definition says, checked against an evaluation written apart, from a folder and from S3."""
import json
import os
import random
import re
import unittest

from support import Case, aws, compress, operations, records

NAMES = ("reason", "appName", "appUpdateChannel", "appVersion", "appBuildID", "submission_date")
VALUES = (("saved_session", "idle_daily"), ("Firefox", "Fennec"), ("nightly", "aurora", "OTHER"),
          ("9.0", "22.0a1", "27.0", "28.0a1"), ("20130314030914", "20130607030201", "20131119030201", "UNKNOWN"),
          ("20131118", "20131119", "20131201", "20140228"))


def allows(allowed, value):
    """One dimension of the filter of 2014."""
    if allowed == "*":
        return True
    if isinstance(allowed, list):
        return value in [re.sub("[^a-zA-Z0-9_/.]", "_", item) for item in allowed]
    if isinstance(allowed, dict):
        return allowed.get("min", "") <= value and ("max" not in allowed or value <= allowed["max"])
    return allowed == value


def filter_of(*allowed):
    return {"version": 1, "dimensions": [{"field_name": name, "allowed_values": value}
                                         for name, value in zip(NAMES, allowed)]}


def drawn_rule(draw, values):
    kind = draw.randrange(5)
    if kind == 0:
        return "*"
    if kind == 1:
        return draw.sample(values, draw.randint(1, len(values)))
    if kind == 2:
        return draw.choice(values)
    low, high = sorted(draw.choices(values, k=2))
    return {"min": low, "max": high} if kind == 3 else draw.choice([{"min": low}, {"max": high}, {}])


FIXED = (
    ("*",) * 6,
    (["saved_session"], ["Firefox"], ["nightly", "aurora"], {"min": "22.0", "max": "28.0"},
     {"min": "20130314000000", "max": "20131120000000"}, {"min": "20131119", "max": "20131231"}),
    (["saved-session"], "*", "*", "*", "*", "*"),            # a list item is sanitised
    ("*", "*", "*", {"min": "27.0"}, "*", "*"),              # "9.0" is above, as text
    ("*", "*", "*", "*", {"max": "20130607"}, "*"),          # without the builds of that day
    ("*", "*", "*", "*", {"min": "20130607"}, "*"),          # UNKNOWN passes
    ("*", "*", {"max": "aurora"}, "*", "*", {}),
)


class Filters(Case):
    def setUp(self):
        super().setUp()
        draw = random.Random(5)
        self.objects = {}
        for number in range(160):
            dimensions = [draw.choice(values) for values in VALUES]
            name = "/".join(dimensions[:4]) + f"/{dimensions[4]}.{dimensions[5]}.v2.log.{number:032x}.lzma"
            self.objects[name] = (dimensions, records([number]))
        for name, (_, lines) in self.objects.items():
            self.file(name, compress(lines, "lzma"))

    def serve(self):
        return self.server({f"tele/root/{name}": compress(lines, "lzma") for name, (_, lines) in self.objects.items()},
                           "--page-size", "7")

    def wanted(self, allowed):
        return sorted(name for name, (dimensions, _) in self.objects.items()
                      if all(map(allows, allowed, dimensions)))

    def filter_file(self, content):
        path = self.path("Filter.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(content, file)
        return path

    def selected(self, content, root, env=None):
        run = self.af("index", "--filter", self.filter_file(content), root, env=env)
        self.assertIn(run.status, (0, 9), str(run))
        names = [line.split("\t")[0] for line in run.stdout.decode().splitlines()]
        self.assertEqual(run.status, 0 if names else 9, str(run))
        for name in names:
            self.assertTrue(name.startswith(root), name)
        return [name[len(root):].lstrip("/") for name in names]

    def test_known_and_drawn_filters_from_a_folder_and_from_s3(self):
        server = self.serve()
        draw = random.Random(11)
        drawn = [tuple(drawn_rule(draw, values) for values in VALUES) for _ in range(12)]
        some_match = 0
        for allowed in (*FIXED, *drawn):
            with self.subTest(allowed):
                wanted = self.wanted(allowed)
                some_match += bool(wanted)
                self.assertEqual(self.selected(filter_of(*allowed), self.data), wanted)
                self.assertEqual(self.selected(filter_of(*allowed), "s3://tele/root", aws(server)), wanted)
        self.assertGreater(some_match, len(FIXED))

    def test_a_run_maps_what_the_filter_selects_and_nothing_else(self):
        allowed = FIXED[1]
        truth = b"".join(self.objects[name][1].split(b"\t")[0] + b"\n" for name in self.wanted(allowed))
        self.assertTrue(truth)
        job, filter_file = self.python_job("return uuid"), self.filter_file(filter_of(*allowed))
        self.assertEqual(self.run_job(job, "--filter", filter_file, self.data), truth)
        self.assertEqual(self.run_job(job, "--filter", filter_file, "s3://tele/root/", env=aws(self.serve())), truth)

    def test_what_the_filter_excludes_is_not_even_listed(self):
        server = self.serve()
        allowed = (["saved_session"], ["Firefox"], ["nightly"], ["28.0a1"], "*", "*")
        self.assertEqual(self.selected(filter_of(*allowed), "s3://tele/root", aws(server)), self.wanted(allowed))
        prefixes = {entry["query"].get("prefix", "") for entry in operations(server.log(), "ListObjectsV2")}
        kept = "root/saved_session/Firefox/nightly/28.0a1/"
        self.assertTrue(prefixes)
        for prefix in prefixes:
            self.assertTrue(prefix.startswith(kept) or kept.startswith(prefix), prefix)

    def test_the_order_of_2014_is_checked_and_unusable_filters_are_refused(self):
        five = filter_of(*["*"] * 6)
        del five["dimensions"][5]
        unknown = filter_of(*["*"] * 6) | {"version": 2}
        swapped = filter_of(*["*"] * 6)
        swapped["dimensions"][0], swapped["dimensions"][1] = swapped["dimensions"][1], swapped["dimensions"][0]
        number = filter_of("*", "*", "*", {"min": 27}, "*", "*")
        refusals = ((five, "six"), (unknown, "version"), (swapped, "appName"), (number, "text"), ([], "object"))
        job = self.python_job("return uuid")
        for content, word in refusals:
            with self.subTest(word):
                path = self.filter_file(content)
                self.assert_refused(self.af("run", "--job", job, "--filter", path, self.data, "-o", self.result), 2,
                                    "USAGE", word)
                self.assert_refused(self.af("index", "--filter", path, self.data), 2, "USAGE", word)
                self.assert_refused(self.af("filter", "explain", path), 2, "USAGE", word)

    def test_a_filter_that_matches_nothing_says_at_which_level(self):
        path = self.filter_file(filter_of("*", ["firefox"], "*", "*", "*", "*"))
        run = self.af("run", "--job", self.python_job("return uuid"), "--filter", path, self.data, "-o", self.result)
        self.assert_refused(run, 9, "NOTHING_MATCHED", "appName", "Firefox")

    def test_explain_tells_what_each_level_lets_through_and_warns(self):
        path = self.filter_file(filter_of("*", ["Firefox"], "*", {"min": "9", "max": "27.0"}, {"max": "20130607"}, "*"))
        run = self.af("filter", "explain", path, self.data)
        self.assertEqual(run.status, 0, str(run))
        text = run.stdout.decode()
        self.assertEqual(run.stderr, "")
        for name in NAMES:
            self.assertIn(name, text)
        warnings = [line for line in text.splitlines() if line.startswith("warning: ")]
        self.assertTrue(warnings)
        self.assertEqual(len(set(warnings)), len(warnings))
        self.assertIn("through", text)
        wanted = self.wanted(("*", ["Firefox"], "*", {"min": "9", "max": "27.0"}, {"max": "20130607"}, "*"))
        self.assertIn(f"{len(wanted)} of ", text)


if __name__ == "__main__":
    unittest.main()
