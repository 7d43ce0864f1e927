#!/usr/bin/env python3
"""Functions that raise, leave, die, hang or talk too much."""
import os
import unittest

from support import Case, os_count, read, records

MAPPER = "def mapper(uuid, file, value):\n"
OS = "    return value['info']['OS'] + ' 1'\n"
COUNT = "def reduce(key, values):\n    return key + ' ' + str(len(values))\n"
REDUCED = "reduce: {language: python, script: reducer.py}\n"


class UserCode(Case):
    def setUp(self):
        super().setUp()
        self.lines = records(range(300))
        self.input = self.file("a.txt", self.lines)

    def attempt(self, job, *options, **how):
        return self.af("run", "--job", job, self.input, "-o", self.result, *options, **how)

    def mapper(self, body, head="import os, signal, sys, time\n", more=""):
        return self.python_job(head + MAPPER + body, COUNT, more)

    def test_a_mapper_that_always_raises(self):
        run = self.attempt(self.mapper("    raise ValueError('never')\n"))
        self.assert_refused(run, 80, "CHILD_EXIT", "ValueError", "never", self.input)
        self.assertEqual(self.manifest()["status"], "failed")

    def test_a_mapper_that_raises_once_in_ten_thousand_records(self):
        count = 10_000
        big = self.file("big.txt", b"".join(b"id-%d\t%d\n" % (n, n) for n in range(count)))
        job = self.mapper("    return f'all {1 / (value - 7_000) and 1}'\n")
        run = self.af("run", "--job", job, big, "-o", self.result)
        self.assertEqual(run.status, 0, str(run))
        self.assertEqual(read(self.result), b"all %d\n" % (count - 1))
        letter, = self.dead_letters()
        self.assertEqual((letter["line"], letter["kind"]), (7_001, "mapper"))
        self.assertIn("ZeroDivisionError", letter["reason"])

    def test_a_mapper_that_raises_after_it_has_yielded_adds_nothing_for_that_record(self):
        job = self.mapper("    yield 'all', 1\n    if uuid == LAST: raise ValueError('late')\n    yield 'all', 1\n",
                          head=f"LAST = {self.lines.splitlines()[-1].split(bytes([9]))[0].decode()!r}\n")
        run = self.attempt(job, "--max-bad", "1")
        self.assertEqual(run.status, 0, str(run))
        self.assertEqual(read(self.result), b"all 598\n")

    def test_more_bad_records_than_allowed(self):
        bad = self.file("bad.txt", self.lines + b"no tab\n" * 3)
        run = self.af("run", "--job", self.mapper(OS), bad, "-o", self.result)
        self.assert_refused(run, 65, "DATA", "3 of 303", "line 301")
        for limit, status in (("3", 0), ("2", 65), ("1%", 0), ("0.5%", 65), ("0", 65)):
            with self.subTest(limit):
                run = self.af("run", "--job", self.mapper(OS), bad, "--max-bad", limit, "-o", self.path("limit.txt"))
                self.assertEqual(run.status, status, str(run))

    def test_on_bad_fail_ends_at_the_first_one(self):
        bad = self.file("bad.txt", self.lines + b"no tab\n")
        run = self.af("run", "--job", self.mapper(OS), bad, "--on-bad", "fail", "-o", self.result)
        self.assert_refused(run, 65, "DATA", bad, "line 301")

    def test_a_mapper_that_leaves_with_a_status(self):
        run = self.attempt(self.mapper("    sys.exit(3)\n"))
        self.assert_refused(run, 80, "CHILD_EXIT", "3", "mapper.py")

    def test_a_mapper_that_leaves_with_status_0_while_records_wait(self):
        run = self.attempt(self.mapper("    sys.exit(0)\n"))
        self.assert_refused(run, 83, "CHILD_STDIN_CLOSED", "mapper.py")

    def test_a_mapper_that_kills_itself(self):
        run = self.attempt(self.mapper("    os.kill(os.getpid(), signal.SIGKILL)\n"))
        self.assert_refused(run, 81, "CHILD_SIGNAL", "9", "mapper.py")

    def test_a_mapper_that_hangs(self):
        job = self.job("map: {language: python, script: mapper.py, timeout: 10}\n",
                       mapper_py="import time\n" + MAPPER + "    time.sleep(3600)\n")
        run = self.attempt(job, seconds=40)
        self.assert_refused(run, 82, "CHILD_HANG", "mapper.py", self.input)

    def test_a_mapper_that_ignores_sigterm_and_hangs(self):
        job = self.job("map: {language: python, script: mapper.py, timeout: 1}\n",
                       mapper_py="import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + MAPPER
                       + "    time.sleep(3600)\n")
        self.assert_refused(self.attempt(job, seconds=60), 82, "CHILD_HANG")

    def test_a_mapper_that_floods_stderr(self):
        body = "    if not DONE:\n        DONE.append(1)\n        for _ in range(200): sys.stderr.write(NOISE)\n" + OS
        job = self.mapper(body, head="import sys\nDONE = []\nNOISE = ('x' * 999 + '\\n') * 1000\n")
        run = self.attempt(job, "--verbose")
        self.assertEqual(run.status, 0, str(run))
        self.assertEqual(read(self.result), os_count(self.lines))
        self.assertIn("x" * 999, run.stderr)
        self.assertIn("suppressed", run.stderr)
        self.assertLess(len(run.stderr), 20 << 20)  # of 200 MB

    def test_what_a_mapper_prints_is_no_map_output(self):
        job = self.mapper("    print('WINNT 1000')\n    os.write(1, b'WINNT 1000\\n')\n" + OS)
        run = self.attempt(job)
        self.assertEqual((run.status, run.stdout), (0, b""), str(run))
        self.assertEqual(read(self.result), os_count(self.lines))

    def test_a_mapper_finds_an_empty_stdin(self):
        run = self.attempt(self.mapper("    return 'all ' + sys.stdin.read()\n"))
        self.assertEqual(run.status, 0, str(run))
        self.assertEqual(read(self.result), b"all 300\n")

    def test_a_child_of_the_mapper_that_stays_is_ended(self):
        job = self.mapper("    if not CHILD: CHILD.append(subprocess.Popen(['sleep', '3600']))\n" + OS,
                          head="import subprocess\nCHILD = []\n")
        run = self.attempt(job, seconds=40)
        self.assertEqual(run.status, 0, str(run))
        self.assertEqual(read(self.result), os_count(self.lines))

    def test_a_reducer_that_raises_or_leaves(self):
        for body, word in (("raise ValueError('no sum')", 'key \\"Darwin\\": ValueError: no sum at reducer.py:3'),
                           ("sys.exit(3)", "3")):
            with self.subTest(body):
                job = self.python_job(MAPPER + OS, f"import sys\ndef reduce(key, values):\n    {body}\n")
                self.assert_refused(self.attempt(job), 80, "CHILD_EXIT", word, "reducer.py")

    def test_the_key_of_a_reducer_that_raises_is_told_as_it_is(self):
        job = self.python_job("yield 'two  spaces', 1", "def reduce(key, values):\n    raise ValueError('no sum')\n")
        key = 'key \\"two  spaces\\": ValueError: no sum'
        self.assert_refused(self.attempt(job), 80, "CHILD_EXIT", key, "reducer.py")

    def test_an_error_of_a_javascript_reducer_is_told_even_if_it_looks_like_a_lost_engine(self):
        job = self.job("map: {language: python, script: mapper.py}\n"
                       "reduce: {language: javascript, script: reducer.js}\n", mapper_py=MAPPER + OS,
                       reducer_js="const error = Object.assign(new Error('my pipe'), {code: 'EPIPE'});\n"
                                  "exports.reduce = () => { throw error; };\n")
        self.assert_refused(self.attempt(job), 80, "CHILD_EXIT", 'key \\"Darwin\\": Error: my pipe', "reducer.js")

    def test_a_reducer_that_leaves_with_status_0_gives_no_result(self):
        for leave in ("sys.exit()", "os._exit(0)"):
            with self.subTest(leave):
                job = self.python_job(MAPPER + OS, f"import os, sys\ndef reduce(key, values):\n    {leave}\n")
                self.assert_refused(self.attempt(job), 83, "CHILD_STDIN_CLOSED", "reducer.py")

    def test_a_combiner_that_raises(self):
        job = self.job("map: {language: python, script: mapper.py}\n"
                       "combine: {language: python, script: combiner.py}\n" + REDUCED,
                       mapper_py=MAPPER + OS, reducer_py=COUNT,
                       combiner_py="def reduce(key, values):\n    raise ValueError('no sum')\n")
        self.assert_refused(self.attempt(job), 80, "CHILD_EXIT", "no sum", "combiner.py")

    def test_values_that_are_no_numbers_for_a_builtin(self):
        job = self.python_job("yield 'all', 'many'", None, "reduce: {language: builtin, operation: sum}\n")
        self.assert_refused(self.attempt(job), 84, "CHILD_OUTPUT", "many")

    def test_javascript_that_throws_and_leaves(self):
        for body, status, name, word in (("throw new TypeError('never')", 80, "CHILD_EXIT", "never"),
                                         ("process.exit(3)", 80, "CHILD_EXIT", "3"),
                                         ("process.kill(process.pid, 'SIGKILL')", 81, "CHILD_SIGNAL", "9")):
            with self.subTest(body):
                job = self.job("map: {language: javascript, script: mapper.js}\n",
                               mapper_js=f"exports.mapper = () => {{ {body}; }};\n")
                self.assert_refused(self.attempt(job), status, name, word, "mapper.js")


