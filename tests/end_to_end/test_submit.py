#!/usr/bin/env python3
"""`af submit`: from a filter to a graph on the queue whose result is that of `af run`, and what is refused before."""
import json
import os
import sqlite3
import subprocess
import threading
import unittest

from submit_support import BUCKET, IMAGE, OWNER, SubmitCase, around_each, filter_json, object_name
from support import KEY, SECRET, read, write  # also makes the servers importable
from task_support import BIN, OS_COUNT

from running_server import RunningSts

WORKER_KEYS = ("--credentials", "worker")


class WholeWay(SubmitCase):
    def run_here(self, objects):
        for name, data in objects.items():
            self.file(name, data)
        return self.run_job(OS_COUNT, self.data)

    def test_from_the_call_of_2014_to_the_result_of_af_run(self):
        objects = self.objects(12)
        truth = self.run_here(objects)
        self.store(objects)
        index = self.index(objects)
        self.bucket_worker()
        run = self.af(self.filter(), IMAGE, json.dumps({"OWNER": OWNER, "MORE": "x"}),
                      env=self.desk(AF_INDEX=f"{index.url}/files", AF_INPUT_ROOT=f"s3://{BUCKET}/",
                                    AF_CREDENTIALS="worker", AF_LOAD_FILES="5"))
        self.assertEqual(run.status, 0, str(run))
        group = run.stdout.decode().strip()
        tasks = self.tasks_of(group)
        self.assertEqual([len(tasks[role]) for role in ("map", "reduce")], [3, 1])
        self.assertEqual(tasks["map"][0]["payload"]["image"], IMAGE)
        self.assertEqual(tasks["map"][0]["payload"]["env"]["MORE"], "x")
        self.assertEqual(tasks["reduce"][0]["metadata"]["owner"], OWNER)
        self.cluster.wait_for_group(group, 120)
        result = self.af("result", group, env=self.desk())
        self.assertEqual(result.status, 0, str(result))
        self.assertEqual(result.stdout, truth)

    def test_a_public_bucket_is_read_without_keys_there_as_here(self):
        objects = self.objects(4)
        truth = self.run_here(objects)
        self.store(objects, "--anonymous-bucket", BUCKET)
        self.cluster.start_worker(binaries=BIN, parallel=2, environment={"LANG": "C.UTF-8", "AF_JOB": OS_COUNT})
        group = self.submitted("--everything", IMAGE, "--index", f"s3://{BUCKET}/", "--no-sign-request",
                               "--requester-pays",
                               "--watch", env={"AWS_ACCESS_KEY_ID": "AKNOBODY"})
        mapper = self.tasks_of(group)["map"][0]
        self.assertEqual(mapper["payload"]["env"]["AF_S3_REQUESTER_PAYS"], "1")
        self.assertNotIn("CREDENTIALS", mapper["payload"]["env"])
        self.assertEqual(self.af("result", group, env=self.desk()).stdout, truth)

    def test_a_job_that_is_sent_along_needs_no_image_of_its_own(self):
        objects = self.objects(4)
        self.store(objects)
        job = self.python_job("return [(value['info']['OS'], '1')]", "return [(key, str(len(values)))]",
                              more="reducers: 2\n")
        for name, data in objects.items():
            self.file(name, data)
        here = self.af("run", "--job", job, self.data, "-o", self.result)
        self.assertEqual(here.status, 0, str(here))
        self.bucket_worker()
        run = self.submit("--everything", IMAGE, "--job", job, "--index", f"s3://{BUCKET}/", *WORKER_KEYS, "--watch",
                          "--load-files", "2")
        self.assertEqual(run.status, 0, str(run))
        group = run.stdout.decode().strip()
        result = self.af("result", group, "-o", self.path("out", "there.txt"), env=self.desk())
        self.assertEqual(result.status, 0, str(result))
        for part in ("00000", "00001"):
            self.assertEqual(read(self.path("out", f"there-{part}.txt")), read(self.path("out", f"result-{part}.txt")))


