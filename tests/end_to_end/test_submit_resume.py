#!/usr/bin/env python3
"""A submission that is cut short, wherever, is gone on with: each task exists once, and its bytes were always the same.

AF_KILLS says how many random moments af is killed at (default 8).
"""
import json
import os
import random
import signal
import sys
import threading
import time
import unittest

from submit_support import BUCKET, IMAGE, SubmitCase, around_each, object_name
from support import write

KILLS = int(os.environ.get("AF_KILLS", "8"))
MAPPERS = 60
TASKS = MAPPERS + 1
SECONDS = 60
DATES = ("created", "deadline", "expires")


class ResumeCase(SubmitCase):
    def setUp(self):
        super().setUp()
        rows = "".join(f"s3://{BUCKET}/{object_name(number)}\t{1000 + number}\n" for number in range(MAPPERS))
        manifest = write(self.path("rows.tsv"), rows)
        self.words = (self.filter(), IMAGE, "--index", manifest, "--load-files", "1", "--credentials", "worker")
        self.bodies = self.recorded_bodies()
        self.held, self.goes_on = threading.Event(), threading.Event()
        self.goes_on.set()
        self.addCleanup(self.goes_on.set)
        around_each(self.cluster, "createTask", self.hold_the_last)

    def hold_the_last(self, request, answer):
        """The reducer, posted when all mappers are there, is not answered before it `goes_on`: af does not end by
        itself. Whether the task is there by then depends on its id."""
        if self.goes_on.is_set() or json.loads(request.body)["extra"]["af"]["role"] != "reduce":
            return answer()
        made = answer() if request.path[-1] in "AQ" else None
        self.held.set()
        self.goes_on.wait(SECONDS)
        return made or answer()

    def start_submit(self, *words):
        """For ending it: it does not end by itself before self.goes_on is set."""
        self.held.clear()
        self.goes_on.clear()
        return self.start("submit", *(words or self.words), env=self.desk())

    def resume(self, group):
        return self.submit("--resume", group)

    def known(self):
        """The submissions of the history, newest first."""
        run = self.af("jobs", "--json", "-n", "1000", env=self.desk())
        self.assertEqual(run.status, 0, str(run))
        return [json.loads(line) for line in run.stdout.splitlines()]

    def wait_for_posts(self, count, started):
        """Until so many were asked for since the last clear(), or the last one was, or af has ended."""
        while len(self.bodies.all()) < count and not self.held.is_set() and not started.ended(0.001):
            pass

    def dry(self):
        """The graph as --dry-run prints it: [(id, definition as text)]."""
        run = self.submit(*self.words, "--dry-run")
        self.assertEqual(run.status, 0, str(run))
        found = []
        for line in run.stdout.decode().splitlines()[:-1]:
            definition, _, task_id = line[1:].removeprefix('{"task":').rpartition(',"taskId":')
            found.append((json.loads(task_id.removesuffix("}")), definition))
        return found

    def assert_whole(self, group, dry):
        """Each task of the dry run is there once, with its bytes but for ids and dates; it was never sent otherwise."""
        _, tasks = self.cluster.services.queue.of_group(group)
        marked = [(task.definition["extra"]["af"], task) for task in tasks]
        roles = {(mark["role"], mark["index"]): task for mark, task in marked}
        self.assertEqual((len(tasks), len(roles)), (TASKS, TASKS))
        marks = [json.loads(text)["extra"]["af"] for _, text in dry]
        real = [roles[mark["role"], mark["index"]] for mark in marks]
        new = {dry_id: task.id for (dry_id, _), task in zip(dry, real)}
        new[json.loads(dry[0][1])["taskGroupId"]] = group
        new.update((json.loads(dry[0][1])[name], real[0].definition[name]) for name in DATES)
        for (_, text), task in zip(dry, real):
            for old, now in new.items():
                text = text.replace(old, now)
            sent = self.bodies.of(task.id)
            self.assertEqual(set(sent), {text.encode()}, f"{len(sent)} times sent")

    def assert_posted(self, group):
        self.assertEqual({job["group_id"]: job["state"] for job in self.known()}[group], "posted")
        self.assert_schemas_passed()


