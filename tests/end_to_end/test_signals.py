#!/usr/bin/env python3
"""A run that is interrupted ends soon and leaves nothing; one that is killed leaves no half result."""
import fcntl
import os
import random
import select
import signal
import socket
import subprocess
import termios
import time
import unittest

from support import AF, EXAMPLES, Case, compress, files_below, gone_within, os_count, read, records

SECONDS_TO_END = 10
# Opens the FIFO of the test, which tells that the function has been reached, and goes on only when it is told to.
WAITING = """import os, sys
def {name}:
    with open(sys.argv[1], 'w') as fifo:
        fifo.write('here')
    open(sys.argv[1] + '.never').read()
"""
SIGNALS = ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 130))


class Interrupted(Case):
    def setUp(self):
        super().setUp()
        self.file("a.txt", records(range(50)))
        self.fifo = self.path("fifo")
        os.mkfifo(self.fifo)
        os.mkfifo(self.fifo + ".never")

    def start_and_wait_for_the_function(self, job):
        reader = os.open(self.fifo, os.O_RDONLY | os.O_NONBLOCK)  # opened anew: it stays readable once written to
        try:
            started = self.start("run", "--job", job, self.data, "-o", self.result)
            self.assertTrue(select.select([reader], [], [], 60)[0], "the function was not reached")
            return started
        finally:
            os.close(reader)

    def waiting_job(self, place):
        yaml = "map: {language: python, script: mapper.py, arguments: [%s]}\n" % self.fifo
        yaml += "reduce: {language: python, script: reducer.py, arguments: [%s]}\n" % self.fifo
        mapper, reducer = WAITING.format(name="mapper(uuid, file, value)"), WAITING.format(name="reduce(key, values)")
        return self.job(yaml, mapper_py=mapper if place == "map" else "def mapper(u, f, v):\n    return 'a 1'\n",
                        reducer_py=reducer)

    def wait_until_it_listens(self, pid):
        """Until it handles SIGHUP, the last of the signals it sets up; before that a signal ends any program."""
        deadline = time.monotonic() + 60
        while True:
            with open(f"/proc/{pid}/status", encoding="ascii") as status:
                caught = next(int(line.split()[1], 16) for line in status if line.startswith("SigCgt"))
            if caught >> (signal.SIGHUP - 1) & 1:
                return
            self.assertLess(time.monotonic(), deadline, "af does not handle SIGHUP")
            time.sleep(0.02)

    def assert_ends(self, started, number, status):
        os.kill(started.pid, number)
        begun = time.monotonic()
        run = started.wait(SECONDS_TO_END + 20)
        self.assertLess(time.monotonic() - begun, SECONDS_TO_END, str(run))
        self.assertEqual(run.status, status, str(run))
        self.assertEqual(len(run.errors()), 1, str(run))
        self.assertIn(f"INTERRUPTED exit={status}", run.errors()[0])
        self.assertEqual(run.stdout, b"", str(run))
        self.assertNotIn("result.txt", files_below(self.out))
        self.check_nothing_is_left(started, run)

    def test_while_mapping(self):
        for number, status in SIGNALS:
            with self.subTest(number):
                started = self.start_and_wait_for_the_function(self.waiting_job("map"))
                self.assert_ends(started, number, status)
                self.assertEqual(self.manifest()["status"], "failed")

    def test_while_reducing(self):
        for number, status in SIGNALS[:2]:
            with self.subTest(number):
                started = self.start_and_wait_for_the_function(self.waiting_job("reduce"))
                self.assert_ends(started, number, status)

    def test_while_waiting_for_the_store(self):
        for number, status in SIGNALS[:2]:
            with self.subTest(number), socket.create_server(("127.0.0.1", 0)) as silent:
                silent.settimeout(60)
                env = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{silent.getsockname()[1]}", "AWS_ACCESS_KEY_ID": "AK",
                       "AWS_SECRET_ACCESS_KEY": "secret"}
                started = self.start("run", "--job", self.waiting_job("map"), "s3://tele/", "-o", self.result, env=env)
                peer, _ = silent.accept()
                with peer:
                    self.assertTrue(peer.recv(100))
                    self.assert_ends(started, number, status)

    def test_while_waiting_for_names_on_stdin(self):
        for number, status in SIGNALS:
            reading, writing = os.pipe()
            with self.subTest(number), open(reading, "rb") as reading, open(writing, "wb") as writing:
                started = self.start("run", "--job", self.waiting_job("map"), "-", "-o", self.result, stdin=reading)
                self.wait_until_it_listens(started.pid)
                self.assert_ends(started, number, status)

    def test_while_the_reader_of_its_stdout_rests(self):
        echo = self.python_job("return uuid + ' ' + repr(value)")
        for arguments in (["run", "--job", echo, self.data], ["index", self.data]):
            for number in range(60 if arguments[0] == "index" else 0):
                self.file(f"{'x' * 200}-{number}", b"")
            with self.subTest(arguments[0]):
                reading, writing = os.pipe()
                fcntl.fcntl(reading, fcntl.F_SETPIPE_SZ, 4096)
                with open(reading, "rb") as reading, open(writing, "wb") as writing:
                    process = subprocess.Popen([AF, *map(str, arguments)], stdout=writing, stderr=subprocess.PIPE,
                                               env=self.environment())
                    self.addCleanup(process.kill)
                    deadline = time.monotonic() + 60
                    while int.from_bytes(fcntl.ioctl(reading, termios.FIONREAD, bytes(4)), "little") < 4096:
                        self.assertLess(time.monotonic(), deadline)
                        time.sleep(0.02)
                    process.send_signal(signal.SIGTERM)
                    _, errors = process.communicate(timeout=SECONDS_TO_END)
                    self.assertEqual(process.returncode, 143, errors)
                    self.assertIn(b"INTERRUPTED exit=143", errors)

    def test_a_second_sigint_ends_it_at_once(self):
        stubborn = ("import signal, sys\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                    "signal.signal(signal.SIGINT, signal.SIG_IGN)\n" + WAITING.format(name="mapper(uuid, file, value)"))
        job = self.job("map: {language: python, script: mapper.py, arguments: [%s]}\n" % self.fifo, mapper_py=stubborn)
        started = self.start_and_wait_for_the_function(job)
        os.kill(started.pid, signal.SIGINT)
        if not started.ended(0):
            os.kill(started.pid, signal.SIGINT)
        run = started.wait(SECONDS_TO_END)
        self.assertEqual(run.status, 130, str(run))
        self.assertNotIn("result.txt", files_below(self.out))
        self.assertTrue(gone_within(60, started.pid))


class Killed(Case):
    def test_at_any_time_there_is_a_whole_result_or_none(self):
        lines = records(range(3000))
        for number in range(4):
            self.file(f"part-{number}.xz", compress(lines, "xz"))
        truth = os_count(lines * 4)
        job = os.path.join(EXAMPLES, "os-count")
        begun = time.monotonic()
        self.run_job(job, self.data, "-o", self.result)
        whole_seconds = time.monotonic() - begun
        draw = random.Random(17)
        for _ in range(12):
            os.remove(self.result) if os.path.exists(self.result) else None
            started = self.start("run", "--job", job, self.data, "-o", self.result)
            started.ended(draw.uniform(0, 1.1 * whole_seconds))
            os.kill(started.pid, signal.SIGKILL)
            run = started.wait(20)
            self.assertIn(run.status, (-signal.SIGKILL, 0), str(run))
            if os.path.exists(self.result):
                self.assertEqual(read(self.result), truth)
            else:
                self.assertNotEqual(run.status, 0, str(run))
            self.assertTrue(gone_within(60, started.pid), "the user's processes outlive a killed af")
        run = self.start("run", "--job", job, self.data, "-o", self.result).wait()  # beside what the killed ones left
        self.assertEqual((run.status, read(self.result)), (0, truth), str(run))


if __name__ == "__main__":
    unittest.main()
