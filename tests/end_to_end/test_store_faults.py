#!/usr/bin/env python3
"""A store that throttles, fails, cuts and lies: the bytes of an undisturbed run, or the one right error."""
import collections
import os
import signal
import unittest

from support import CODECS, EXAMPLES, Case, aws, compress, operations, os_count, read, records, wait_until

JOB = os.path.join(EXAMPLES, "os-count-combiner")
OBJECTS = 16
CUT_ONCE = {"match": {"operation": "GetObject", "range": False}, "times": 1, "do": {"reset": 0.5}}


def flipped(at, key="*", **how):
    return {"match": {"operation": "GetObject", "key": key}, "do": {"flip": at}, **how}


class StoreFaults(Case):
    def setUp(self):
        super().setUp()
        self.plain, self.objects = b"", {}
        for number in range(OBJECTS):
            lines = records(range(number * 1000, number * 1000 + 5 + 25 * (number % 4)))
            self.plain += lines
            codec = CODECS[number % len(CODECS)]
            self.objects[f"part-{number:02}.{codec}"] = compress(lines, codec)

    def run_with(self, *rules, options=(), arguments=(), job=JOB):
        """(run, log of the server)."""
        server = self.server({f"tele/{name}": data for name, data in self.objects.items()}, *options, rules=rules)
        run = self.af("run", "--job", job, "s3://tele/", "-o", self.result, *arguments, env=aws(server))
        return run, server.log()

    def assert_undisturbed(self, run):
        self.assertEqual(run.status, 0, str(run))
        with open(self.result, "rb") as file:
            self.assertEqual(file.read().replace(b"\t", b" "), os_count(self.plain))

    def reads_of(self, log):
        return collections.Counter(entry["key"] for entry in operations(log, "GetObject"))

    def test_without_faults_each_object_is_asked_for_once_and_the_bucket_listed_once(self):
        run, log = self.run_with()
        self.assert_undisturbed(run)
        self.assertEqual(set(self.reads_of(log).values()), {1})
        self.assertEqual(len(operations(log, "ListObjectsV2")), 1)
        self.assertEqual(len(log), OBJECTS + 1)

    def test_a_third_of_the_requests_throttled(self):
        run, log = self.run_with({"share": 0.3, "seed": 3, "do": {"error": "SlowDown"}})
        self.assert_undisturbed(run)
        self.assertTrue([entry for entry in log if entry["status"] == 503])
        self.assertLess(len(log), 3 * OBJECTS)

    def test_a_third_of_the_requests_failing_in_other_ways(self):
        rules = [{"share": 0.15, "seed": 4, "do": {"status": 500}}, {"share": 0.1, "seed": 5, "do": {"status": 502}},
                 {"share": 0.1, "seed": 6, "do": {"error": "InternalError", "in_body": True},
                  "match": {"operation": "ListObjectsV2"}}]
        run, log = self.run_with(*rules)
        self.assert_undisturbed(run)
        self.assertLess(len(log), 3 * OBJECTS)

    def test_every_body_reset_once_is_gone_on_with_by_a_range_of_the_same_version(self):
        run, log = self.run_with(CUT_ONCE)
        self.assert_undisturbed(run)
        self.assertEqual(set(self.reads_of(log).values()), {2})
        resumed = [entry for entry in operations(log, "GetObject") if entry["range"]]
        self.assertTrue(resumed)
        self.assertTrue(all("if-match" in entry["headers"] for entry in resumed))

    def test_every_body_cut_once_at_its_start_and_its_end(self):
        for at in (0, 1, -1):
            with self.subTest(at):
                run, log = self.run_with({"match": {"operation": "GetObject"}, "times": 1, "do": {"truncate": at}})
                self.assert_undisturbed(run)
                self.assertEqual(set(self.reads_of(log).values()), {2})

    def test_a_body_without_a_length_that_ends_early(self):
        run, _ = self.run_with({"match": {"operation": "GetObject"}, "times": 1, "do": {"close_delimited": 0.5}})
        self.assert_undisturbed(run)

    def test_every_body_stalls_for_a_moment(self):
        run, log = self.run_with({"match": {"operation": "GetObject"}, "times": 1, "do": {"stall": 0.5, "seconds": 1}})
        self.assert_undisturbed(run)
        self.assertEqual(set(self.reads_of(log).values()), {1})

    def test_a_range_that_is_ignored(self):
        run, _ = self.run_with(CUT_ONCE, {"match": {"range": True}, "do": {"ignore_range": True}})
        self.assert_undisturbed(run)

    def test_a_wrong_content_range_is_asked_for_again(self):
        for lie in (7, None, "bytes 0-9/10"):
            with self.subTest(lie):
                run, _ = self.run_with(CUT_ONCE, {"match": {"range": True}, "times": 1, "do": {"content_range": lie}})
                self.assert_undisturbed(run)

    def test_connections_that_close_after_each_answer(self):
        run, _ = self.run_with(options=["--keepalive-requests", "1"])
        self.assert_undisturbed(run)

    def test_a_byte_flipped_under_way_is_told_and_its_object_read_once_more(self):
        for place in (0.02, 0.5, 0.98):
            for job in (JOB, os.path.join(EXAMPLES, "os-count"), os.path.join(EXAMPLES, "os-count-builtin")):
                with self.subTest(place=place, job=job):
                    run, log = self.run_with(flipped(place, times=1), job=job)
                    self.assert_undisturbed(run)
                    self.assertEqual(set(self.reads_of(log).values()), {2})
                    self.assertIn("warning: read once more: s3://tele/part-", run.stderr)
                    for told in self.manifest()["objects"]:
                        self.assertEqual(told["status"], "whole")
                        self.assertRegex(told["read_again_because"], "CHECKSUM|decompress")

    def test_the_lines_of_a_job_without_a_reduce_keep_their_order_when_objects_are_read_once_more(self):
        lines = {f"tele/{n:02}.gz": compress(b"".join(b"%d\n" % (n * 5000 + k) for k in range(5000)), "gz")
                 for n in range(6)}
        echo = self.python_job("return value", None, "records: {format: lines}\n")
        for key in ("0[135].gz", "0?.gz"):
            with self.subTest(key):
                server = self.server(lines, rules=[flipped(0.5, times=1, key=key)])
                self.run_job(echo, "s3://tele/", "-o", self.result, env=aws(server))
                self.assertEqual(read(self.result), b"".join(b"%d\n" % n for n in range(30000)))

    def test_what_comes_flipped_twice_is_damaged(self):
        run, log = self.run_with(flipped(0.5, key="part-03*"))
        self.assert_refused(run, 65, "DATA", "s3://tele/part-03", "attempts=2")
        self.assertEqual({name[:7]: reads for name, reads in self.reads_of(log).items() if reads > 1}, {"part-03": 2})

    def test_bad_records_of_what_came_flipped_do_not_count(self):
        self.objects = {"big.txt": records(range(4000))}
        self.plain = self.objects["big.txt"]
        opening = self.plain.index(b'{"ver"', len(self.plain) // 2)
        for options in ([], ["--max-bad", "0"], ["--on-bad", "fail"]):
            with self.subTest(options):
                run, log = self.run_with(flipped(opening, times=1), arguments=options)
                self.assert_undisturbed(run)
                self.assertEqual(self.reads_of(log)["big.txt"], 2)
                self.assertEqual(self.manifest()["input"]["bad"], 0)
                self.assertFalse(os.path.exists(self.result + ".bad.jsonl"))

    def test_each_kind_of_map_function_counts_what_came_flipped_once(self):
        lines = {f"tele/{n}.txt": b"".join(b"%d\n" % (n * 5000 + k) for k in range(5000)) for n in range(4)}
        truth = sorted(b"".join(lines.values()).splitlines())
        count = "reporter:counter:test,records,1"
        jobs = {
            "records": self.python_job(f"import sys\n    print('{count}', file=sys.stderr)\n    return value", None,
                                       "records: {format: lines}\n"),
            "files": self.job("map: {language: python, script: mapper.py, input: files}\n",
                              mapper_py="def mapper(uuid, file, path):\n    return open(path).read()\n"),
            "binary": self.job("map: {language: binary, script: mapper.sh}\nrecords: {format: lines}\n",
                               mapper_sh="#!/bin/sh\nexec cat\n"),
        }
        for name, job in jobs.items():
            with self.subTest(name):
                server = self.server(lines, rules=[flipped(0.5, times=1, key="[02].txt")])
                self.run_job(job, "s3://tele/", "-o", self.result, env=aws(server))
                self.assertEqual(sorted(read(self.result).splitlines()), truth)
                told = {entry["name"][-5]: entry.get("read_again_because", "") for entry in self.manifest()["objects"]}
                self.assertEqual({key for key, why in told.items() if "CHECKSUM" in why}, {"0", "2"})
                if name == "records":
                    self.assertEqual(self.manifest()["counters"], {"test": {"records": 20000}})

    def test_what_comes_flipped_twice_may_be_missing_when_that_is_allowed(self):
        run, log = self.run_with(flipped(0.5, key="part-03*"), arguments=["--allow-missing", 1])
        self.assertEqual(run.status, 3, str(run))
        lost = [entry for entry in self.manifest()["objects"] if entry["status"] == "lost"]
        self.assertEqual([entry["name"][:20] for entry in lost], ["s3://tele/part-03.zs"])
        self.assertIn("read_again_because", lost[0])

    def test_nothing_is_read_again_when_other_objects_are_gone(self):
        run, log = self.run_with(flipped(0.5, key="part-03*"),
                                 {"match": {"key": "part-05*"}, "do": {"error": "NoSuchKey"}})
        self.assert_refused(run, 65, "DATA", "part-03")
        self.assertEqual(max(self.reads_of(log).values()), 1)

    def test_a_run_that_is_stopped_while_it_reads_again(self):
        rules = [flipped(0.5, key="part-03*", times=1),
                 {"match": {"operation": "GetObject", "key": "part-03*"}, "after": 1, "do": {"hang": True}}]
        server = self.server({f"tele/{name}": data for name, data in self.objects.items()}, rules=rules)
        started = self.start("run", "--job", JOB, "s3://tele/", "-o", self.result, env=aws(server))
        wait_until(lambda: b"read once more" in read(f"/proc/{started.pid}/fd/2"))
        os.kill(started.pid, signal.SIGTERM)
        run = started.wait()
        self.assert_refused(run, 143, "INTERRUPTED")
        self.assertIn("read_again_because", str(self.manifest()["objects"]))

    def test_an_object_that_changes_while_it_is_read_is_read_once_more(self):
        self.objects = {"big.txt": records(range(4000))}
        self.plain = self.objects["big.txt"]
        run, log = self.run_with(CUT_ONCE, {"match": {"range": True}, "do": {"changed": {}}})
        self.assert_undisturbed(run)
        self.assertIn("OBJECT_CHANGED", self.manifest()["objects"][0]["read_again_because"])
        self.assertEqual(self.reads_of(log)["big.txt"], 3)

    def test_an_object_that_never_stays_the_same(self):
        self.objects = {"big.txt": records(range(4000))}
        run, _ = self.run_with({**CUT_ONCE, "times": 2}, {"match": {"range": True}, "do": {"changed": {}}})
        self.assert_refused(run, 65, "DATA", "s3://tele/big.txt", "CHANGED", "attempts=2")

    def test_a_store_that_never_recovers_is_given_up_with_a_status_that_says_try_again(self):
        run, log = self.run_with({"match": {"key": "part-03*"}, "do": {"status": 500}})
        self.assert_refused(run, 75, "TEMPFAIL", "part-03", "attempts=6", "request-id=")
        self.assertEqual(self.reads_of(log)["part-03.zst"], 6)

    def test_a_body_without_an_end_is_cut_at_the_size_of_the_object(self):
        run, _ = self.run_with({"match": {"key": "part-00*"}, "do": {"endless": True}})
        self.assertIn(run.status, (65, 75), str(run))
        self.assert_refused(run, run.status, {65: "DATA", 75: "TEMPFAIL"}[run.status], "part-00")

    def test_credentials_that_run_out_end_the_run_at_once(self):
        run, log = self.run_with({"after": 4, "per": "total", "do": {"error": "ExpiredToken"}},
                                 arguments=["--fetch-width", 1])
        self.assert_refused(run, 76, "EXPIRED")
        self.assertLess(len(log), 10)

    def test_a_redirect_to_another_host_is_not_followed(self):
        run, _ = self.run_with({"do": {"redirect": "http://169.254.169.254{target}"}})
        self.assert_refused(run, 69, "REFUSED", "REDIRECT_REFUSED")

    def test_a_clock_that_is_an_hour_off_is_put_right_from_the_answer(self):
        run, _ = self.run_with(options=["--clock-offset", "3600"])
        self.assert_undisturbed(run)

    def test_a_bucket_of_another_region(self):
        run, _ = self.run_with(options=["--bucket-region", "tele:eu-west-1"])
        self.assert_undisturbed(run)

    def test_all_at_once(self):
        rules = [{"share": 0.3, "seed": 8, "do": {"error": "SlowDown"}},
                 {"match": {"operation": "GetObject"}, "share": 0.2, "seed": 9, "do": {"reset": 0.3}},
                 {"match": {"operation": "GetObject"}, "share": 0.2, "seed": 10, "do": {"truncate": 0.7}}]
        run, _ = self.run_with(*rules)
        self.assert_undisturbed(run)

    def test_silence_within_a_body_and_before_an_answer_is_given_up_after_half_a_minute_and_asked_for_again(self):
        run, log = self.run_with({"match": {"key": "part-03*"}, "times": 1, "do": {"stall": 0.5}},
                                 {"match": {"key": "part-05*"}, "times": 1, "do": {"hang": True}})
        self.assert_undisturbed(run)
        reads = self.reads_of(log)
        again = {name for name, count in reads.items() if count == 2}
        self.assertEqual(again, {name for name in self.objects if name[:7] in ("part-03", "part-05")})
        self.assertEqual(sum(reads.values()), OBJECTS + 2)


if __name__ == "__main__":
    unittest.main()