class Kills(ResumeCase):
    def test_killed_at_random_moments_and_resumed_each_task_exists_once(self):
        seed = int(os.environ.get("AF_SEED", str(time.time_ns() % 1_000_000)))
        draw, dry, before, ends = random.Random(seed), self.dry(), 0, []
        for number in range(KILLS):
            with self.subTest(number=number, seed=seed):
                self.cluster.control.set_latency(draw.uniform(0.005, 0.020))
                self.bodies.clear()
                self.kill(draw, self.start_submit(), ends)
                jobs = self.known()
                if len(jobs) == before:
                    self.assertEqual(self.bodies.all(), [], "tasks of a submission that nobody knows")
                    continue
                before = len(jobs)
                group = jobs[0]["group_id"]
                if draw.random() < 0.3:
                    self.kill(draw, self.start_submit("--resume", group), ends)
                run = self.resume(group)
                self.assertEqual(run.status, 0, str(run))
                self.assertEqual(run.stdout.decode().strip(), group)
                self.assert_whole(group, dry)
                self.assert_posted(group)
        print(f"seed {seed}: {len(ends)} kills, {ends.count(-signal.SIGKILL)} of them before the end; "
              f"{before} of {KILLS} submissions were known", file=sys.stderr)
        self.assertGreater(ends.count(-signal.SIGKILL), KILLS // 3)
        self.assertGreater(before, 0)

    def kill(self, draw, started, ends):
        """At a random place of its posting, or at a random time of its start."""
        count = draw.randrange(-TASKS // 6, TASKS)
        if count >= 0:
            self.wait_for_posts(len(self.bodies.all()) + count, started)
        started.ended(draw.uniform(0, 0.01 if count >= 0 else 0.25))
        os.kill(started.pid, signal.SIGKILL)
        ends.append(started.wait().status)
        self.goes_on.set()


class Interruptions(ResumeCase):
    def setUp(self):
        super().setUp()
        self.dry_graph = self.dry()

    def assert_resumed(self, group, existing=None):
        run = self.resume(group)
        self.assertEqual(run.status, 0, str(run))
        if existing is not None:
            self.assertIn(f"{existing} of {TASKS} tasks exist already", run.stderr)
        self.assert_whole(group, self.dry_graph)
        self.assert_posted(group)

    def group_to_resume(self, run):
        """The id that the last words name."""
        self.assertIn("af submit --resume ", run.stderr)
        group = run.stderr.partition("af submit --resume ")[2].split()[0]
        self.assertEqual(group, self.known()[0]["group_id"])
        return group

    def test_ctrl_c_in_the_middle_says_how_to_go_on(self):
        for words in ((), (*self.words, "--watch")):
            with self.subTest(words=words[-1:]):
                self.cluster.control.set_latency(0.2)
                self.bodies.clear()
                started = self.start_submit(*words)
                self.wait_for_posts(10, started)
                os.kill(started.pid, signal.SIGINT)
                run = started.wait()
                self.goes_on.set()
                self.assertEqual(run.status, 130, str(run))
                self.assertEqual(len(run.errors()), 1, str(run))
                self.cluster.control.set_latency(0)
                self.assert_resumed(self.group_to_resume(run))

    def test_a_reply_that_is_lost_after_the_task_was_made_is_asked_for_again_with_the_same_bytes(self):
        for number, do in enumerate(({"status": 500, "after_commit": True}, {"drop": "after"}, {"cut": 20},
                                     {"status": 502, "html": True, "after_commit": True}, {"status": 429})):
            self.cluster.control.add_fault({"match": {"call": "createTask"}, "after": number * 9, "times": 4, "do": do})
        group = self.submitted(*self.words)
        self.assert_whole(group, self.dry_graph)
        self.assertGreaterEqual(len(self.bodies.all()), TASKS + 20)
        self.assert_posted(group)

    def test_a_task_of_somebody_else_that_has_an_id_of_ours_is_a_conflict(self):
        self.cluster.control.add_fault({"match": {"call": "createTask"}, "after": 20, "times": 1,
                                        "do": {"status": 403, "code": "InsufficientScopes"}})
        run = self.submit(*self.words)
        self.assertEqual(run.status, 6, str(run))
        group = self.group_to_resume(run)
        refused = [entry["path"].rpartition("/")[2] for entry in self.posted() if entry["status"] == 403]
        self.cluster.create(task_id=refused[0], name="a task of somebody else")
        run = self.resume(group)
        self.assertEqual(run.status, 10, str(run))
        self.assertEqual(len(run.errors()), 1, str(run))
        self.assertIn(refused[0], run.errors()[0])
        self.assertEqual(self.group_to_resume(run), group)
        self.assertEqual(self.cluster.root.call("queue", "GET", f"/task/{refused[0]}")["metadata"]["name"],
                         "a task of somebody else")

    def test_an_outage_longer_than_all_attempts_ends_with_11_and_is_resumed_where_it_was(self):
        self.cluster.control.add_fault({"match": {"call": "createTask"}, "after": 25, "do": {"status": 503}})
        run = self.submit(*self.words)
        self.assertEqual(run.status, 11, str(run))
        group = self.group_to_resume(run)
        self.cluster.control.clear_faults()
        self.assert_resumed(group, existing=25)

    def test_what_is_whole_already_is_resumed_by_posting_nothing(self):
        group = self.submitted(*self.words)
        self.bodies.clear()
        run = self.resume(group)
        self.assertEqual((run.status, self.bodies.all()), (0, []), str(run))

    def test_what_cannot_be_resumed(self):
        self.assert_refused(self.resume("A" * 22), 2, "USAGE", "A" * 22, "af jobs")
        group = self.submitted(*self.words)
        run = self.submit("--resume", group, env={"TASKCLUSTER_ROOT_URL": "https://other.example.org"})
        self.assert_refused(run, 2, "USAGE", group, "other.example.org", "TASKCLUSTER_ROOT_URL")


if __name__ == "__main__":
    unittest.main()
