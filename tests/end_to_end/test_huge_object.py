#!/usr/bin/env python3
"""One large object with an index is decoded by several decoders: the same bytes, line numbers and errors as in one
piece."""
import json
import os
import random
import re
import struct
import subprocess
import unittest
import uuid

from support import Case, aws, inflate_zst, operations, read
from task_support import TaskCase

MIB = 1 << 20
LINES, RECORD = 2000, 20_000
BAD_EVERY = 97
IN_ONE_PIECE = ["--decoders", "1"]
SIDE_BY_SIDE = ["--decoders", "3", "--fetch-width", "8"]
CUT = "records: {format: uuid-json, max_bad: 5%}\n"
SKIPPABLE, SEEKABLE = 0x184D2A5E, 0x8F92EAB1


def lines():
    draw = random.Random(5)
    for number in range(LINES):
        value = {"info": {"OS": draw.choice(("Linux", "Darwin", "WINNT"))}, "n": number,
                 "pad": draw.getrandbits(4 * RECORD).to_bytes(RECORD // 2, "big").hex()}
        text = json.dumps(value)
        yield f"{uuid.UUID(int=number)}\t{text[:-9] if number % BAD_EVERY == 5 else text}\n".encode()


def run_tool(command, data):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, timeout=300, check=True).stdout


def xz(data, block):
    return run_tool(["xz", "-0", "-T2", f"--block-size={block}"], data)


def seekable_zst(data, frame):
    """Frames by the zstd program and the table of contrib/seekable_format behind them."""
    parts = [data[at:at + frame] for at in range(0, len(data), frame)]
    frames = [run_tool(["zstd", "-q", "-1", "-c"], part) for part in parts]
    entries = b"".join(struct.pack("<II", len(made), len(part)) for made, part in zip(frames, parts))
    table = entries + struct.pack("<IBI", len(frames), 0, SEEKABLE)
    return b"".join(frames) + struct.pack("<II", SKIPPABLE, len(table)) + table


def overlapping(log):
    """How many of these requests were being answered at the same time, at most."""
    spans = [(entry["time"], entry["time"] + entry["seconds"]) for entry in log]
    return max(sum(begin <= at < end for begin, end in spans) for at, _ in spans)


class Packed:
    """The objects, made once."""
    packed = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not Packed.packed:
            plain = b"".join(lines())
            Packed.packed = {"a.xz": xz(plain, 4 * MIB), "a.zst": seekable_zst(plain, 4 * MIB)}


class HugeObject(Packed, Case):
    def setUp(self):
        super().setUp()
        self.mapper = self.python_job("return value['info']['OS'] + ' ' + str(value['n'])", None, CUT)

    def outcome(self, *arguments, env=None):
        """(result, what the manifest says of the objects, the bad records) of a run that succeeds."""
        self.run_job(self.mapper, *arguments, "-o", self.result, env=env)
        objects = self.manifest()["objects"]
        for entry in objects:
            del entry["name"]
            entry.pop("etag", None)
        bad = self.dead_letters()
        for letter in bad:
            letter.pop("object", None)
            letter.pop("file", None)
        return read(self.result), objects, bad

    def server_of(self, name, *rules):
        latency = {"match": {"operation": "GetObject"}, "do": {"latency_ms": 200}}
        return self.server({f"tele/{name}": self.packed[name]}, rules=[*rules, latency])

    def test_the_result_the_account_and_the_bad_records_are_those_of_one_piece(self):
        expected = None
        for name, data in self.packed.items():
            path = self.file(name, data)
            one = self.outcome(path, *IN_ONE_PIECE)
            self.assertEqual(one[0].count(b"\n"), LINES - len(range(5, LINES, BAD_EVERY)))
            self.assertEqual([letter["line"] for letter in one[2]], [n + 1 for n in range(5, LINES, BAD_EVERY)])
            expected = expected or one[0]
            self.assertEqual(one[0], expected)
            for widths in (["--decoders", "2"], ["--decoders", "2", "--fetch-width", "1"], SIDE_BY_SIDE,
                           ["--decoders", "5", "--workers", "1", "--depth", "1"]):
                with self.subTest(name=name, widths=widths):
                    self.assertEqual(self.outcome(path, *widths), one)
            os.remove(path)

    def test_from_a_signed_server_by_ranges_that_are_read_side_by_side(self):
        for name, data in self.packed.items():
            with self.subTest(name):
                # Long enough to meet the next one, however late that is sent.
                server = self.server_of(name, {"match": {"range": True}, "do": {"latency_ms": 2000}})
                path = self.file(name, data)
                self.assertEqual(self.outcome("s3://tele/", *SIDE_BY_SIDE, env=aws(server)),
                                 self.outcome(path, *IN_ONE_PIECE))
                os.remove(path)
                reads = operations(server.log(), "GetObject")
                ranges = [entry for entry in reads if entry["range"]]
                self.assertGreaterEqual(len(ranges), 4)  # the index, and three segments of 16 MiB
                self.assertEqual(len(reads), len(ranges) + 1)
                self.assertTrue(all("if-match" in entry["headers"] for entry in ranges))
                self.assertGreaterEqual(overlapping(ranges), 2)

    def test_one_decoder_asks_once(self):
        server = self.server_of("a.xz")
        self.run_job(self.mapper, "s3://tele/", *IN_ONE_PIECE, "-o", self.result, env=aws(server))
        self.assertEqual([entry["range"] for entry in operations(server.log(), "GetObject")], [None])

    def test_every_body_that_breaks_is_gone_on_with(self):
        cut_each = {"match": {"operation": "GetObject", "range": True}, "share": 0.5, "seed": 2, "do": {"reset": 0.5}}
        server = self.server_of("a.xz", cut_each)
        path = self.file("a.xz", self.packed["a.xz"])
        self.assertEqual(self.outcome("s3://tele/", *SIDE_BY_SIDE, env=aws(server)), self.outcome(path, *IN_ONE_PIECE))

    def test_a_store_that_knows_no_ranges(self):
        server = self.server_of("a.xz", {"match": {"range": True}, "do": {"ignore_range": True}})
        path = self.file("a.xz", self.packed["a.xz"])
        self.assertEqual(self.outcome("s3://tele/", *SIDE_BY_SIDE, env=aws(server)), self.outcome(path, *IN_ONE_PIECE))

    def test_an_object_that_changes_between_its_ranges(self):
        server = self.server_of("a.xz", {"match": {"range": True}, "after": 2, "do": {"changed": {}}})
        path = self.file("a.xz", self.packed["a.xz"])
        result, objects, bad = self.outcome("s3://tele/", *SIDE_BY_SIDE, env=aws(server))
        self.assertIn("CHANGED", objects[0].pop("read_again_because"))
        self.assertEqual((result, objects, bad), self.outcome(path, *IN_ONE_PIECE))

    def test_a_byte_that_is_flipped_under_way_in_its_ranges_alone_is_passed_over(self):
        path, size = self.file("a.xz", self.packed["a.xz"]), len(self.packed["a.xz"])
        expected = self.outcome(path, *IN_ONE_PIECE)
        for at in (7, size // 2, size - 20_000):  # a piece that does not decode is read in line instead
            with self.subTest(at):
                server = self.server_of("a.xz", {"match": {"range": True}, "do": {"flip": at}})
                self.assertEqual(self.outcome("s3://tele/", *SIDE_BY_SIDE, env=aws(server)), expected)

    def test_a_byte_that_is_flipped_under_way_each_time_is_damage(self):
        server = self.server_of("a.xz", {"match": {"operation": "GetObject"}, "do": {"flip": 10_000_000}})
        run = self.af("run", "--job", self.mapper, "s3://tele/", *SIDE_BY_SIDE, "-o", self.result, env=aws(server))
        self.assert_refused(run, 65, "DATA", "s3://tele/a.xz", "attempts=2")

    def test_a_flipped_byte_in_a_block_or_an_index_is_the_error_of_one_piece(self):
        for name, data in self.packed.items():
            places = {"first block": 1000, "a block": len(data) // 2, "last block": len(data) - 20_000}
            if name == "a.xz":  # decoding a .zst passes over its table
                places.update({"header": 7, "index": len(data) - 30, "footer": len(data) - 5})
            for place, at in places.items():
                with self.subTest(name=name, place=place):
                    path = self.file(name, data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1:])
                    told = []
                    for widths in (IN_ONE_PIECE, SIDE_BY_SIDE):
                        run = self.af("run", "--job", self.mapper, path, *widths, "-o", self.result)
                        self.assert_refused(run, 65, "DATA", name)
                        told.append(run.errors())
                    self.assertEqual(*told)
                    os.remove(path)

    def test_a_seek_table_that_lies_is_passed_over(self):
        data = bytearray(self.packed["a.zst"])
        frames = struct.unpack("<I", data[-9:-5])[0]
        entry = len(data) - 9 - 8 * (frames // 2)
        for at, change in ((entry, 1), (entry + 8, -1)):
            data[at:at + 4] = struct.pack("<I", struct.unpack("<I", data[at:at + 4])[0] + change)
        path = self.file("a.zst", bytes(data))
        self.assertEqual(self.outcome(path, *SIDE_BY_SIDE), self.outcome(path, *IN_ONE_PIECE))

    def test_memory_stays_under_the_bound_that_is_told(self):
        narrow = [*SIDE_BY_SIDE, "--decoder-memory", "8MiB", "--map-memory", "8MiB", "--sort-memory", "8MiB"]
        job = self.python_job("return value['info']['OS'] + ' 1'", "return key + ' ' + str(len(values))",
                              "records: {format: uuid-json, max_bytes: 1MiB, max_bad: 5%}\n")
        path = self.file("a.xz", self.packed["a.xz"])
        plan = self.af("run", "--job", job, *narrow, "--explain", path)
        self.assertIn(b"decoded side by side", plan.stdout)
        bound = int(re.search(rb"memory: at most .*\((\d+) bytes\)", plan.stdout)[1])
        run = self.af("run", "--job", job, *narrow, path, "-o", self.result)
        self.assertEqual(run.status, 0, str(run))
        self.assertLess(bound, 1200 * MIB)
        self.assertLessEqual(run.peak_bytes, bound)


class HugeObjectOfATask(Packed, TaskCase):
    def test_a_task_that_is_given_a_key_alone_reads_by_ranges_too(self):
        job = self.python_job("return value['info']['OS'] + ' ' + str(value['n'])", None, CUT)
        whole = self.file("a.xz", self.packed["a.xz"])
        self.run_job(job, whole, *IN_ONE_PIECE, "-o", self.result)
        server = self.server({"tele/a.xz": self.packed["a.xz"]})
        started, folder = self.start_here("map", "a.xz",
                                          env={"AF_JOB": job, "AF_INPUT": "s3://tele", "AF_DECODERS": "3",
                                               **aws(server)})
        run = started.wait()
        self.assertEqual(run.status, 0, str(run))
        self.assertEqual(inflate_zst(read(os.path.join(folder, "af", "part-00000.txt.zst"))), read(self.result))
        self.assertGreaterEqual(len([entry for entry in operations(server.log(), "GetObject") if entry["range"]]), 4)


if __name__ == "__main__":
    unittest.main()
