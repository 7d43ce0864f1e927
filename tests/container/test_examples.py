"""The scripts of container/examples over two pings, through the feeders or as the programs they are."""

import os
import subprocess
import unittest

from feeder_client import HELPERS, Feeder, reduce

EXAMPLES = os.path.join(HELPERS, "..", "examples")
PINGS = (
    b'id-1\t{"ver": 1, "info": {"OS": "WINNT", "appVersion": "28.0a1"}}\n'
    b'id-2\t{"ver": 1, "info": {"appVersion": "22.0", "OS": "Linux"}}\n'
)
SORTED = b"Linux\t1\nWINNT\t1\nWINNT\t2\n"
COUNTS = b"Linux 1\nWINNT 3\n"


def path(*parts):
    return os.path.join(EXAMPLES, *parts)


def mapped(language, script):
    with Feeder(language, "map", script, "mapper") as feeder:
        return feeder.ask(PINGS).lines


def run(program, stdin):
    return subprocess.run([program], input=stdin, stdout=subprocess.PIPE, timeout=60, check=True).stdout


class Examples(unittest.TestCase):
    def test_os_count(self):
        self.assertEqual(mapped("python", path("os-count", "mapper.py")), b"WINNT 1\nLinux 1\n")
        self.assertEqual(reduce("python", path("os-count", "reducer.py"), "reduce", SORTED)[:2], (0, COUNTS))

    def test_os_count_js(self):
        self.assertEqual(mapped("javascript", path("os-count-js", "mapper.js")), b"WINNT\t1\nLinux\t1\n")
        self.assertEqual(reduce("javascript", path("os-count-js", "reducer.js"), "reduce", SORTED)[:2], (0, COUNTS))

    def test_os_count_binary(self):
        self.assertEqual(run(path("os-count-binary", "mapper.awk"), PINGS), b"WINNT\t1\nLinux\t1\n")
        self.assertEqual(run(path("os-count-binary", "reducer.awk"), SORTED), COUNTS)
        self.assertEqual(run(path("os-count-binary", "reducer.awk"), b""), b"")

    def test_os_count_combiner(self):
        self.assertEqual(mapped("python", path("os-count-combiner", "mapper.py")), b"WINNT\t1\nLinux\t1\n")

    def test_map_only(self):
        self.assertEqual(mapped("python", path("map-only", "mapper.py")), b"id-1\tWINNT\t28.0a1\nid-2\tLinux\t22.0\n")


if __name__ == "__main__":
    unittest.main()
