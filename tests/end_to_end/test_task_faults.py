#!/usr/bin/env python3
"""Runs that are lost, repeated or incomplete: the group's result is right, or there is none."""
import base64
import copy
import gzip
import json
import os
import random
import threading
import unittest

from support import aws, read
from task_support import OS_COUNT, TaskCase, shares

PART = "af/part-00000.txt.zst"


class Runs(TaskCase):
    def setUp(self):
        super().setUp()
        self.names = self.files(6)
        run = self.af("run", "--job", OS_COUNT, self.data, "-o", self.result)
        self.assertEqual(run.status, 0, str(run))
        self.truth = read(self.result)

    def mappers(self, count=3, **fields):
        return [self.mapper(share, **fields) for share in shares(self.names, count)]

    def test_a_mapper_that_is_killed_runs_again(self):
        first, struck = threading.Lock(), []

        def strike(run):
            if first.acquire(blocking=False):
                struck.append(run.task_id)
                run.end("shutdown")

        self.worker(on_start=strike)
        reducer = self.reducer(self.mappers())
        self.assertEqual(self.result_of(reducer), self.truth)
        runs = {task["task_id"]: task["run_id"] for task in self.task_manifest(reducer)["input_tasks"]}
        self.assertEqual([task for task, run in runs.items() if run == 1], struck)
        self.assertEqual(self.cluster.status(struck[0])["runs"][0]["reasonResolved"], "worker-shutdown")

    def test_a_group_struck_at_random_times(self):
        draw = random.Random(3)
        self.worker(kills=lambda _task, run: (draw.uniform(0, 0.3), "shutdown") if run < 2 else None)
        reducer = self.reducer(self.mappers())
        self.assertEqual(self.result_of(reducer), self.truth)

    def test_the_highest_run_that_completed_counts(self):
        worker = self.worker()
        mappers = self.mappers()
        for mapper in mappers:
            self.ended(mapper)
        self.cluster.root.call("queue", "POST", f"/task/{mappers[0]}/rerun")
        self.cluster.wait_for_task(mappers[0], 60)
        self.assertEqual(self.ended(mappers[0])["runs"][1]["state"], "completed")
        worker.retire()
        self.cluster.root.call("queue", "POST", f"/task/{mappers[1]}/rerun")  # stays pending: nobody takes it
        self.worker(queue="proj-af/reducers")
        reducer = self.reducer([], {"INPUT_TASK_IDS": " ".join(mappers)}, queue="proj-af/reducers")
        self.assertEqual(self.result_of(reducer), self.truth)
        runs = [task["run_id"] for task in self.task_manifest(reducer)["input_tasks"]]
        self.assertEqual(runs, [1, 0, 0])


