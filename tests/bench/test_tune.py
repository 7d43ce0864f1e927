#!/usr/bin/env python3
"""af-bench tune: measures real runs of the user's own job, and what it writes is what af run then uses."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "end_to_end"))
from support import AF, Case, aws, compress, read, records, write  # noqa: E402  (its folder is known only now)

BENCH = os.path.join(os.path.dirname(AF), "af-bench")
FEW = ("--workers", "1,2", "--decoders", "1,2", "--fetch-width", "auto", "--depth", "4", "--seconds", "10")


class Tune(Case):
    def setUp(self):
        super().setUp()
        for number in range(8):
            self.file(f"part-{number}.gz", compress(records(range(number * 200, number * 200 + 200)), "gz"))
        self.count = self.python_job("return value['info']['OS'] + ' 1'", "return f'{key} {sum(map(int, values))}'")
        self.tuning = os.path.join(self.count, "af-tuning.yml")

    def tune(self, *more, job=None):
        return self.af("tune", "--job", job or self.count, self.data, *FEW, *more, program=BENCH, seconds=300)

    def test_it_writes_widths_a_plot_and_every_measurement(self):
        plot, figures = self.path("plot.html"), self.path("figures.json")
        run = self.tune("--plot", plot, "--json", figures)
        self.assertEqual(run.status, 0, str(run))
        widths = dict(line.split(": ") for line in read(self.tuning).decode().splitlines())
        self.assertEqual(set(widths), {"processors", "workers", "decoders", "fetch_width", "depth"})
        self.assertEqual(int(widths["processors"]), len(os.sched_getaffinity(0)))
        self.assertIn(widths["workers"], ("auto", "1", "2"))
        self.assertEqual(read(plot).count(b"<svg"), 4)
        with open(figures, encoding="utf-8") as file:
            facts = json.load(file)
        first = [one for one in facts["measured"] if one["rung"] == 0]
        self.assertEqual({(one["workers"], one["decoders"]) for one in first}, {(0, 0), (1, 1), (1, 2), (2, 1), (2, 2)})
        self.assertTrue(all(one["seconds"] > 0 for one in facts["measured"]))
        found = facts["found"]
        self.assertEqual([str(found[name] or "auto") for name in ("workers", "decoders", "fetch_width", "depth")],
                         [widths[name] for name in ("workers", "decoders", "fetch_width", "depth")])

    def test_starts_that_take_longer_than_the_seconds_are_told_with_what_to_do_and_it_goes_on(self):
        slow = self.python_job("import time\ntime.sleep(0.5)\n\ndef mapper(uuid, file, value):\n    return 'all 1'\n",
                               "return f'{key} {sum(map(int, values))}'")
        few = ("--seconds", "1", "--workers", "1,2", "--decoders", "1", "--fetch-width", "auto", "--depth", "4")
        large, lines = self.path("large"), records(range(100))
        for number in range(60):
            write(os.path.join(large, f"part-{number:02}.txt"), lines * (200_000 // len(lines)))
        for data, what in ((self.data, "the runs, little as they read,"), (large, "the starts of the runs alone")):
            with self.subTest(what):
                run = self.af("tune", "--job", slow, data, *few, program=BENCH, seconds=300)
                self.assertEqual(run.status, 0, str(run))
                said = [line for line in run.stderr.splitlines() if "more than --seconds 1:" in line]
                self.assertEqual(len(said), 1, run.stderr)
                self.assertIn(what, said[0])
                self.assertIn("give it more seconds, or fewer values of --workers", said[0])
                self.assertTrue(os.path.exists(os.path.join(slow, "af-tuning.yml")))
        plenty = self.af("tune", "--job", self.count, self.data, *FEW[:-1], "600", program=BENCH, seconds=300)
        self.assertEqual(plenty.status, 0, str(plenty))
        self.assertNotIn("more than --seconds", plenty.stderr)

    def test_a_run_uses_them_and_says_so_in_one_line(self):
        with open(self.tuning, "w", encoding="ascii") as file:
            file.write(f"processors: {len(os.sched_getaffinity(0))}\nworkers: 3\ndecoders: 1\nfetch_width: 2\n"
                       "depth: 8\n")
        plain = self.af("run", "--job", self.count, self.data, "--no-tuning")
        tuned = self.af("run", "--job", self.count, self.data)
        self.assertEqual((tuned.status, tuned.stdout), (0, plain.stdout), str(tuned))
        said = [line for line in tuned.stderr.splitlines() if "widths from" in line]
        self.assertEqual(len(said), 1, str(tuned))
        self.assertIn("workers 3, decoders 1, fetch width 2, depth 8", said[0])
        self.assertNotIn("widths from", plain.stderr)
        plan = self.af("run", "--job", self.count, self.data, "--explain").stdout.decode()
        self.assertIn("2 objects in flight, 8 blocks", plan)
        self.assertIn("up to 2 objects fetched at a time, 1 decompressed", plan)
        self.assertIn("3 map processes", plan)
        self.assertIn("4 map processes",
                      self.af("run", "--job", self.count, self.data, "--explain", "--workers", "4").stdout.decode())

    def test_widths_of_another_machine_are_not_used(self):
        with open(self.tuning, "w", encoding="ascii") as file:
            file.write("processors: 1000\nworkers: 3\n")
        run = self.af("run", "--job", self.count, self.data, "--explain")
        self.assertEqual(run.status, 0, str(run))
        self.assertIn("not used", run.stderr)
        self.assertNotIn("3 map processes", run.stdout.decode())

    def test_a_broken_file_of_widths_is_refused_with_its_line(self):
        with open(self.tuning, "w", encoding="ascii") as file:
            file.write("processors: 2\nworkers: lots\n")
        self.assert_refused(self.af("run", "--job", self.count, self.data), 78, "CONFIG", "af-tuning.yml:2", "lots")
        self.assert_refused(self.af("run", "--job", self.count, self.data, "--widths", self.path("none.yml")), 2,
                            "USAGE", "none.yml")

    def test_it_reads_a_signed_bucket_by_the_options_that_af_run_has(self):
        server = self.server({f"tele/{name}": read(os.path.join(self.data, name)) for name in os.listdir(self.data)})
        keys = aws(server)
        url = keys.pop("AWS_ENDPOINT_URL")
        run = self.af("tune", "--job", self.count, "s3://tele/", "--endpoint-url", url, "--region", "us-east-1", *FEW,
                      program=BENCH, seconds=300, env=keys)
        self.assertEqual(run.status, 0, str(run))
        self.assertTrue(os.path.exists(self.tuning))

    def test_what_is_wrong_is_said_in_one_line_with_the_status_of_the_table(self):
        for words, what in ((("--depth", "x"), "--depth"), (("--no-such-option",), "af-bench tune"),
                            (("--af", self.path("none")), "none")):
            run = self.af("tune", "--job", self.count, self.data, *words, program=BENCH)
            self.assertEqual(run.status, 2, str(run))
            self.assertRegex(run.stderr, f'^af-bench: ERROR USAGE exit=2 what=".*{what}.*" last=".+" hint=".+"\n$')
        self.assertEqual(self.tune(job=self.path("none")).status, 78)

    def test_a_job_that_fails_ends_it_and_nothing_is_written(self):
        broken = self.python_job("raise ValueError('no')", "return key", more="records: {max_bad: 0}\n")
        run = self.tune(job=broken)
        self.assertNotEqual(run.status, 0)
        self.assertIn("exit status", run.stderr)
        self.assertFalse(os.path.exists(os.path.join(broken, "af-tuning.yml")))


if __name__ == "__main__":
    unittest.main()
