#!/usr/bin/env python3
"""Records that lie in memory shared with the map function: what it keeps stays right, and pipes do where there is
none."""
import os
import subprocess
import unittest

from support import AF, Case, read

BENCH = os.path.join(os.path.dirname(AF), "af-bench")

# Every 16th record or so is kept whole, untouched, while hundreds of batches go through the same memory, and looked at
# in the end.
KEEPS = """
kept = []

def mapper(uuid, file, value):
    if len(kept) == 20:
        first, values = kept.pop(0)
        yield first, values["info"]["OS"] + " " + str(len(values["histograms"])) + " " + values["info"]["appName"]
    if uuid[0] == "0":
        kept.append((uuid, value))
"""
# The same, of each record at once: every line of the other is one of these.
AT_ONCE = """
def mapper(uuid, file, value):
    yield uuid, value["info"]["OS"] + " " + str(len(value["histograms"])) + " " + value["info"]["appName"]
"""
KEEPS_JS = """
const kept = [];
exports.mapper = (uuid, file, value) => {
  const lines = [];
  if (kept.length === 20) {
    const [first, values] = kept.shift();
    lines.push([first, `${values.info.OS} ${Object.keys(values.histograms).length} ${values.info.appName}`]);
  }
  if (uuid[0] === '0') kept.push([uuid, value]);
  return lines;
};
"""


class SharedMemory(Case):
    def setUp(self):
        super().setUp()
        made = self.path("made")
        subprocess.run([BENCH, "generate", "--out", made, "--bytes", "60MB", "--record-bytes", "30KB..60KB", "--codec",
                        "zst"],
                       stdout=subprocess.DEVNULL, timeout=120, check=True)
        self.objects = os.path.join(made, "data")

    def lines(self, job, *options, **how):
        run = self.af("run", "--job", job, self.objects, "-o", self.result, "--workers", 1, *options, **how)
        self.assertEqual(run.status, 0, str(run))
        return set(read(self.result).splitlines())

    def test_what_a_function_keeps_of_earlier_batches_stays_as_it_was(self):
        right = self.lines(self.python_job(AT_ONCE))
        for kept in (self.lines(self.python_job(KEEPS)), self.lines(self.job(
                "map: {language: javascript, script: mapper.js}\n", mapper_js=KEEPS_JS))):
            self.assertGreater(len(kept), 40)
            self.assertLessEqual(kept, right)

    def test_python_maps_the_memory(self):
        job = self.python_job("return 'mapped ' + str('memfd:af-blocks' in open('/proc/self/maps').read())")
        self.assertEqual(self.lines(job), {b"mapped True"})

    def test_pipes_do_where_a_limit_forbids_the_memory(self):
        job = self.python_job(AT_ONCE)
        limited = ("sh", "-c", 'ulimit -f 1000000; exec "$@"', "sh")
        self.assertEqual(self.lines(job), self.lines(job, limits=limited))


if __name__ == "__main__":
    unittest.main()
