#!/usr/bin/env python3
"""Objects that are damaged, huge, missing or forbidden: one line, the right status, nothing half-written."""
import gzip
import os
import re
import socket
import unittest

from support import EXAMPLES, Case, aws, changed, compress, os_count, read, records

JOB = os.path.join(EXAMPLES, "os-count")
PACKED = ("lzma", "xz", "gz", "zst", "bz2")
MIB = 1 << 20


class Damaged(Case):
    def setUp(self):
        super().setUp()
        self.lines = records(range(400))
        self.file("a-good.txt", records(range(400, 420)))

    def assert_data_error(self, name, data, *words):
        path = self.file(name, data)
        run = self.af("run", "--job", JOB, self.data, "-o", self.result)
        os.remove(path)
        self.assert_refused(run, 65, "DATA", name, *words)
        self.assertEqual(self.manifest()["status"], "failed")

    def test_truncated_at_the_end_in_the_middle_and_near_the_start(self):
        for codec in PACKED:
            data = compress(self.lines, codec)
            for cut in (len(data) - 1, len(data) // 2, 14):
                with self.subTest(codec=codec, cut=cut):
                    self.assert_data_error(f"b.{codec}", data[:cut])

    def test_a_changed_byte_where_the_format_has_a_checksum(self):
        for codec in ("xz", "gz", "zst", "bz2"):
            data = compress(self.lines, codec)
            for place in (0.3, 0.7):
                with self.subTest(codec=codec, place=place):
                    self.assert_data_error(f"b.{codec}", changed(data, place))

    def test_garbage_behind_the_end(self):
        for codec in PACKED:
            with self.subTest(codec):
                self.assert_data_error(f"b.{codec}", compress(self.lines, codec) + b"garbage\n")

    def test_an_object_without_a_byte_where_the_name_promises_a_codec(self):
        for codec in PACKED:
            with self.subTest(codec):
                self.assert_data_error(f"b.{codec}", b"")

    def test_concatenated_members_are_no_damage(self):
        halves = self.lines[:self.lines.index(b"\n", len(self.lines) // 2) + 1]
        rest = self.lines[len(halves):]
        for codec in ("xz", "gz", "zst", "bz2"):
            with self.subTest(codec):
                path = self.file(f"b.{codec}", compress(halves, codec) + compress(rest, codec))
                self.assertEqual(self.run_job(JOB, path), os_count(self.lines))

    def test_what_a_manifest_says_of_a_size_must_be_true(self):
        path = self.file("b.xz", compress(self.lines, "xz"))
        names = f"{path}\t{os.path.getsize(path) + 1}\n".encode()
        run = self.af("run", "--job", JOB, "-", "-o", self.result, stdin=names)
        self.assert_refused(run, 65, "DATA", "b.xz")


NARROW = ["--workers", "1", "--decoders", "1", "--decoder-memory", "8MiB", "--map-memory", "1MiB", "--sort-memory",
          "1MiB"]
SMALL_RECORDS = "records: {format: %s, max_bytes: 1MiB}\n"


class Huge(Case):
    """What would need a gigabyte if it were held, against a bound that is much smaller. Members of 16 MiB, one after
    the other, make one gzip object."""

    def bound(self, *arguments):
        run = self.af("run", "--explain", *arguments)
        self.assertEqual(run.status, 0, str(run))
        bound = int(re.search(rb"memory: at most .*\((\d+) bytes\)", run.stdout)[1])
        self.assertLess(bound, 900 * MIB)
        return bound

    def test_a_decompression_bomb_is_refused_within_the_memory_bound(self):
        path = self.file("bomb.gz", gzip.compress(b"\n".ljust(1024, b"x") * (16 * 1024), 9, mtime=0) * 80)
        job = self.job("map: {language: binary, script: mapper.sh}\n" + SMALL_RECORDS % "lines",
                       mapper_sh="#!/bin/sh\nexec tail -c 1\n")
        bound = self.bound("--job", job, *NARROW, path)
        run = self.af("run", "--job", job, *NARROW, path, "-o", self.result)
        self.assert_refused(run, 65, "DATA", "bomb.gz", "BOMB")
        self.assertLessEqual(run.peak_bytes, bound)

    def test_a_line_of_a_gigabyte_is_left_out_within_the_memory_bound(self):
        first, last = records([1]), records([2])
        path = self.file("long.gz", gzip.compress(first, mtime=0) + gzip.compress(bytes(16 * MIB), 1, mtime=0) * 60
                         + gzip.compress(b"\n" + last, mtime=0))
        job = self.python_job("return value['info']['OS'] + ' 1'", "return key + ' ' + str(len(values))",
                              SMALL_RECORDS % "uuid-json")
        bound = self.bound("--job", job, *NARROW, path)
        run = self.af("run", "--job", job, *NARROW, path, "--max-bad", "1", "-o", self.result)
        self.assertEqual(run.status, 0, str(run))
        self.assertLessEqual(run.peak_bytes, bound)
        self.assertEqual(read(self.result), os_count(first + last))
        self.assertEqual(self.manifest()["input"]["bad_by_kind"], {"long_line": 1})
        letter, = self.dead_letters()
        self.assertEqual((letter["line"], letter["kind"]), (2, "long_line"))

    def test_records_just_below_and_above_the_limit(self):
        limit = 70_000
        below, above = b"x" * limit, b"y" * (limit + 1)
        self.file("a.txt", b"\n".join([below, above, b"z"]))
        job = self.python_job("return str(len(value))", None,
                              f"records: {{format: lines, max_bytes: {limit}, max_bad: 1}}\n")
        self.assertEqual(self.run_job(job, self.data), f"{limit}\n1\n".encode())

    def test_a_limit_of_the_command_line_goes_before_that_of_the_job(self):
        self.file("a.txt", b"\n".join([b"x" * 2048, b"y" * 2049, b"z"]))
        job = self.python_job("return str(len(value))", None, "records: {format: lines, max_bad: 1}\n")
        self.assertEqual(self.run_job(job, self.data, "--max-line", "2KiB"), b"2048\n1\n")


class Refused(Case):
    """What the store or the file system does not give."""

    def setUp(self):
        super().setUp()
        self.files = {"tele/a.txt": records(range(5)), "tele/b.txt": records(range(5, 9))}

    def attempt(self, *inputs, env, stdin=b""):
        return self.af("run", "--job", JOB, *inputs, "-o", self.result, env=env, stdin=stdin)

    def test_a_key_that_is_not_there(self):
        run = self.attempt("-", env=aws(self.server(self.files)), stdin=b"s3://tele/a.txt\ns3://tele/gone.txt\n")
        self.assert_refused(run, 66, "NO_INPUT", "s3://tele/gone.txt")

    def test_an_object_that_may_not_be_read(self):
        server = self.server(self.files, rules=[{"match": {"key": "b.txt"}, "do": {"error": "AccessDenied"}}])
        run = self.attempt("s3://tele/", env=aws(server))
        self.assert_refused(run, 69, "REFUSED", "s3://tele/b.txt", "AccessDenied")
        self.assertEqual(len([entry for entry in server.log() if entry["key"] == "b.txt"]), 1)

    def test_a_bucket_that_is_not_there(self):
        run = self.attempt("s3://nowhere/", env=aws(self.server(self.files)))
        self.assert_refused(run, 66, "NO_INPUT", "nowhere", "NoSuchBucket")

    def test_a_prefix_below_which_nothing_lies(self):
        run = self.attempt("s3://tele/nothing/", env=aws(self.server(self.files)))
        self.assert_refused(run, 9, "NOTHING_MATCHED", "s3://tele/nothing/")

    def test_a_wrong_secret_and_an_unknown_key(self):
        server = self.server(self.files)
        for env, code in ((aws(server, secret="wrong/secret"), "SignatureDoesNotMatch"),
                          (aws(server, key="AKNOBODY"), "InvalidAccessKeyId")):
            with self.subTest(code):
                run = self.attempt("s3://tele/", env=env)
                self.assert_refused(run, 69, "REFUSED", code)
                self.assertNotIn("wrong/secret", str(run))

    def test_no_credentials_at_all(self):
        server = self.server(self.files)
        run = self.attempt("s3://tele/", env={"AWS_ENDPOINT_URL": server.url})
        self.assert_refused(run, 69, "REFUSED", "credentials")
        self.assertEqual(server.log(), [])

    def test_half_a_credential(self):
        run = self.attempt("s3://tele/", env={"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "AK"})
        self.assert_refused(run, 78, "CONFIG", "AWS_SECRET_ACCESS_KEY")

    def test_nobody_listens_at_the_endpoint(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # not listening
            url = f"http://127.0.0.1:{taken.getsockname()[1]}"
            run = self.attempt("s3://tele/", env={"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "AK",
                                                  "AWS_SECRET_ACCESS_KEY": "secret"})
        self.assert_refused(run, 75, "TEMPFAIL", "attempts=")

    def test_no_such_folder_or_file(self):
        run = self.attempt(self.path("nowhere"), env={})
        self.assert_refused(run, 66, "NO_INPUT", self.path("nowhere"))

    def test_a_folder_without_files(self):
        run = self.attempt(self.data, env={})
        self.assert_refused(run, 9, "NOTHING_MATCHED", self.data)

    def test_no_names_on_stdin(self):
        self.assert_refused(self.attempt("-", env={}), 9, "NOTHING_MATCHED")

    def test_a_broken_manifest_names_file_and_line(self):
        path = self.path("m.jsonl")
        with open(path, "w", encoding="utf-8") as file:
            file.write('{"file_name": "a", "size": 1}\n{"file_name": "b", "size": -1}\n')
        run = self.attempt(f"manifest:{path}", env={})
        self.assert_refused(run, 78, "CONFIG", f"{path}:2")


if __name__ == "__main__":
    unittest.main()
