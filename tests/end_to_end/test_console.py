#!/usr/bin/env python3
"""What a person and a program see: help, plan, events, silence, listings."""
import json
import os
import re
import unittest

from support import EXAMPLES, Case, aws, operations, os_count, records

JOB = os.path.join(EXAMPLES, "os-count")


class Console(Case):
    def setUp(self):
        super().setUp()
        self.lines = records(range(40))
        self.input = self.file("a.txt", self.lines)

    def test_help_and_version_go_to_stdout_with_status_0(self):
        for arguments, words in ((["--help"], ["run", "index", "filter"]), (["--version"], ["af "]),
                                 (["run", "--help"], ["--job", "exit status"]), (["index", "--help"], ["example"]),
                                 (["filter", "explain", "--help"], ["example"])):
            with self.subTest(arguments):
                run = self.af(*arguments)
                self.assertEqual((run.status, run.stderr), (0, ""), str(run))
                for word in words:
                    self.assertIn(word, run.stdout.decode())

    def test_explain_prints_the_plan_and_the_bound_and_reads_only_the_listing(self):
        server = self.server({"tele/a.txt": self.lines, "tele/b.txt": self.lines})
        run = self.af("run", "--explain", "--job", JOB, "s3://tele/", "-o", self.result, env=aws(server))
        self.assertEqual(run.status, 0, str(run))
        text = run.stdout.decode()
        for word in ("mapper.py", "2 objects", "memory: at most"):
            self.assertIn(word, text)
        parts = [line for line in text.splitlines() if re.match(r" +[\d.]+ [KMG]?B  ", line)]
        self.assertGreater(len(parts), 3)
        self.assertEqual(os.listdir(self.out), [])
        log = server.log()
        self.assertEqual(operations(log, "ListObjectsV2"), log)

    def test_explain_for_programs_is_one_json_object(self):
        run = self.af("run", "--explain", "--json", "--job", JOB, "--workers", "3", self.data)
        self.assertEqual(run.status, 0, str(run))
        text = self.af("run", "--explain", "--job", JOB, "--workers", "3", self.data).stdout.decode()
        self.assertEqual(run.stdout.count(b"\n"), 1)
        plan = json.loads(run.stdout)
        self.assertEqual((plan["type"], plan["widths"]["mappers"]), ("plan", 3))
        self.assertEqual(plan["input"]["stored_bytes"], os.path.getsize(self.input))
        self.assertIn(f"({plan['memory_bytes']} bytes)", text)
        self.assertEqual(sum(line["bytes"] for line in plan["memory"]), plan["memory_bytes"])

    def test_wider_is_a_larger_bound(self):
        bounds = []
        for workers in ("1", "8"):
            run = self.af("run", "--explain", "--job", JOB, "--workers", workers, self.data)
            bounds.append(int(re.search(rb"\((\d+) bytes\)", run.stdout)[1]))
        self.assertLess(bounds[0], bounds[1])

    def test_quiet_says_nothing_unless_something_is_wrong(self):
        run = self.af("run", "-q", "--job", JOB, self.data)
        self.assertEqual((run.status, run.stdout, run.stderr), (0, os_count(self.lines), ""))
        run = self.af("run", "-q", "--job", JOB, self.path("nowhere"))
        self.assertEqual(run.status, 66)
        self.assertEqual(run.stderr.splitlines(), run.errors())

    def test_a_run_ends_with_coverage_and_what_bounded_it(self):
        run = self.af("run", "--job", JOB, self.data, "-o", self.result)
        self.assertEqual(run.status, 0, str(run))
        last = run.stderr.splitlines()[-2:]
        self.assertIn("coverage: 1 of 1 object read", last[0])
        self.assertIn("40 records, none left out", last[0])
        self.assertIn("bounded by", last[1])
        self.assertRegex(last[1], r"it settled at 1 transfer, 1 decoder and \d+ mappers?$")
        self.assertNotIn("\x1b", run.stderr)
        self.assertNotIn("\r", run.stderr)

    def test_events_are_json_and_the_last_one_says_how_it_ended(self):
        run = self.af("run", "--json", "--job", JOB, self.data, "-o", self.result)
        self.assertEqual(run.status, 0, str(run))
        last = run.events()[-1]
        self.assertEqual([last[name] for name in ("type", "objects_read", "objects_lost", "records", "bad")],
                         ["summary", 1, 0, 40, 0])
        self.assertEqual([last["widths"][name] for name in ("fetch", "decoders")], [1, 1])
        for arguments, status, name in (([self.path("nowhere")], 66, "NO_INPUT"),
                                        (["--max-bad", "x", self.data], 2, "USAGE"),
                                        (["--no-such-option", self.data], 2, "USAGE")):
            with self.subTest(name):
                run = self.af("run", "--json", "--job", JOB, *arguments)
                last = run.events()[-1]
                self.assertEqual((run.status, last["type"], last["code"], last["name"]),
                                 (status, "exit_error", status, name))

    def test_warnings_are_events_too(self):
        run = self.af("run", "--json", "--job", JOB, self.input, self.input)
        self.assertEqual(run.status, 0, str(run))
        self.assertIn("warning", [event["type"] for event in run.events()])

    def test_verbose_shows_stages_and_what_the_code_prints(self):
        job = self.python_job("print('hello from', uuid)")
        run = self.af("run", "--verbose", "--job", job, self.data)
        self.assertEqual((run.status, run.stdout), (0, b""), str(run))
        self.assertIn("mapper.py: hello from", run.stderr)
        for stage in ("fetch", "decompress", "map"):
            self.assertRegex(run.stderr, rf"{stage}.* busy ")

    def test_what_the_code_prints_cannot_forge_lines_or_colours(self):
        job = self.python_job(r"print('\x1b[2J\raf: ERROR FORGED exit=0')")
        run = self.af("run", "--verbose", "--job", job, self.data)
        self.assertEqual(run.status, 0, str(run))
        self.assertNotIn("\x1b", run.stderr)
        self.assertNotIn("\r", run.stderr)

    def test_a_name_cannot_forge_an_error_line(self):
        name = "x\naf: ERROR FORGED exit=0 what=\"\".xz"
        self.file(name, b"\xfd7zXZ\0broken")
        run = self.af("run", "--job", JOB, self.data, "-o", self.result)
        self.assert_refused(run, 65, "DATA")
        self.assertFalse([line for line in run.stderr.splitlines() if line.startswith("af: ERROR FORGED")])

    def test_index_lists_names_with_sizes_in_order(self):
        second = self.file("b/c.txt", b"x" * 10)
        run = self.af("index", self.data)
        self.assertEqual(run.status, 0, str(run))
        self.assertEqual(run.stdout.decode(), f"{self.input}\t{len(self.lines)}\n{second}\t10\n")
        self.assertIn("2 objects", run.stderr)
        rows = [json.loads(line) for line in self.af("index", "--json", self.data).stdout.splitlines()]
        self.assertEqual(rows, [{"file_name": self.input, "size": len(self.lines)}, {"file_name": second, "size": 10}])
        self.assertEqual(self.af("index", "-q", self.data).stderr, "")

    def test_index_says_why_it_cannot(self):
        self.assert_refused(self.af("index", self.path("nowhere")), 66, "NO_INPUT")
        os.mkdir(self.path("empty"))
        self.assert_refused(self.af("index", self.path("empty")), 9, "NOTHING_MATCHED")


if __name__ == "__main__":
    unittest.main()
