#!/usr/bin/env python3
"""The same input gives the same bytes, however many workers, decoders and buffers there are."""
import collections
import itertools
import json
import math
import os
import unittest

from support import CODECS, EXAMPLES, Case, aws, compress, os_count, records

WIDTHS = list(itertools.product((1, 2, 8), (1, 2, 8), (1, 2)))


def options(workers, depth, decoders):
    return ["--workers", workers, "--depth", depth, "--decoders", decoders]


class Determinism(Case):
    """Sizes that differ by a factor of a hundred, so that objects end in another order than they begin."""

    def setUp(self):
        super().setUp()
        self.plain, self.objects, self.records_of = b"", {}, {}
        for number, size in enumerate((900, 3, 250, 40, 3000, 1, 17, 600, 9, 120, 33, 2)):
            lines = records(range(number * 10_000, number * 10_000 + size))
            self.plain += lines
            codec = CODECS[number % len(CODECS)]
            name = f"part-{number:02}.{codec}"
            self.records_of[name], self.objects[name] = lines, compress(lines, codec)
        for name, data in self.objects.items():
            self.file(name, data)

    def assert_one_answer(self, job, truth, *more, inputs=None, env=None):
        for widths in WIDTHS:
            with self.subTest(widths):
                answer = self.run_job(job, *options(*widths), *more, inputs or self.data, env=env)
                self.assertEqual(answer, truth)

    def test_os_count(self):
        truth = os_count(self.plain)
        job = os.path.join(EXAMPLES, "os-count")
        self.assert_one_answer(job, truth)
        for _ in range(2):
            self.assertEqual(self.run_job(job, self.data), truth)

    def test_map_output_comes_in_the_order_of_the_input(self):
        truth = b"".join(line.split(b"\t")[0] + b"\n" for line in self.plain.splitlines())
        self.assert_one_answer(self.python_job("return uuid"), truth)

    def test_a_reducer_that_sees_the_order_of_values(self):
        job = self.python_job("return value['info']['OS'] + ' ' + uuid", "return key + ' ' + ','.join(values)")
        values = {}
        for line in self.plain.splitlines():
            uuid, value = line.split(b"\t", 1)
            values.setdefault(json.loads(value)["info"]["OS"], []).append(uuid.decode())
        truth = "".join(f"{key} {','.join(values[key])}\n" for key in sorted(values)).encode()
        self.assert_one_answer(job, truth)

    def test_sorting_on_disk_gives_the_same_bytes_as_sorting_in_memory(self):
        job = self.python_job("return uuid + ' ' + file", "return key + ' ' + ','.join(values)", "reducers: 1\n")
        in_memory = self.run_job(job, self.data)
        self.assertEqual(len(in_memory.splitlines()), len(self.plain.splitlines()))
        self.assertEqual(self.run_job(job, "--sort-memory", "128KiB", "--map-memory", "64KiB", self.data), in_memory)

    def test_fractions_add_up_to_the_same_bytes_in_memory_and_on_disk(self):
        body = "n = int(uuid.replace('-', '')[:8], 16); return f'{n % 3} {n / 7}\\n{uuid} {n / 1000}\\nall {n / 3}'"
        sums = collections.defaultdict(list)
        for line in self.plain.splitlines():
            uuid = line.split(b"\t")[0].decode()
            n = int(uuid.replace("-", "")[:8], 16)
            for key, value in ((str(n % 3), n / 7), (uuid, n / 1000), ("all", n / 3)):
                sums[key].append(value)
        for operation, expected in (("sum", math.fsum), ("mean", lambda values: math.fsum(values) / len(values)),
                                    ("max", max)):
            job = self.python_job(body, None, f"reduce: {{language: builtin, operation: {operation}}}\n")
            truth = self.run_job(job, self.data)
            pairs = [line.split("\t") for line in truth.decode().splitlines()]
            self.assertEqual([key for key, _ in pairs], sorted(sums))
            self.assertEqual({key: float(value) for key, value in pairs},
                             {key: expected(values) for key, values in sums.items()})
            for sort_memory in ("64KiB", "8MiB"):
                self.assert_one_answer(job, truth, "--sort-memory", sort_memory)

    def test_bad_records_come_in_the_order_of_the_input_and_the_first_of_them_is_the_same(self):
        job = self.python_job("if value['simpleMeasurements']['uptime'] % 7 == 2: raise ValueError(uuid)\n"
                              "    return uuid")
        truth = []
        for name in sorted(self.objects):
            for number, line in enumerate(self.records_of[name].splitlines(), 1):
                if json.loads(line.split(b"\t")[1])["simpleMeasurements"]["uptime"] % 7 == 2:
                    truth.append((os.path.join(self.data, name), number))
        for widths in WIDTHS:
            with self.subTest(widths):
                self.run_job(job, *options(*widths), "--max-bad", "50%", self.data, "-o", self.result)
                self.assertEqual([(letter["object"], letter["line"]) for letter in self.dead_letters()], truth)
                with open(self.result + ".manifest.json", encoding="utf-8") as file:
                    first = json.load(file)["input"]["first_bad"]
                self.assertEqual((first["object"], first["line"], first["kind"]), (*truth[0], "mapper"))

    def test_from_s3_with_any_fetch_width(self):
        server = self.server({f"tele/{name}": data for name, data in self.objects.items()})
        truth = os_count(self.plain)
        for width in (1, 3, 32):
            with self.subTest(width):
                answer = self.run_job(os.path.join(EXAMPLES, "os-count-combiner"), "--fetch-width", width, "s3://tele/",
                                      env=aws(server))
                self.assertEqual(answer.replace(b"\t", b" "), truth)


if __name__ == "__main__":
    unittest.main()