class Plans(SubmitCase):
    def setUp(self):
        super().setUp()
        self.all = self.objects(9)
        self.store(self.all)
        self.words = (self.filter(), IMAGE, "--job", OS_COUNT, "--index", f"s3://{BUCKET}/", "--load-files", "4")

    def plan(self, *more):
        file = self.path("job.plan")
        run = self.af("plan", *self.words, *more, "-o", file, env=self.desk())
        self.assertEqual(run.status, 0, str(run))
        return file

    def test_a_plan_is_posted_exactly(self):
        group = self.submitted("--plan", self.plan(*WORKER_KEYS))
        tasks = self.tasks_of(group)
        self.assertEqual([len(task["payload"]["command"]) - 3 for task in tasks["map"]], [3, 3, 3])
        keys = sorted(key for task in tasks["map"] for key in task["payload"]["command"][3:])
        root = tasks["map"][0]["payload"]["env"]["AF_INPUT"]
        self.assertEqual([root + key for key in keys], [f"s3://{BUCKET}/{name}" for name in sorted(self.all)])

    def test_a_plan_is_the_same_text_each_time_and_names_sizes_and_etags(self):
        first = read(self.plan())
        self.assertEqual(first, read(self.plan()))
        plan = json.loads(first)
        self.assertEqual((plan["objects"], plan["bytes"]), (9, sum(map(len, self.all.values()))))
        self.assertTrue(all(row["etag"] and row["size"] for load in plan["loads"] for row in load))
        self.assertEqual(plan["filter"], filter_json())

    def test_a_changed_plan_is_refused(self):
        file = self.plan()
        write(file, read(file).replace(b'"image":"registry.example/', b'"image":"registry.evil/'))
        run = self.submit("--plan", file)
        self.assert_refused(run, 78, "CONFIG", "job.plan", "changed")
        self.assertEqual(self.posted(), [])

    def test_an_owner_among_the_variables_is_the_owner_of_the_tasks_and_gets_the_mail(self):
        for words in (('{"OWNER": "you@example.org"}',), ("--env", "OWNER=you@example.org")):
            with self.subTest(words=words):
                run = self.submit(*self.words[:2], *words, *self.words[2:], "--dry-run")
                self.assertEqual(run.status, 0, str(run))
                reducer = json.loads(run.stdout)[-1]["task"]
                self.assertEqual((reducer["metadata"]["owner"], reducer["payload"]["env"]["OWNER"]),
                                 ("you@example.org", "you@example.org"))
                self.assertIn("notify.email.you@example.org.on-completed", reducer["routes"])

    def test_a_dry_run_prints_the_graph_and_posts_nothing(self):
        run = self.submit(*self.words, "--dry-run")
        self.assertEqual(run.status, 0, str(run))
        graph = json.loads(run.stdout)
        self.assertEqual([task["task"]["tags"]["kind"] for task in graph], ["af-map"] * 3 + ["af-reduce"])
        self.assertEqual(graph[3]["task"]["dependencies"], [task["taskId"] for task in graph[:3]])
        self.assertEqual(graph[0]["task"]["scopes"],
                         [f"auth:aws-s3:read-only:{BUCKET}/saved_session/Firefox/nightly/22.0a1/"])
        self.assertEqual(self.cluster.requests(), [])

    def test_a_full_disk_leaves_no_plan(self):
        small = self.path("small")
        os.mkdir(small)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4096", "tmpfs", small], stderr=subprocess.PIPE,
                                 timeout=20, check=False)
        if mounted.returncode != 0:
            self.skipTest("may not mount a tmpfs: " + mounted.stderr.decode().strip())
        self.addCleanup(subprocess.run, ["umount", small], timeout=20, check=False)
        write(os.path.join(small, "filler"), bytes(4096))
        run = self.af("plan", *self.words, "-o", os.path.join(small, "job.plan"), env=self.desk())
        self.assert_refused(run, 73, "NO_SPACE", small)
        self.assertEqual(os.listdir(small), ["filler"])

    def test_what_a_plan_or_the_history_has_already_said_is_not_said_again(self):
        file = self.plan(*WORKER_KEYS)
        for words, named in ((("--plan", file, "--deadline", "2h"), "--deadline"),
                             (("--plan", file, self.filter()), "WORDS"),
                             (("--plan", file, "--job", OS_COUNT), "--job"),
                             (("--resume", "fN1SbArXTPSVFNUvaOlinQ", "--public"), "--public"),
                             (("--resume", "fN1SbArXTPSVFNUvaOlinQ", "--dry-run"), "--dry-run")):
            with self.subTest(words=words):
                self.assert_refused(self.submit(*words), 2, "USAGE", named)
        self.assertEqual(self.posted(), [])


