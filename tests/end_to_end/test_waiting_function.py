#!/usr/bin/env python3
"""A map function that waits gets more processes by itself; one that computes, or a number that was asked for, does
not."""
import os
import re
import subprocess
import unittest

from support import AF, Case, read

BENCH = os.path.join(os.path.dirname(AF), "af-bench")
PROCESSORS = len(os.sched_getaffinity(0))
WAITS = "import time\ndef mapper(uuid, file, value):\n    time.sleep(0.02)\n    return value['info']['OS'] + ' 1'\n"


class WaitingFunction(Case):
    def setUp(self):
        super().setUp()
        made = self.path("made")
        subprocess.run([BENCH, "generate", "--out", made, "--bytes", f"{12 * PROCESSORS}MB", "--record-bytes",
                        "40KB..60KB", "--codec", "gz"],
                       stdout=subprocess.DEVNULL, timeout=120, check=True)
        self.objects = os.path.join(made, "data")
        self.truth = read(os.path.join(made, "truth", "os-count.txt")).replace(b" ", b"\t")

    def mappers(self, mapper, *options):
        job = self.python_job(mapper, None, "reduce: {language: builtin, operation: sum}\n")
        run = self.af("run", "--job", job, self.objects, "-o", self.result, *options)
        self.assertEqual(run.status, 0, str(run))
        self.assertEqual(read(self.result), self.truth)
        return int(re.search(r"and (\d+) mappers?$", run.stderr, re.MULTILINE)[1])

    def test_it_gets_more_processes(self):
        self.assertEqual(self.mappers(WAITS), 2 * PROCESSORS)

    def test_not_when_their_number_was_asked_for(self):
        self.assertEqual(self.mappers(WAITS, "--workers", PROCESSORS), PROCESSORS)

    def test_not_when_it_computes(self):
        self.assertEqual(self.mappers("return value['info']['OS'] + ' 1'"), PROCESSORS)


if __name__ == "__main__":
    unittest.main()
