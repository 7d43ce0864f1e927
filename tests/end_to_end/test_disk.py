#!/usr/bin/env python3
"""A disk that is full: status 73, no result, nothing left. Needs the right to mount a small tmpfs."""
import os
import subprocess
import sys
import unittest

from support import AF, Case, files_below, records

SIZE = 1 << 20


class FullDisk(Case):
    def setUp(self):
        super().setUp()
        self.small = self.path("small")
        os.mkdir(self.small)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", self.small],
                                 stderr=subprocess.PIPE, timeout=20, check=False)
        if mounted.returncode != 0:
            self.skipTest("may not mount a tmpfs, not even as root of a namespace of its own: "
                          + mounted.stderr.decode().strip())
        self.addCleanup(subprocess.run, ["umount", self.small], timeout=20, check=False)
        self.file("a.txt", records(range(6000)))
        self.echo = self.python_job("return uuid + ' ' + repr(value)")

    def test_for_the_result(self):
        self.result = os.path.join(self.small, "result.txt")
        run = self.af("run", "--job", self.echo, self.data, "-o", self.result)
        self.assert_refused(run, 73, "NO_SPACE", self.small)
        self.assertEqual([name for name in files_below(self.small) if name != "result.txt.manifest.json"], [])
        self.assertEqual(self.manifest()["status"], "failed")

    def test_for_the_bad_records(self):
        self.file("b.txt", b"no tab, and long enough to fill the disk soon\n" * 40_000)
        run = self.af("run", "--job", self.echo, self.data, "--max-bad", "100%", "-o", self.result,
                      "--bad-records", os.path.join(self.small, "bad.jsonl"))
        self.assert_refused(run, 73, "NO_SPACE", self.small)
        self.assertEqual(files_below(self.small), [])

    def test_for_the_bad_records_is_not_full_when_it_has_room_for_them_once(self):
        self.file("b.txt", b"no tab, and long enough to fill the disk soon\n" * 4000)
        kept = os.path.join(self.small, "bad.jsonl")
        run = self.af("run", "--job", self.echo, self.data, "--max-bad", "100%", "-o", self.result,
                      "--bad-records", kept)
        self.assertEqual(run.status, 0, str(run))
        self.assertGreater(2 * os.path.getsize(kept), SIZE)
        with open(kept, "rb") as file:
            self.assertEqual(file.read().count(b"\n"), 4000)

    def test_for_bad_records_that_wait(self):
        self.scratch = self.small
        self.file("b.txt", b"no tab, and long enough to fill the disk soon\n" * 40_000)
        run = self.af("run", "--job", self.echo, self.data, "--max-bad", "100%", "-o", self.result)
        self.assert_refused(run, 73, "NO_SPACE")
        self.assertEqual(self.manifest()["status"], "failed")

    def test_for_the_manifest(self):
        with open(os.path.join(self.small, "filler"), "wb") as file:
            file.write(bytes(SIZE))
        run = self.af("run", "--job", self.echo, self.data, "-o", self.result,
                      "--manifest", os.path.join(self.small, "m.json"))
        self.assertEqual(run.status, 73, str(run))
        self.assertEqual(len(run.errors()), 1, str(run))
        self.assertEqual(files_below(self.small), ["filler"])

    def test_for_temporary_files_of_the_sort(self):
        self.scratch = self.small
        job = self.python_job("import hashlib\ndef mapper(uuid, file, value):\n    return uuid + ' ' + ''.join("
                              "hashlib.sha512(f'{uuid}{n}'.encode()).hexdigest() for n in range(5))\n", "return key")
        run = self.af("run", "--job", job, self.data, "-o", self.result, "--sort-memory", "256KiB")
        self.assert_refused(run, 73, "NO_SPACE")

    def test_for_map_output_that_waits(self):
        self.scratch = self.small
        run = self.af("run", "--job", self.echo, self.data, "-o", self.result, "--map-memory", "128KiB")
        self.assert_refused(run, 73, "NO_SPACE")

    def test_for_local_copies(self):
        self.scratch = self.small
        job = self.job("map: {language: python, script: mapper.py, input: files}\n",
                       mapper_py="def mapper(uuid, file, path):\n    return path\n")
        run = self.af("run", "--job", job, self.data, "-o", self.result)
        self.assert_refused(run, 73, "NO_SPACE", "a.txt")

    def test_for_a_result_that_waits_for_stdout(self):
        self.scratch = self.small
        self.assert_refused(self.af("run", "--job", self.echo, self.data), 73, "NO_SPACE")


class Stdout(Case):
    def test_a_stdout_that_is_full_is_an_error(self):
        self.file("a.txt", records(range(10)))
        with open("/dev/full", "wb") as full:
            run = subprocess.run([AF, "run", "--job", self.python_job("return uuid"), self.data], stdout=full,
                                 env=self.environment(), stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(run.returncode, 73, run.stderr)
        self.assertIn(b"af: ERROR NO_SPACE exit=73", run.stderr)


if __name__ == "__main__":
    inside = os.environ.pop("AF_OWN_MOUNTS", None)
    if os.geteuid() != 0 and not inside and subprocess.run(["unshare", "-rm", "true"], stderr=subprocess.DEVNULL,
                                                           check=False).returncode == 0:
        os.execvpe("unshare", ["unshare", "-rm", sys.executable, "-B", *sys.argv],
                   {**os.environ, "AF_OWN_MOUNTS": "yes"})
    unittest.main()