class CutShort(SubmitCase):
    """A submission that does not get to its end."""

    def setUp(self):
        super().setUp()
        self.all = self.objects(6)
        self.store(self.all)
        self.words = (self.filter(), IMAGE, "--index", f"s3://{BUCKET}/", "--load-files", "1", *WORKER_KEYS)

    def latest(self):
        return self.af("jobs", env=self.desk()).stdout.decode().split()[0]

    def cut_short(self, *more):
        self.cluster.control.add_fault({"match": {"call": "createTask"}, "after": 2, "do": {"status": 403}})
        run = self.submit(*self.words, *more)
        self.assertEqual(run.status, 6, str(run))
        self.assertIn(f"af submit --resume {self.latest()}", run.stderr)
        self.cluster.control.clear_faults()

    def resumed(self):
        group = self.submitted("--resume", self.latest())
        self.assertEqual({role: len(tasks) for role, tasks in self.tasks_of(group).items()}, {"map": 6, "reduce": 1})
        self.assertEqual(len([request for request in self.posted() if request["status"] == 200]), 7)

    def test_it_is_told_how_to_go_on_and_no_task_is_created_twice(self):
        self.cut_short()
        self.resumed()

    def test_the_watch_ends_with_it(self):
        self.cut_short("--watch")
        self.resumed()

    def test_programs_are_told_too(self):
        self.cut_short("--json")

    def test_a_list_of_tasks_without_end_is_no_list(self):
        self.cut_short()
        page = json.dumps({"taskGroupId": self.latest(), "schedulerId": "analysis-framework", "tasks": [],
                           "expires": "2030-01-01T00:00:00.000Z", "continuationToken": "again"})
        self.cluster.control.add_fault({"match": {"call": "listTaskGroup"}, "do": {"body": page}})
        self.assert_refused(self.submit("--resume", self.latest()), 6, "DATA", "the same page")

    def test_a_history_that_cannot_be_written_any_more_takes_nothing_from_the_submission(self):
        first, held = threading.Lock(), []

        def hold(_request, answer):
            with first:
                if not held:
                    held.append(sqlite3.connect(os.path.join(self.home, ".local/state/af/history.sqlite"), timeout=60,
                                                check_same_thread=False))
                    self.addCleanup(held[0].close)
                    held[0].execute("BEGIN EXCLUSIVE")
            return answer()
        around_each(self.cluster, "createTask", hold)
        run = self.submit(*self.words)
        self.assertTrue(held)
        self.assertEqual(run.status, 0, str(run))
        self.assertIn("the job history keeps no note", run.stderr)
        self.assertEqual(len(self.tasks_of(run.stdout.decode().strip())["map"]), 6)


class Refusals(SubmitCase):
    """Bad input: one line, its exit status, and nothing on the queue."""

    def setUp(self):
        super().setUp()
        self.all = self.objects(3)
        self.store(self.all)
        self.there = ("--index", f"s3://{BUCKET}/", *WORKER_KEYS)

    def refused(self, status, name, *words, arguments, env=None):
        run = self.submit(*arguments, env=env)
        self.assert_refused(run, status, name, *words)
        self.assertEqual(self.posted(), [])
        return run

    def test_a_filter_that_matches_nothing(self):
        self.refused(9, "NOTHING_MATCHED", "appName", arguments=(self.filter(appName=["Nothing"]), IMAGE, *self.there))

    def test_a_filter_of_an_unknown_version(self):
        path = write(self.path("Filter.json"), json.dumps({**filter_json(), "version": 2}))
        self.refused(2, "USAGE", "version", arguments=(path, IMAGE, *self.there))

    def test_dimensions_in_the_wrong_order(self):
        wrong = filter_json()
        wrong["dimensions"].reverse()
        path = write(self.path("Filter.json"), json.dumps(wrong))
        self.refused(2, "USAGE", "dimensions[0]", arguments=(path, IMAGE, *self.there))

    def test_an_owner_with_a_newline(self):
        env = json.dumps({"OWNER": "me@example.org\nBcc: you@example.org"})
        self.refused(2, "USAGE", "owner", "\\x0a", arguments=(self.filter(), IMAGE, env, *self.there))

    def test_an_image_reference_that_is_none(self):
        for image in ("registry.example/UPPER", "a b", "name:", "name@sha256:1", "-x"):
            with self.subTest(image=image):
                self.refused(2, "USAGE", arguments=(*self.there, "--", self.filter(), image))

    def test_a_deadline_beyond_the_life_of_a_token(self):
        self.af("keygen", self.path("key"), env=self.desk())
        self.refused(8, "CONFIG", "36 h", "--deadline", arguments=(
            self.filter(), IMAGE, "--index", f"s3://{BUCKET}/", "--credentials", "sealed", "--key",
            self.path("key.pub.pem"), "--key-secret", "project/af/key", "--deadline", "3d"))

    def test_no_credentials(self):
        self.refused(6, "REFUSED", "TASKCLUSTER_CLIENT_ID", arguments=(self.filter(), IMAGE, *self.there),
                     env={"TASKCLUSTER_CLIENT_ID": None, "TASKCLUSTER_ACCESS_TOKEN": None})

    def test_credentials_that_are_wrong_leave_nothing_in_the_history(self):
        self.refused(6, "REFUSED", "401", arguments=(self.filter(), IMAGE, *self.there),
                     env={"TASKCLUSTER_ACCESS_TOKEN": "wrong"})
        jobs = self.af("jobs", "--json", env=self.desk())
        self.assertEqual((jobs.status, jobs.stdout.strip()), (0, b""), str(jobs))

    def test_no_root_url(self):
        self.refused(6, "CONFIG", "TASKCLUSTER_ROOT_URL", arguments=(self.filter(), IMAGE, *self.there),
                     env={"TASKCLUSTER_ROOT_URL": None})

    def test_missing_scopes_are_listed(self):
        run = self.submit(self.filter(), IMAGE, *self.there, env=self.cluster.environment("static/test/limited"))
        self.assert_refused(run, 6, "REFUSED", "queue:create-task:lowest:proj-af/ci")
        self.assertEqual([request["status"] for request in self.posted() if request["status"] == 200], [])

    def test_a_clock_that_is_off_by_twenty_minutes_is_corrected_once(self):
        self.cluster.control.skew(20 * 60)
        self.submitted(self.filter(), IMAGE, *self.there)

    def test_too_many_mappers_are_refused_with_the_option_that_helps(self):
        rows = "".join(f"s3://{BUCKET}/{object_name(number)}\t2000000000\n" for number in range(10_001))
        manifest = write(self.path("rows.tsv"), rows)
        self.refused(2, "USAGE", "10,001", "--load-size", arguments=(
            self.filter(), IMAGE, "--index", manifest, *WORKER_KEYS, "--load-size", "1GB"))

    def test_words_that_are_missing_or_too_many(self):
        self.refused(2, "USAGE", "Filter.json", arguments=self.there)
        self.refused(2, "USAGE", "image", arguments=(self.filter(), *self.there))
        self.refused(2, "USAGE", "too many", arguments=(self.filter(), IMAGE, "{}", "more", *self.there))
        self.refused(2, "USAGE", "quotes", arguments=(self.filter(), IMAGE, '{"A": 1}', *self.there))
        self.refused(2, "USAGE", "index", arguments=(self.filter(), IMAGE))
        self.refused(2, "USAGE", "task_queue", arguments=(self.filter(), IMAGE, *self.there),
                     env={"AF_TASK_QUEUE": None})


