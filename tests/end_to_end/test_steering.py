#!/usr/bin/env python3
"""af cancel, af rerun, af logs and af jobs on task groups of a cluster."""
import json
import os
import sqlite3
import unittest

from group_support import GroupCase, Terminal
from support import read
from task_support import OS_COUNT

FAILS = {"payload": {"command": ["false"]}}
SLOW = {"payload": {"command": ["sleep", "600"]}}


class Cancel(GroupCase):
    def test_the_group_is_sealed_and_what_has_not_ended_is_cancelled(self):
        mappers, (reducer,) = self.post(self.files(3), more={1: SLOW})
        self.worker()
        self.ended(mappers[0])
        run = self.af_tc("cancel", self.group, "--yes", "--json")
        self.assertEqual(run.status, 0, str(run))
        done = json.loads(run.stdout)
        self.assertEqual((done["group"], done["tasks"]), (self.group, 4))
        self.assertGreaterEqual(done["cancelled"], 2)
        for task_id in (mappers[1], reducer):
            self.assertEqual(self.cluster.status(task_id)["state"], "exception")
        self.assertTrue(self.cluster.root.call("queue", "GET", f"/task-group/{self.group}")["sealed"])
        self.assertEqual(json.loads(self.af_tc("cancel", self.group, "--yes", "--json").stdout)["cancelled"], 0)

    def test_nobody_to_ask_is_refused_and_nothing_happens(self):
        mappers, _ = self.post(self.files(3))
        self.assert_refused(self.af_tc("cancel", self.group), 2, "USAGE", "--yes")
        self.assertEqual(self.cluster.status(mappers[0])["state"], "pending")

    def test_a_person_is_asked(self):
        mappers, _ = self.post(self.files(3))
        for answer, state, status in (("n", "pending", 130), ("y", "exception", 0)):
            folder = self.path(answer)
            os.mkdir(folder)
            terminal = Terminal(folder, ["cancel", self.group], self.environment(**self.cluster.environment()))
            self.addCleanup(terminal.close)
            terminal.wait_for(r"Cancel 4 tasks\? \[y/N\]")
            terminal.keys(answer, "Enter")
            self.assertEqual(terminal.ended(), status)
            self.assertEqual(self.cluster.status(mappers[0])["state"], state)


class Rerun(GroupCase):
    """A mapper that fails until a file is there."""

    def setUp(self):
        super().setUp()
        self.flag = self.path("flag")
        self.names = self.files(4)

    def until_flagged(self, *keys):
        script = f'test -e {self.flag} || exit 7; exec af-task map {" ".join(keys)}'
        return {"payload": {"command": ["sh", "-c", script]}}

    def flagged(self):
        with open(self.flag, "w", encoding="utf-8"):
            pass

    def test_failed_mappers_alone_and_the_queue_starts_the_reducer(self):
        truth = self.truth(OS_COUNT)
        mappers, (reducer,) = self.post(self.names, more={1: self.until_flagged(self.names[1])})
        self.worker()
        self.ended(mappers[1], "failed")
        self.ended(mappers[0])
        self.flagged()
        run = self.af_tc("rerun", self.group, "--json")
        self.assertEqual(run.status, 0, str(run))
        self.assertEqual(json.loads(run.stdout), {"group": self.group, "rerun": [mappers[1]], "more": False})
        self.ended(reducer)
        self.assertEqual(self.cluster.artifact(reducer, "af/result.txt"), truth["result.txt"])
        self.assertEqual(len(self.cluster.status(mappers[0])["runs"]), 1)

    def test_a_reducer_that_has_failed_follows_its_mappers(self):
        truth = self.truth(OS_COUNT)
        mappers, (reducer,) = self.post(self.names, more={1: self.until_flagged(self.names[1])},
                                        reduce_more={"requires": "all-resolved"})
        self.worker()
        self.ended(reducer, "failed")
        self.flagged()
        waiting = self.af_tc("rerun", self.group, "--no-wait", "--json")
        self.assertEqual(json.loads(waiting.stdout), {"group": self.group, "rerun": [mappers[1]], "more": True})
        run = self.af_tc("rerun", self.group, "--watch")
        self.assertEqual(run.status, 0, str(run))
        self.assertEqual(self.cluster.artifact(reducer, "af/result.txt"), truth["result.txt"])
        self.assertEqual(len(self.cluster.status(reducer)["runs"]), 2)

    def test_what_fails_again_ends_with_4(self):
        mappers, (reducer,) = self.post(self.names, more={1: FAILS}, reduce_more={"requires": "all-resolved"})
        self.worker()
        self.ended(reducer, "failed")
        run = self.af_tc("rerun", self.group)
        self.assertEqual(run.status, 4, str(run))
        self.assertIn("again", run.stderr)
        self.assertIn(mappers[1], run.stderr)

    def test_nothing_has_failed(self):
        self.post(self.names)
        run = self.af_tc("rerun", self.group)
        self.assertEqual((run.status, run.stdout), (0, b""), str(run))
        self.assertIn("nothing has failed", run.stderr)
        linked = self.af_tc("rerun", f"https://tc.example/tasks/groups/{self.group}/tasks/x?y#z")
        self.assertEqual((linked.status, linked.stderr), (0, run.stderr), str(linked))


