#!/usr/bin/env python3
"""af watch follows a task group to its end, through outages, and leaves it alone when it is stopped itself."""
import json
import os
import signal
import time
import unittest

from group_support import GroupCase, Terminal, masked

FAILS = {"payload": {"command": ["false"]}}
SLOW = {"payload": {"command": ["sleep", "600"]}}


class Watch(GroupCase):
    def events(self, run):
        return [json.loads(line) for line in run.stderr.splitlines()]

    def test_a_group_that_completes_ends_with_0_and_the_next_command(self):
        self.post(self.files(6))
        self.worker()
        run = self.af_tc("watch", self.group)
        self.assertEqual(run.status, 0, str(run))
        self.assertIn("completed after", run.stderr)
        self.assertIn("mappers: 3 of 3 done", run.stderr)
        self.assertIn(f"af result {self.group} -o result.txt", run.stderr)
        self.assertEqual(run.stdout, b"")
        self.assertLessEqual(len(run.stderr.splitlines()), 8, "a log is not flooded")

    def test_events_for_programs(self):
        self.post(self.files(4))
        self.worker()
        run = self.af_tc("watch", self.group, "--json")
        self.assertEqual(run.status, 0, str(run))
        events = self.events(run)
        groups = [event for event in events if event["type"] == "group"]
        self.assertEqual(groups[-1]["mappers"], {"expected": 3, "completed": 3})
        self.assertEqual(groups[-1]["bytes_mapped"], groups[-1]["bytes"])
        self.assertEqual(events[-1], {"type": "group_end", "group": self.group, "verdict": "completed", "status": 0})

    def test_a_mapper_that_fails_for_good_is_told_at_once_with_its_log(self):
        mappers, _ = self.post(self.files(6), more={1: FAILS, 2: SLOW})
        self.worker(parallel=3)
        run = self.af_tc("watch", self.group)
        self.assertEqual(run.status, 4, str(run))
        self.assertIn("os-count map 2/3, run 0: failed; the reducer will never run", run.stderr)
        self.assertIn(f"{self.cluster.root_url}/tasks/{mappers[1]}/runs/0/logs/public/logs/live.log", run.stderr)
        self.assertIn(f"af rerun {self.group}", run.stderr)
        self.assertEqual(self.cluster.status(mappers[2])["state"], "running")

    def test_a_group_half_posted_is_not_finished(self):
        names = self.files(2)
        marks = self.marks("map", 0, {"mappers": 2, "reducers": 1}, objects=2, bytes=10)
        self.ended_before_watch(self.mapper(names, **marks))
        run = self.af_tc("watch", self.group, "--timeout", "1s")
        self.assertEqual(run.status, 5, str(run))
        self.assertIn("1 of 2 done, 1 not posted yet", run.stderr)
        self.assertIn(f"come back with: af watch {self.group}", run.stderr)

    def ended_before_watch(self, task_id):
        self.worker()
        self.ended(task_id)

    def test_missing_input_that_was_allowed_ends_with_3(self):
        env = {"AF_ALLOW_MISSING": "1"}
        names = self.files(3)
        self.post([*names, "no-such-file.txt"], mappers=2, env=env)
        self.worker()
        run = self.af_tc("watch", self.group)
        self.assertEqual(run.status, 3, str(run))
        self.assertIn("1 of 4 objects are missing, as was allowed", run.stderr)

    def test_an_outage_is_lived_through_and_told(self):
        self.post(self.files(4))
        for fault in ({"status": 503}, {"status": 502, "html": True}, {"status": 200, "body": "<html>"},
                      {"drop": "before"}):
            self.cluster.control.add_fault({"match": {"call": "listTaskGroup"}, "after": 1, "times": 7, "do": fault})
        started = self.start_tc("watch", self.group)
        self.worker()
        run = started.wait(240)
        self.assertEqual(run.status, 0, str(run))
        self.assertIn("Taskcluster does not answer: ", run.stderr)
        self.assertIn("Taskcluster answers again", run.stderr)

    def test_ctrl_c_leaves_the_group_running_and_says_how_to_come_back(self):
        mappers, _ = self.post(self.files(3), more={0: SLOW})
        self.worker()
        self.cluster.wait_for_task(mappers[0], states=("running",))
        started = self.start_tc("watch", self.group)
        self.until_asked()
        os.kill(started.pid, signal.SIGINT)
        run = started.wait(30)
        self.assertEqual(run.status, 130, str(run))
        self.assertEqual(len(run.errors()), 1, str(run))
        self.assertIn(f"The group goes on; come back with: af watch {self.group}", run.errors()[0])
        self.assertEqual(self.cluster.status(mappers[0])["state"], "running")

    def until_asked(self):
        until = time.monotonic() + 60
        while not self.cluster.requests(call="listTaskGroup", status=200):
            self.assertLess(time.monotonic(), until)
            time.sleep(0.05)

    def test_groups_that_are_none(self):
        run = self.af_tc("watch", self.group)
        self.assertEqual(run.status, 6, str(run))
        self.assertIn(self.group, run.errors()[0])
        self.assert_refused(self.af_tc("watch", "nonsense"), 2, "USAGE", "nonsense", "af jobs")
        self.assert_refused(self.af_tc("watch"), 2, "USAGE", "history is empty")
        self.assert_refused(self.af("watch", self.group, env={"TASKCLUSTER_ROOT_URL": None}), 6, "CONFIG")


class Screen(GroupCase):
    """What a person sees, kept as text."""

    def terminal(self, *arguments):
        env = self.environment(**self.cluster.environment())
        terminal = Terminal(self.folder, arguments, env)
        self.addCleanup(terminal.close)
        return terminal

    def shown(self, screen, ids):
        return masked(screen, self.cluster.root_url, [self.group, *ids])

    def test_the_live_view_of_a_group_at_work_and_its_end(self):
        mappers, reducers = self.post(self.files(6), more={2: SLOW})
        self.worker(parallel=3)
        terminal = self.terminal("watch", self.group)
        screen = terminal.wait_for(r"2 of 3 done, 1 running.*waits for the mappers")
        self.assert_screen(self.shown(screen, mappers + reducers), "watch_at_work.txt")
        self.cluster.root.call("queue", "POST", f"/task/{mappers[2]}/cancel")
        screen = terminal.wait_for(r"cancelled after")
        self.assertEqual(terminal.ended(), 4)
        self.assert_screen(self.shown(terminal.screen(), mappers + reducers), "watch_cancelled.txt")

    def test_the_live_view_of_an_outage_and_ctrl_c(self):
        mappers, reducers = self.post(self.files(3), more={0: SLOW, 1: SLOW, 2: SLOW})
        self.worker(parallel=3)
        for mapper in mappers:
            self.cluster.wait_for_task(mapper, states=("running",))
        self.cluster.control.add_fault({"match": {"call": "listTaskGroup"}, "after": 1, "do": {"status": 503}})
        terminal = self.terminal("watch", self.group)
        screen = terminal.wait_for(r"no answer from Taskcluster; tried again in")
        self.assert_screen(self.shown(screen, mappers + reducers), "watch_outage.txt")
        terminal.keys("C-c")
        self.assertEqual(terminal.ended(), 130)
        self.assertIn(f"af watch {self.group}", terminal.screen().replace("\n", ""))
        self.assertNotIn("tried again", terminal.screen())


if __name__ == "__main__":
    unittest.main()
