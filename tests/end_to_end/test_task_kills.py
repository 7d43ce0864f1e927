#!/usr/bin/env python3
"""af-task that is killed or stopped at any time: what lies at the artifact paths is whole, or nothing does.

AF_KILLS: how many times each command is killed (20).
"""
import json
import os
import random
import select
import shutil
import signal
import subprocess
import time
import unittest

from support import files_below, gone_within, inflate_zst, read, session_of
from task_support import AF_TASK, OS_COUNT, TaskCase

KILLS = int(os.environ.get("AF_KILLS", "20"))
SECONDS_TO_END = 10
# Opens the FIFO of the test, which tells that the function has been reached, and never returns, nor heeds SIGTERM.
WAITING = """import signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def {name}:
    with open(sys.argv[1], 'w') as fifo:
        fifo.write('here')
    open(sys.argv[1] + '.never').read()
"""
# Leaves processes behind that end at once, and tells how many zombies there are.
ORPHANS_A_RECORD = 20
ORPHANS = """import os, time
def zombies():
    count = 0
    for name in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{name}/stat') as stat:
                count += stat.read().rpartition(')')[2].split()[0] == 'Z'
        except OSError:
            pass
    return count
def mapper(uuid, file, value):
    for _ in range(%d):
        child = os.fork()
        if child == 0:
            if os.fork() == 0:
                os._exit(0)
            os._exit(0)
        os.waitpid(child, 0)
    time.sleep(0.05)
    return str(zombies())
""" % ORPHANS_A_RECORD
PEEPING = """def mapper(uuid, file, value):
    try:
        with open('/proc/1/environ', 'rb') as environ:
            return 'environ-of-1 ' + environ.read().replace(b'\\0', b' ').decode()
    except OSError as error:
        return 'environ-of-1 ' + str(error)
"""
needs_namespaces = unittest.skipUnless(
    os.geteuid() == 0 and subprocess.run(["unshare", "-pf", "true"], check=False).returncode == 0,
    "no rights to make a pid namespace")


def process_1_of(started):
    """Of the namespace that unshare made."""
    with open(f"/proc/{started.pid}/task/{started.pid}/children", encoding="ascii") as file:
        return int(file.read())


class Killed(TaskCase):
    def sweep(self, command, name, env=None):
        started, folder = self.start_here(*command, env=env)
        begun = time.monotonic()
        run = started.wait()
        whole_seconds = time.monotonic() - begun
        self.assertEqual(run.status, 0, str(run))
        truth = read(os.path.join(folder, "af", name))
        draw, ends = random.Random(5), {"nothing": 0, "a file": 0, "all": 0}
        for _ in range(KILLS):
            started, folder = self.start_here(*command, env=env)
            started.ended(draw.uniform(0, 1.2 * whole_seconds))
            os.kill(started.pid, signal.SIGKILL)
            run = started.wait(20)
            self.assertIn(run.status, (-signal.SIGKILL, 0), str(run))
            self.assertTrue(gone_within(10, started.pid), "the user's processes outlive a killed af-task")
            ends[self.check(folder, name, truth)] += 1
            shutil.rmtree(folder)
        started, folder = self.start_here(*command, env=env)  # beside what the killed ones left
        self.assertEqual(started.wait().status, 0)
        self.assertEqual(self.check(folder, name, truth), "all")
        if "AF_KILLS" in os.environ:
            print(command[0], KILLS, "kills left", ends)
        return ends

    def check(self, folder, name, truth):
        found = files_below(os.path.join(folder, "af")) if os.path.exists(os.path.join(folder, "af")) else []
        self.assertIn(found, ([], [name], ["manifest.json", name]))
        if name in found:
            self.assertEqual(read(os.path.join(folder, "af", name)), truth)
        if "manifest.json" in found:
            self.assertEqual(json.loads(read(os.path.join(folder, "af", "manifest.json")))["status"], "complete")
        return ("nothing", "a file", "all")[len(found)]

    def test_a_mapper_and_a_reducer_at_random_times(self):
        names = self.files(4, 200)
        ends = self.sweep(["map", *names], "part-00000.txt.zst")
        self.worker()
        mappers = [self.mapper(names[:3]), self.mapper(names[3:])]
        for mapper in mappers:
            self.ended(mapper)
        more = self.sweep(["reduce"], "result.txt", {"INPUT_TASK_IDS": " ".join(mappers)})
        self.assertGreater(ends["nothing"] + more["nothing"], 0, (ends, more))

    def test_a_run_in_a_folder_with_old_artifacts_removes_them_first(self):
        names = self.files(1)
        started, folder = self.start_here("map", *names)
        self.assertEqual(started.wait().status, 0)
        run = self.start("map", "no-such-file", env={"AF_JOB": OS_COUNT, "AF_INPUT": self.data}, cwd=folder,
                         program=AF_TASK).wait()
        self.assertEqual(run.status, 66, str(run))
        self.assertEqual(files_below(folder), ["af/manifest.json"])
        self.assertEqual(json.loads(read(os.path.join(folder, "af/manifest.json")))["status"], "failed")