class Logs(GroupCase):
    def test_of_one_task_of_all_that_failed_and_of_the_reducer(self):
        def says(text):
            return {"payload": {"command": ["sh", "-c", f"printf '{text}\\n'; exit 3"]}}
        mappers, _ = self.post(self.files(3), more={0: says("first"), 2: says("third\\033[2J")})
        self.worker()
        for mapper in (mappers[0], mappers[2]):
            self.ended(mapper, "failed")
        run = self.af_tc("logs", mappers[0])
        self.assertEqual((run.status, run.stdout), (0, self.cluster.log(mappers[0]).encode()), str(run))
        failed = self.af_tc("logs", self.group, "--failed").stdout.decode()
        self.assertIn("os-count map 1/3: first\r\n", failed)
        self.assertIn("os-count map 3/3: third\x1b[2J\r\n", failed)
        self.assertNotIn("map 2/3", failed)
        self.assert_refused(self.af_tc("logs", self.group), 2, "USAGE", "has not run yet")

    def test_a_log_that_is_gone_does_not_hide_the_others(self):
        mappers, _ = self.post(self.files(3), more={0: FAILS, 2: FAILS})
        self.worker()
        for mapper in (mappers[0], mappers[2]):
            self.ended(mapper, "failed")
        self.cluster.control.remove_artifact(mappers[0], "public/logs/live.log")
        run = self.af_tc("logs", self.group, "--failed")
        self.assertEqual(run.status, 0, str(run))
        self.assertIn("os-count map 1/3: there is no log of run 0", run.stderr)
        self.assertIn("os-count map 3/3: ", run.stdout.decode())

    def test_a_terminal_is_not_moved_by_a_log(self):
        task = self.task(["x"], payload={"command": ["printf", "a\\033[2J\\007b\\n"]})
        self.worker()
        self.ended(task)
        terminal = Terminal(self.folder, ["logs", task], self.environment(**self.cluster.environment()))
        self.addCleanup(terminal.close)
        self.assertIn("a\\x1b[2J\\x07b", terminal.wait_for("b\n"))
        self.assertEqual(terminal.ended(), 0)

    def test_a_task_at_work_is_followed_to_its_end(self):
        gate = self.path("gate")
        os.mkfifo(gate)
        task = self.task(["x"], payload={"command": ["sh", "-c", f"echo begun; cat {gate}; echo over"]})
        self.worker()
        self.cluster.wait_for_task(task, states=("running",))
        self.assert_refused(self.af_tc("logs", task), 2, "USAGE", "--follow")
        started = self.start_tc("logs", task, "--follow")
        with open(gate, "w", encoding="utf-8") as file:
            file.write("between\n")
        run = started.wait(60)
        self.assertEqual((run.status, run.stdout), (0, self.cluster.log(task).encode()), str(run))
        self.assertIn(b"begun\r\nbetween\r\nover\r\n", run.stdout)


class Jobs(GroupCase):
    """The history is filled as af submit fills it."""

    def remember(self, *rows):
        self.assertEqual(self.af("jobs").status, 0)  # makes the file
        with sqlite3.connect(os.path.join(self.home, ".local/state/af/history.sqlite")) as database:
            for group, second, state in rows:
                database.execute("INSERT INTO submissions VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                                 (group, self.cluster.root_url, second * 10**9, "os-count", "me@example.org",
                                  "image:1", 4, 3, 5000, state, "", b""))
        database.close()

    def test_submissions_newest_first_and_latest_is_the_newest(self):
        old = "AAAAAAAAQAAAAAAAAAAAAA"
        self.post(self.files(3))
        self.remember((old, 1_700_000_000, "completed"), (self.group, 1_700_000_100, "posted"))
        run = self.af("jobs")
        self.assertEqual(run.stdout.decode(),
                         f"{self.group}  2023-11-14 22:15 UTC  posted          4    5.0 kB  os-count\n"
                                              f"{old}  2023-11-14 22:13 UTC  completed       4    5.0 kB  os-count\n")
        rows = [json.loads(line) for line in self.af("jobs", "--json", "-n", "1").stdout.splitlines()]
        self.assertEqual([row["group_id"] for row in rows], [self.group])
        self.worker()
        self.assertEqual(self.af_tc("watch").status, 0)
        self.assertIn("completed", self.af("jobs", "-n", "1").stdout.decode())
        self.assert_refused(self.af_tc("watch", self.group[:-2]), 2, "USAGE", f'did you mean \\"{self.group}\\"')

    def test_states_are_asked_for_on_demand_only(self):
        mappers, _ = self.post(self.files(3), more={0: FAILS})
        self.remember((self.group, 1_700_000_000, "posted"))
        self.worker()
        self.ended(mappers[0], "failed")
        self.assertIn("posted", self.af_tc("jobs").stdout.decode())
        self.assertIn("failed", self.af_tc("jobs", "--refresh").stdout.decode())
        self.assertIn("failed", self.af("jobs").stdout.decode())

    def test_a_history_that_is_none_is_refused(self):
        path = os.path.join(self.home, ".local/state/af/history.sqlite")
        os.makedirs(os.path.dirname(path))
        with open(path, "wb") as file:
            file.write(b"no database" * 1000)
        self.assert_refused(self.af("jobs"), 78, "CONFIG", path)
        self.assertEqual(read(path), b"no database" * 1000)


if __name__ == "__main__":
    unittest.main()
