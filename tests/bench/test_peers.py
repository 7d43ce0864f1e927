#!/usr/bin/env python3
"""bench/peers.py: that it measures both, compares their answers, and fails for a fallen ratio and for nothing else."""
import argparse
import collections
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "bench"))
import peers  # noqa: E402  (its folder is known only now)

BIN = os.environ.get("AF_BIN", os.path.join(TOP, "build", "release", "bin"))


class Options:
    runs, timeout = 2, 60


def measured(name, ratios):
    return {"name": name, "judged": peers.spread(ratios)}


class Peers(unittest.TestCase):
    def assert_ends(self, status, words, row):
        with contextlib.redirect_stderr(io.StringIO()) as said, self.assertRaises(SystemExit) as ended:
            peers.measure(row, Options)
        self.assertEqual(ended.exception.code, status)
        self.assertIn(words, said.getvalue())

    def test_a_row_has_the_seconds_of_both_and_their_ratio(self):
        result = peers.measure(peers.Row("r", "sleep 0.05", "sleep 2"), Options)
        self.assertEqual(result["pairs"], 2)
        self.assertGreater(result["af_s"]["median"], 0.05)
        self.assertGreater(result["ratio"]["median"], 1)
        self.assertGreater(result["peer_s"]["median"], 2)

    def test_a_row_with_a_peer_of_one_thread_is_judged_by_cpu_seconds(self):
        row = peers.Row("r", "sh -c 'i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done'", "sleep 1", judged="cpu")
        result = peers.measure(row, Options)
        self.assertGreater(result["ratio"]["median"], 1)
        self.assertLess(result["judged"]["median"], 1)

    def test_other_answers_and_failures_end_it(self):
        self.assert_ends(65, 'what="r" last="af and the peer answer differently"', peers.Row("r", "echo a", "echo b"))
        peers.measure(peers.Row("r", "echo a", "echo b", same=False), Options)
        self.assert_ends(80, 'what="r" last="the peer ended with status 3"', peers.Row("r", "true", "sh -c 'exit 3'"))

    def test_only_a_fall_of_more_than_a_quarter_in_every_pair_is_one(self):
        expected = {"r": 2.0}
        self.assertEqual(peers.fallen([measured("r", [1.6, 1.7])], expected), [])
        self.assertEqual(peers.fallen([measured("r", [1.0, 1.2, 1.55])], expected), [])
        self.assertEqual(len(peers.fallen([measured("r", [1.0, 1.2, 1.4])], expected)), 1)
        self.assertEqual(peers.fallen([measured("unknown", [0.1])], expected), [])

    def test_what_is_not_installed_is_named(self):
        self.assertEqual(peers.Row("r", "true", "true", ("sh", "no-such-program")).missing(), ["no-such-program"])

    def test_the_command_runs_rows_and_writes_a_dated_file(self):
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "out.json")
            run = subprocess.run([os.path.join(BIN, "af-bench"), "compare", "--rows", "reduce", "--pairs", "20000",
                                  "--runs", "1", "--json", out],
                                 capture_output=True, text=True, timeout=300, check=False)
            self.assertEqual(run.returncode, 0, run.stderr)
            with open(out, encoding="utf-8") as file:
                facts = json.load(file)
        self.assertRegex(facts["date"], r"^\d{4}-\d\d-\d\dT")
        for row in facts["rows"]:
            self.assertIn(row["name"], run.stdout)
            self.assertGreater(row["ratio"]["median"], 0)

    def test_from_s3_af_reads_each_object_from_the_server_in_each_turn_and_the_peer_does_not(self):
        options = argparse.Namespace(bin=BIN, set=None, bytes="5MB", from_s3=True, runs=2, timeout=60)
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            rows = list(peers.Rows(options, folder, stack).languages())
            self.assertEqual([row.name for row in rows],
                             ["os-count in JavaScript: decoding", "touch all, Python: plain Python"])
            touch_all = rows[1]
            result = peers.measure(touch_all, options)
            read = collections.Counter(entry["key"] for entry in touch_all.server.log()
                                       if entry["operation"] == "GetObject")
        self.assertEqual(set(read.values()), {options.runs + 1})
        self.assertIsNotNone(result["server_cpu_s"])

    def test_every_row_that_ci_expects_is_one_that_ci_measures(self):
        with open(os.path.join(TOP, "bench", "expected.json"), encoding="utf-8") as file:
            expected = json.load(file)["peer_over_af"]
        names = {f"os-count {codec}: plain Python" for codec in peers.CODECS}
        names |= {f"builtin os-count {codec}: decoding" for codec in peers.CODECS}
        names |= {"reduce: a flat hash, one thread", "reduce: mawk", "reduce: sort | mawk"}
        self.assertTrue(expected)
        self.assertLessEqual(set(expected), names)

    def test_a_row_that_is_none_is_refused(self):
        for words in (["--rows", "nonsense"], ["--no-such-option"], ["--from-s3", "--keep", "ratios.json"]):
            with contextlib.redirect_stderr(io.StringIO()) as said, self.assertRaises(SystemExit) as refused:
                sys.argv = ["peers.py", *words]
                peers.parse_arguments()
            self.assertEqual(refused.exception.code, 2)
            self.assertRegex(said.getvalue(),
                             r'^af-bench: ERROR USAGE exit=2 what="af-bench compare" last=".+" hint=".+"\n$')


if __name__ == "__main__":
    unittest.main()