class Stopped(TaskCase):
    def waiting(self, mapper="mapper(uuid, file, value)"):
        self.fifo = self.path("fifo")
        for name in (self.fifo, self.fifo + ".never"):
            os.mkfifo(name)
            os.chmod(name, 0o666)
        return self.job("map: {language: python, script: mapper.py, arguments: [%s]}\n" % self.fifo,
                        mapper_py=WAITING.format(name=mapper))

    def reached(self, start):
        reader = os.open(self.fifo, os.O_RDONLY | os.O_NONBLOCK)
        try:
            started = start()
            self.assertTrue(select.select([reader], [], [], 60)[0], "the function was not reached")
            return started
        finally:
            os.close(reader)

    def test_sigterm_ends_it_soon_and_leaves_no_file_but_the_manifest(self):
        names, job = self.files(1), self.waiting()
        started, folder = self.reached(lambda: self.start_here("map", *names, env={"AF_JOB": job}))
        os.kill(started.pid, signal.SIGTERM)
        begun = time.monotonic()
        run = started.wait(SECONDS_TO_END + 20)
        self.assertLess(time.monotonic() - begun, SECONDS_TO_END, str(run))
        self.assertEqual(run.status, 143, str(run))
        self.assertEqual([line.split()[2] for line in run.errors()], ["INTERRUPTED"], str(run))
        self.assertEqual(files_below(folder), ["af/manifest.json"])
        self.assertTrue(gone_within(5, started.pid), session_of(started.pid))

    def test_sigterm_at_random_times(self):
        names = self.files(2, 200)
        draw = random.Random(7)
        for _ in range(max(8, KILLS // 4)):
            started, folder = self.start_here("map", *names)
            started.ended(draw.uniform(0, 0.4))
            os.kill(started.pid, signal.SIGTERM)
            run = started.wait(SECONDS_TO_END + 20)
            found = files_below(folder)
            if run.status == 0:
                self.assertEqual(found, ["af/manifest.json", "af/part-00000.txt.zst"])
            else:  # the signal itself: before main() was reached
                self.assertIn(run.status, (143, -signal.SIGTERM), str(run))
                self.assertIn(found, ([], ["af/manifest.json"]), str(run))

    @needs_namespaces
    def test_orphans_of_the_users_code_are_reaped_by_process_1(self):
        names = self.files(1, 20)
        job = self.job("map: {language: python, script: mapper.py, workers: 1}\n", mapper_py=ORPHANS)
        started, folder = self.start_here("map", *names, env={"AF_JOB": job},
                                          limits=("unshare", "-pf", "--mount-proc"))
        run = started.wait()
        self.assertEqual(run.status, 0, str(run))
        counts = inflate_zst(read(os.path.join(folder, "af/part-00000.txt.zst"))).split()
        self.assertEqual(len(counts), 20)
        self.assertLess(max(map(int, counts)), ORPHANS_A_RECORD, "zombies pile up")

    @needs_namespaces
    def test_the_status_of_a_failure_is_that_of_process_1(self):
        started, _ = self.start_here("map", "no-such-file", limits=("unshare", "-pf"))
        run = started.wait()
        self.assertEqual(run.status, 66, str(run))

    @needs_namespaces
    def test_credentials_are_not_to_be_read_from_process_1(self):
        names = self.files(1)
        job = self.job("map: {language: python, script: mapper.py}\n", mapper_py=PEEPING)
        env = {"AF_JOB": job, "AWS_SECRET_ACCESS_KEY": "canary", "AF_RUN_AS": "none"}
        started, folder = self.start_here("map", *names, env=env, limits=("unshare", "-pf", "--mount-proc"))
        run = started.wait()
        self.assertEqual(run.status, 0, str(run))
        seen = inflate_zst(read(os.path.join(folder, "af/part-00000.txt.zst")))
        self.assertIn(b"AF_JOB=", seen)  # so it may be read, by root
        self.assertNotIn(b"canary", seen)

    @needs_namespaces
    def test_a_parent_that_ignored_the_end_of_children_does_not_make_process_1_wait_for_ever(self):
        names = self.files(1)
        started, _ = self.start_here("map", *names, limits=("sh", "-c", "trap '' CHLD; exec \"$@\"", "sh", "unshare",
                                                            "-pf", "--mount-proc"))
        self.assertEqual(started.wait(60).status, 0)

    @needs_namespaces
    def test_each_signal_to_process_1_stops_the_task_in_order(self):
        for number in (signal.SIGHUP, signal.SIGINT):
            with self.subTest(number):
                names, job = self.files(1), self.waiting()
                started, folder = self.reached(lambda: self.start_here("map", *names, env={"AF_JOB": job},
                                                                       limits=("unshare", "-pf")))
                os.kill(process_1_of(started), number)
                run = started.wait(SECONDS_TO_END + 20)
                self.assertEqual(run.status, 130, str(run))
                self.assertEqual(files_below(folder), ["af/manifest.json"])
                for name in (self.fifo, self.fifo + ".never"):
                    os.remove(name)

    @needs_namespaces
    def test_process_1_ends_with_the_signal_that_killed_the_task(self):
        names, job = self.files(1), self.waiting()
        started, _ = self.reached(lambda: self.start_here("map", *names, env={"AF_JOB": job},
                                                          limits=("unshare", "-pf")))
        first = process_1_of(started)
        with open(f"/proc/{first}/task/{first}/children", encoding="ascii") as file:
            os.kill(int(file.read()), signal.SIGKILL)
        self.assertEqual(started.wait(SECONDS_TO_END + 20).status, 128 + signal.SIGKILL)

    @needs_namespaces
    def test_sigterm_as_process_1(self):
        names, job = self.files(1), self.waiting()
        started, folder = self.reached(lambda: self.start_here("map", *names, env={"AF_JOB": job},
                                                               limits=("unshare", "-pf")))
        os.kill(process_1_of(started), signal.SIGTERM)
        run = started.wait(SECONDS_TO_END + 20)
        self.assertEqual(run.status, 143, str(run))
        self.assertEqual(files_below(folder), ["af/manifest.json"])


if __name__ == "__main__":
    unittest.main()
