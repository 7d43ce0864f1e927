"""How runs end when something from outside ends them."""
import os
import threading
import unittest

from support import SECONDS, shell
from taskcluster import Cluster
from taskcluster.client import Client

WAITING = "echo half > out.txt; sleep 600 & sleep 600"


class Ends(unittest.TestCase):
    def setUp(self):
        self.cluster = Cluster()
        self.addCleanup(self.cluster.stop)

    def reasons(self, status):
        return [run["reasonResolved"] for run in status["runs"]]

    def killed(self, how, script="[ $RUN_ID = 1 ] || " + "{ " + WAITING + "; }", **fields):
        """The task and its status after its first run was ended in that way, a moment after its start."""
        self.cluster.start_worker(kills=lambda _task, run: (3, how) if run == 0 else None)
        task = self.cluster.create(**shell(script, artifacts=["out.txt"], **fields))
        return task, self.cluster.wait_for_task(task, SECONDS)

    def test_a_killed_command_has_failed_with_137(self):
        task, status = self.killed("kill")
        self.assertEqual(self.reasons(status), ["failed"])
        self.assertIn("Exit code: 137", self.cluster.log(task))
        self.assertEqual(self.cluster.artifact(task, "public/out.txt"), b"half\n")

    def test_a_killed_command_runs_again_when_137_is_to_be_retried(self):
        _, status = self.killed("kill", onExitStatus={"retry": [137]})
        self.assertEqual(self.reasons(status), ["intermittent-task", "completed"])

    def test_a_machine_that_is_taken_away_uploads_what_lies_there_and_the_task_runs_again(self):
        task, status = self.killed("shutdown")
        self.assertEqual(self.reasons(status), ["worker-shutdown", "completed"])
        self.assertEqual(self.cluster.artifact(task, "public/out.txt", run_id=0), b"half\n")

    def test_a_machine_that_is_gone_leaves_a_claim_that_runs_out(self):
        gone = threading.Event()
        self.cluster.start_worker(kills=lambda _task, run: (0.1, "lost") if run == 0 else None)
        self.cluster.workers[0].on_start = lambda run: run.run_id == 0 and gone.set()
        task = self.cluster.create(**shell("[ $RUN_ID = 1 ] || { " + WAITING + "; }", artifacts=["out.txt"]))
        self.assertTrue(gone.wait(SECONDS))
        for run in self.cluster.workers[0].running():
            run.done.wait(SECONDS)
        self.assertEqual(self.cluster.status(task)["state"], "running")
        self.cluster.control.advance(1201)
        self.assertEqual(self.reasons(self.cluster.wait_for_task(task, SECONDS)), ["claim-expired", "completed"])
        self.assertNotIn("public/out.txt", self.cluster.artifacts(task, run_id=0))

    def test_a_canceled_task_is_killed_at_the_next_reclaim_and_publishes_what_it_has(self):
        started = threading.Event()
        runs = []
        worker = self.cluster.start_worker(reclaim_seconds=0.2, on_start=lambda run: (runs.append(run), started.set()))
        task = self.cluster.create(**shell(WAITING, artifacts=["out.txt"]))
        self.assertTrue(started.wait(SECONDS))
        self.cluster.root.call("queue", "POST", f"/task/{task}/cancel")
        self.assertTrue(runs[0].done.wait(SECONDS))
        worker.stop()
        self.assertEqual(runs[0].process.members(), set())
        self.assertEqual(self.reasons(self.cluster.status(task)), ["canceled"])

    def test_nothing_that_a_task_started_outlives_it(self):
        pids = []
        self.cluster.start_worker(on_start=lambda run: pids.append(run))
        script = "setsid sleep 600 & (cd / && sleep 600) & echo done"
        self.cluster.wait_for_task(self.cluster.create(**shell(script)), SECONDS)
        self.assertEqual(pids[0].process.members(), set())

    def test_tasks_run_at_the_same_time_when_the_worker_may(self):
        self.cluster.start_worker(parallel=2)
        meet = ("touch $AF_WORK_DIR/../../$ME; i=0; while [ ! -e $AF_WORK_DIR/../../$OTHER ]; do "
                "sleep 0.05; i=$((i+1)); [ $i -lt 400 ] || exit 1; done")
        tasks = [self.cluster.create(**shell(meet, env={"ME": me, "OTHER": other}))
                 for me, other in (("one", "two"), ("two", "one"))]
        self.assertEqual({self.cluster.wait_for_task(task, SECONDS)["state"] for task in tasks}, {"completed"})

    def test_output_goes_to_a_terminal_as_under_d2g_or_to_a_pipe(self):
        for tty, word in ((True, "terminal"), (False, "pipe")):
            worker = self.cluster.start_worker(queue=f"proj-af/{word}", tty=tty)
            task = self.cluster.create(queue=f"proj-af/{word}",
                                       **shell("[ -t 1 ] && echo is-terminal || echo is-pipe"))
            self.cluster.wait_for_task(task, SECONDS)
            worker.stop()
            self.assertIn(f"is-{word}", self.cluster.log(task))

    def test_the_log_can_be_read_while_the_task_runs(self):
        started = threading.Event()
        worker = self.cluster.start_worker(on_start=lambda _run: started.set())
        fifo = os.path.join(worker.folder, "go")
        os.mkfifo(fifo)
        task = self.cluster.create(**shell(f"echo early; read x < {fifo}; echo late"))
        self.assertTrue(started.wait(SECONDS))
        url = f"{self.cluster.root_url}/api/queue/v1/task/{task}/artifacts/public/logs/live.log"
        status, headers, _ = Client(self.cluster.root_url).request("GET", url)
        self.assertEqual((status, headers["x-taskcluster-artifact-storage-type"]), (303, "reference"))
        got = []
        reader = threading.Thread(target=lambda: got.append(Client("").request("GET", headers["location"])[2]))
        reader.start()
        with open(fifo, "w", encoding="ascii") as pipe:
            pipe.write("go\n")
        self.cluster.wait_for_task(task, SECONDS)
        reader.join(SECONDS)
        self.assertIn(b"early", got[0])
        self.assertIn(b"late", got[0])
        self.assertIn("late", self.cluster.artifact(task, "public/logs/live.log").decode())


if __name__ == "__main__":
    unittest.main()