class Missing(TaskCase):
    """Mappers have completed; then something happens to what they have published."""

    def setUp(self):
        super().setUp()
        self.worker()
        self.names = self.files(4)
        self.mappers = [self.mapper(share) for share in shares(self.names, 2)]
        for mapper in self.mappers:
            self.ended(mapper)

    def test_a_part_that_is_gone(self):
        self.cluster.control.remove_artifact(self.mappers[1], PART)
        reducer = self.reducer(self.mappers)
        self.assert_failed(reducer, 66, "NO_INPUT", "1 of 2 tasks", self.mappers[1])
        manifest = self.task_manifest(reducer)
        self.assertEqual(manifest["status"], "failed")
        self.assertEqual([task["task_id"] for task in manifest["missing_tasks"]], [self.mappers[1]])

    def test_manifests_that_are_gone(self):
        for mapper in self.mappers:
            self.cluster.control.remove_artifact(mapper, "af/manifest.json")
        reducer = self.reducer(self.mappers)
        self.assert_failed(reducer, 66, "NO_INPUT", "2 of 2 tasks", *self.mappers)
        self.assertEqual(len(self.task_manifest(reducer)["missing_tasks"]), 2)

    def test_data_that_is_gone_behind_the_artifact(self):
        self.cluster.control.remove_artifact_data(self.mappers[0], PART)
        self.assert_failed(self.reducer(self.mappers), 66, "NO_INPUT", self.mappers[0])

    def test_an_artifact_that_the_worker_could_not_store(self):
        error = {"storageType": "error", "reason": "file-missing-on-worker", "message": "not there"}
        self.cluster.control.make_artifact(self.mappers[0], PART, error)
        self.assert_failed(self.reducer(self.mappers), 66, "NO_INPUT", "file-missing-on-worker")

    def test_an_artifact_that_leads_elsewhere_is_refused(self):
        elsewhere = {"storageType": "reference", "url": "http://127.0.0.1:1/part"}
        self.cluster.control.make_artifact(self.mappers[0], PART, elsewhere)
        self.assert_failed(self.reducer(self.mappers), 69, "REFUSED", "reference")

    def test_bytes_that_are_not_those_of_the_manifest(self):
        self.cluster.control.corrupt_artifact(self.mappers[0], PART, at=-6)
        self.assert_failed(self.reducer(self.mappers), 65, "DATA", f"artifact:{self.mappers[0]}/0/{PART}")
        self.cluster.control.cut_artifact(self.mappers[0], PART, keep=20)
        self.assert_failed(self.reducer(self.mappers), 65, "DATA")
        self.assertEqual(len(self.cluster.requests(service="bucket", http="GET", path=f"*{self.mappers[0]}/0/{PART}")),
                         4)

    def replace_manifest(self, task_id, manifest):
        data = gzip.compress(json.dumps(manifest).encode())
        self.cluster.control.replace_artifact(task_id, "af/manifest.json", base64.b64encode(data).decode())

    def test_counts_that_do_not_add_up(self):
        first, second = (self.task_manifest(mapper) for mapper in self.mappers)
        first["output"][0]["pairs"] += 1
        self.replace_manifest(self.mappers[0], first)
        self.assert_failed(self.reducer(self.mappers), 70, "INTERNAL", "81")
        for edit in (lambda it: it["input"].update(lines=1), lambda it: it.update(status="failed"),
                     lambda it: it["objects"].reverse(), lambda it: it["output"][0].update(name="../part"),
                     lambda it: it["objects"].append({}), lambda it: it.pop("output")):
            changed = copy.deepcopy(second)
            edit(changed)
            self.replace_manifest(self.mappers[1], changed)
            self.assert_failed(self.reducer(self.mappers), 65, "DATA")

    def test_a_mapper_that_failed(self):
        failed = self.mapper(["no-such-file.txt"])
        self.assert_failed(failed, 66, "NO_INPUT", "no-such-file.txt")
        reducer = self.reducer([*self.mappers, failed], requires="all-resolved")
        self.assert_failed(reducer, 66, "NO_INPUT", "1 of 3 tasks", failed)

    def test_an_object_that_two_mappers_have_read(self):
        again = self.mapper(self.names[:1])
        self.ended(again)
        self.assert_failed(self.reducer([*self.mappers, again]), 65, "DATA", self.names[0], "two tasks")

    def test_mappers_of_another_job(self):
        other = self.mapper([], {"AF_JOB": self.python_job("return 'a 1'", "return 'a 1'")})
        self.assert_failed(other, 64, "USAGE", "no keys")
        job = self.python_job("return 'a 1'", "return 'a 1'")
        self.assert_failed(self.reducer(self.mappers, {"AF_JOB": job}), 78, "CONFIG", "another job")
        self.assert_failed(self.reducer(self.mappers, {"AF_REDUCERS": "2"}), 78, "CONFIG", "AF_REDUCERS")

    def test_bad_records_are_judged_by_the_reducer(self):
        self.file("bad.txt", b"no record\n" + read(os.path.join(self.data, self.names[0])))
        bad = self.mapper(["bad.txt"])
        self.ended(bad)
        self.assert_failed(self.reducer([*self.mappers, bad]), 65, "DATA", "1 of 201 records are bad",
                           "the first is", "bad.txt line 1: no TAB")
        self.assertEqual(self.task_manifest(bad)["input"]["bad_records_file"], "bad.jsonl")
        kept = json.loads(self.cluster.artifact(bad, "af/bad.jsonl"))
        self.assertEqual((kept["line"], kept["record"]), (1, "no record"))
        public = self.mapper(["bad.txt"], {"AF_ARTIFACTS": "public/af"})
        self.ended(public)
        self.assertEqual(self.published(public), ["af/manifest.json", PART])

    def test_a_byte_flipped_under_way_is_told_and_its_object_read_once_more(self):
        plain = read(os.path.join(self.data, self.names[0]))
        server = self.server({"tele/a": plain}, rules=[{"match": {"operation": "GetObject"}, "times": 1,
                                                        "do": {"flip": 0.5}}])
        env = {name: value for name, value in aws(server).items() if value is not None}
        started, folder = self.start_here("map", "s3://tele/a", env=env)
        run = started.wait()
        self.assertEqual(run.status, 0, str(run))
        self.assertIn("read once more: s3://tele/a: ", run.stdout.decode() + run.stderr)
        told = json.loads(read(os.path.join(folder, "af/manifest.json")))
        self.assertIn("CHECKSUM", told["objects"][0]["read_again_because"])
        self.assertEqual(told["input"]["lines"], plain.count(b"\n"))

    def test_the_first_bad_record_decides_the_status_as_in_a_run_without_tasks(self):
        format_of, function = b"no record\n", b"id\t{}\n"  # the function of the job asks for info.OS
        for name, lines, status, error in (("first.txt", format_of + function, 65, "DATA"),
                                           ("second.txt", function + format_of, 80, "CHILD_EXIT")):
            with self.subTest(name):
                path = self.file(name, lines)
                self.assert_refused(self.af("run", "--job", OS_COUNT, path, "-o", self.result), status, error)
                bad = self.mapper([name])
                self.ended(bad)
                self.assert_failed(self.reducer([bad]), status, error, "2 of 2 records are bad", f"{name} line 1: ")


if __name__ == "__main__":
    unittest.main()