class Binaries(Case):
    """More input than any pipe holds."""

    def setUp(self):
        super().setUp()
        self.input = self.file("a.txt", b"".join(b"%s\n" % (b"%d " % n * 200) for n in range(4000)))

    def attempt(self, script, more="", seconds=60):
        job = self.job(f"map: {{language: binary, script: mapper.sh{more}}}\nrecords: {{format: lines}}\n",
                       mapper_sh="#!/bin/sh\n" + script + "\n")
        return self.af("run", "--job", job, self.input, "-o", self.result, seconds=seconds)

    def test_one_that_stops_reading(self):
        run = self.attempt("head -n 1")
        self.assert_refused(run, 83, "CHILD_STDIN_CLOSED", "mapper.sh", self.input)

    def test_one_that_stops_reading_what_a_pipe_holds(self):
        self.input = self.file("few.txt", b"1\n" * 100)
        for script in ("head -c 1", "true"):
            with self.subTest(script):
                self.assert_refused(self.attempt(script), 83, "CHILD_STDIN_CLOSED", "mapper.sh", self.input)

    def test_one_that_stops_reading_and_may(self):
        run = self.attempt("head -n 1 | wc -l", ", allow_early_exit: true")
        self.assertEqual((run.status, read(self.result)), (0, b"1\n"), str(run))

    def test_one_that_ends_with_a_status_after_all_its_output(self):
        self.assert_refused(self.attempt("cat; exit 3"), 80, "CHILD_EXIT", "3", "mapper.sh")

    def test_one_that_ends_with_a_status_before_it_reads(self):
        self.assert_refused(self.attempt("echo it is broken >&2; exit 3"), 80, "CHILD_EXIT", "it is broken")

    def test_one_that_is_killed(self):
        self.assert_refused(self.attempt("kill -9 $$"), 81, "CHILD_SIGNAL", "9")

    def test_one_that_hangs_without_reading(self):
        self.assert_refused(self.attempt("exec sleep 3600", ", timeout: 2", 40), 82, "CHILD_HANG", "mapper.sh")

    def test_one_that_writes_before_it_reads_and_more_than_a_pipe_holds(self):
        run = self.attempt("yes 0123456789 | head -n 500000; wc -l")
        self.assertEqual(run.status, 0, str(run))
        self.assertEqual(read(self.result).splitlines()[-1], b"4000")
        self.assertEqual(os.path.getsize(self.result), 500_000 * 11 + 5)

    def test_one_that_leaves_a_child_with_its_output(self):
        run = self.attempt("wc -l; sleep 3600 &", seconds=40)
        self.assertEqual((run.status, read(self.result)), (0, b"4000\n"), str(run))


if __name__ == "__main__":
    unittest.main()