class Index(SubmitCase):
    """What an IndexDB may answer."""

    def setUp(self):
        super().setUp()
        self.all = self.objects(3)
        self.store(self.all)

    def ask(self, *faults):
        index = self.index(self.all, faults=faults)
        return self.submit(self.filter(), IMAGE, "--index", f"{index.url}/files", "--input-root", f"s3://{BUCKET}/",
                           *WORKER_KEYS)

    def refused(self, do, *words):
        run = self.ask({"do": do})
        self.assert_refused(run, 7, "DATA", *words)
        self.assertEqual(self.posted(), [])

    def test_html(self):
        self.refused({"html": True})

    def test_a_negative_size(self):
        self.refused({"size": "-1"}, "size")

    def test_everything_is_asked_of_an_index_too(self):
        index = self.index(self.all)
        run = self.submit("--everything", IMAGE, "--index", f"{index.url}/files", "--input-root", f"s3://{BUCKET}/",
                          *WORKER_KEYS)
        self.assertEqual(run.status, 0, str(run))
        self.assertEqual(len(self.tasks_of(run.stdout.decode().strip())["map"][0]["payload"]["command"]) - 3, 3)

    def test_one_server_error_is_tried_again(self):
        run = self.ask({"do": {"status": 503}, "times": 1})
        self.assertEqual(run.status, 0, str(run))


class Sealed(SubmitCase):
    def test_a_token_that_reads_this_job_alone_is_sealed_for_the_tasks(self):
        objects = self.objects(4)
        self.store(objects)
        sts = RunningSts("--credential", f"{KEY}:{SECRET}")
        self.addCleanup(sts.__exit__)
        desk = self.desk(AWS_ENDPOINT_URL_STS=sts.url)
        made = self.af("keygen", self.path("key"), "--secret", "project/af/key", env=desk)
        self.assertEqual(made.status, 0, str(made))
        self.cluster.start_worker(binaries=BIN, parallel=2, environment={
            "LANG": "C.UTF-8", "AF_JOB": OS_COUNT, "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.s3.url, "AWS_REGION": "us-east-1"})
        run = self.af("submit", self.filter(), IMAGE, "--index", f"s3://{BUCKET}/", "--credentials", "sealed", "--key",
                      self.path("key.pub.pem"), "--key-secret", "project/af/key", "--watch", "--deadline", "2h",
                      env=desk)
        self.assertEqual(run.status, 0, str(run))
        group = run.stdout.decode().strip()
        mapper = self.tasks_of(group)["map"][0]
        self.assertEqual(json.loads(mapper["payload"]["env"]["CREDENTIALS"])["v"], 1)
        for text in (run.stderr, json.dumps(mapper)):
            self.assertNotIn(SECRET, text)


if __name__ == "__main__":
    unittest.main()
