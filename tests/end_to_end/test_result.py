#!/usr/bin/env python3
"""af result: the bytes that af run makes, verified, or an error and no file."""
import json
import os
import unittest

from group_support import GroupCase
from support import inflate_zst, read
from task_support import OS_COUNT
from test_task_group import LINES, ORDERED


class Result(GroupCase):
    def fetched(self):
        return {name: read(os.path.join(self.out, name)) for name in os.listdir(self.out) if not name.endswith(".json")}

    def run_group(self, names, **how):
        ids = self.post(names, **how)
        self.worker()
        for task_id in ids[1]:
            self.ended(task_id)
        return ids

    def test_a_file_with_its_manifest_as_af_run_makes_it(self):
        names = self.files(6)
        truth = self.truth(OS_COUNT)
        _, (reducer,) = self.run_group(names)
        run = self.af_tc("result", self.group, "-o", self.result)
        self.assertEqual(run.status, 0, str(run))
        self.assertEqual(self.fetched(), truth)
        self.assertEqual(self.manifest(), self.task_manifest(reducer))
        self.assertIn("verified", run.stderr)

    def test_stdout_and_a_compressed_file(self):
        names = self.files(4)
        truth = self.truth(OS_COUNT)["result.txt"]
        self.run_group(names)
        run = self.af_tc("result", self.group, "--json")
        self.assertEqual((run.status, run.stdout), (0, truth), str(run))
        event = json.loads(run.stderr.splitlines()[-1])
        self.assertEqual((event["type"], event["files"][0]["bytes"]), ("result", len(truth)))
        self.assertEqual(self.af_tc("result", self.group, "-o", self.result + ".zst").status, 0)
        self.assertEqual(inflate_zst(read(self.result + ".zst")), truth)

    def test_several_partitions_have_the_names_that_af_run_gives_them(self):
        names = self.files(6)
        job = self.python_job(**ORDERED)
        truth = self.truth(job, "--reducers", "3")
        self.run_group(names, reducers=3, env={"AF_JOB": job, "AF_REDUCERS": "3"})
        run = self.af_tc("result", self.group, "-o", self.result)
        self.assertEqual(run.status, 0, str(run))
        self.assertEqual(self.fetched(), truth)
        self.assertEqual(len(truth), 3)
        self.assertEqual(len(self.manifest()["partitions"]), 3)
        everything = b"".join(truth[name] for name in sorted(truth))
        self.assertEqual(self.af_tc("result", self.group).stdout, everything)

    def test_a_map_only_job_in_the_order_of_its_input(self):
        names = self.files(6)
        job = self.python_job(LINES)
        truth = self.truth(job)
        self.run_group(names, env={"AF_JOB": job})
        self.assertEqual(self.af_tc("result", self.group, "-o", self.result).status, 0)
        self.assertEqual(self.fetched(), truth)

    def test_missing_input_that_was_allowed_ends_with_3(self):
        names = self.files(3)
        self.run_group([*names, "no-such-file.txt"], env={"AF_ALLOW_MISSING": "1"})
        run = self.af_tc("result", self.group, "-o", self.result)
        self.assertEqual(run.status, 3, str(run))
        self.assertIn("1 of 4 objects are missing", run.stderr)
        self.assertTrue(os.path.exists(self.result))

    def test_a_group_that_has_not_finished_or_has_failed_has_none(self):
        names = self.files(3)
        mappers, _ = self.post(names, more={1: {"payload": {"command": ["false"]}}})
        self.assert_refused(self.af_tc("result", self.group, "-o", self.result), 5, "NO_INPUT", "0 of 3 done",
                            "af watch")
        self.worker()
        self.ended(mappers[1], "failed")
        self.assert_refused(self.af_tc("result", self.group, "-o", self.result), 4, "NO_INPUT", "1 failed", "af rerun")

    def test_bytes_that_are_not_what_the_manifest_says_leave_no_file(self):
        names = self.files(3)
        _, (reducer,) = self.run_group(names)
        damage = {"match": {"service": "bucket", "call": "GET"}, "after": 1, "times": 1, "do": {"body": "Darwin 1\n"}}
        self.cluster.control.add_fault(damage)  # of the result: its manifest is read first
        run = self.af_tc("result", self.group, "-o", self.result)
        self.assertEqual(run.status, 0, str(run))
        self.assertIn("it is fetched once more", run.stderr)
        for name in os.listdir(self.out):
            os.remove(os.path.join(self.out, name))
        self.cluster.control.corrupt_artifact(reducer, "af/result.txt")
        self.assert_refused(self.af_tc("result", self.group, "-o", self.result), 12, "DATA", "af/result.txt")
        self.assert_refused(self.af_tc("result", self.group), 12, "DATA")
        self.cluster.control.replace_artifact(reducer, "af/manifest.json", "e30=")
        self.assert_refused(self.af_tc("result", self.group, "-o", self.result), 12, "DATA", "af/manifest.json")
        self.assertEqual(os.listdir(self.out), [])

    def test_an_artifact_that_is_a_reference_is_not_followed(self):
        names = self.files(3)
        _, (reducer,) = self.run_group(names)
        self.cluster.control.make_artifact(reducer, "af/result.txt", {
            "storageType": "reference", "contentType": "text/plain", "url": "https://example.org/"})
        self.assert_refused(self.af_tc("result", self.group, "-o", self.result), 6, "REFUSED", "reference")

    def test_the_run_that_counts_is_the_highest_that_completed(self):
        names = self.files(3)
        truth = self.truth(OS_COUNT)
        _, (reducer,) = self.run_group(names)
        self.cluster.root.call("queue", "POST", f"/task/{reducer}/rerun")
        self.ended(reducer)
        self.assertEqual(self.af_tc("result", self.group, "-o", self.result).status, 0)
        self.assertEqual(self.fetched(), truth)
        self.assertEqual(self.manifest()["task"]["run_id"], 1)

    def test_a_place_that_cannot_be_written_to_is_refused_before_any_call(self):
        run = self.af_tc("result", self.group, "-o", self.path("no-folder", "result.txt"))
        self.assert_refused(run, 2, "USAGE", "no-folder")
        self.assertEqual(self.cluster.requests(service="queue"), [])


if __name__ == "__main__":
    unittest.main()
