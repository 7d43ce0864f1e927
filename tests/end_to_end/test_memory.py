#!/usr/bin/env python3
"""The printed bound holds, whatever the size of the input: many objects, and one large one."""
import os
import re
import subprocess
import unittest

from support import AF, Case, read

BENCH = os.path.join(os.path.dirname(AF), "af-bench")
NARROW = ["--decoder-memory", "8MiB", "--map-memory", "8MiB", "--sort-memory", "8MiB"]
RECORDS = "records: {max_bytes: 1MiB}\n"
MIB = 1 << 20


class Memory(Case):
    def assert_within_the_bound(self, *size):
        made = self.path("made")
        subprocess.run([BENCH, "generate", "--out", made, *size], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       timeout=120, check=True)
        data = os.path.join(made, "data")
        job = self.python_job("return value['info']['OS'] + ' 1'", "return key + ' ' + str(len(values))", RECORDS)
        plan = self.af("run", "--job", job, *NARROW, "--explain", data)
        bound = int(re.search(rb"memory: at most .*\((\d+) bytes\)", plan.stdout)[1])
        run = self.af("run", "--job", job, *NARROW, data, "-o", self.result)
        self.assertEqual(run.status, 0, str(run))
        self.assertEqual(read(self.result), read(os.path.join(made, "truth", "os-count.txt")))
        self.assertLessEqual(run.peak_bytes, bound)
        return bound

    def test_many_objects(self):
        self.assertLess(self.assert_within_the_bound("--bytes", "80MB", "--codec", "gz"), 900 * MIB)

    def test_one_large_object(self):
        self.assertLess(self.assert_within_the_bound("--one-object", "700MB", "--codec", "zst"), 900 * MIB)

    def test_map_output_as_large_as_the_input(self):
        """What waits for its object to be whole, and what its keys add up to, is on disk beyond what was asked for."""
        job = self.job("map: {language: builtin, key: '[0]', value: '[1]', operation: sum}\n"
                       "records: {format: tsv, max_bytes: 1MiB}\n")
        peaks = []
        for lines in (3_000_000, 12_000_000):
            pairs = self.path(f"pairs-{lines}")
            subprocess.run([BENCH, "generate-pairs", "--out", pairs, "--lines", str(lines), "--keys", "50000000",
                            "--files", "2"],
                           stdout=subprocess.DEVNULL, timeout=120, check=True)
            run = self.af("run", "--job", job, *NARROW, pairs, "-o", self.result)
            self.assertEqual(run.status, 0, str(run))
            self.assertEqual(sum(int(line.split(b"\t")[1]) for line in read(self.result).splitlines()),
                             sum(int(line.split(b"\t")[1]) for name in os.listdir(pairs)
                                 for line in read(os.path.join(pairs, name)).splitlines()))
            peaks.append(run.peak_bytes)
        self.assertLess(peaks[1], 256 * MIB)
        self.assertLess(peaks[1], peaks[0] + 64 * MIB)


if __name__ == "__main__":
    unittest.main()
