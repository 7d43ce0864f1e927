"""What the worker does with tasks, seen from outside."""
import os
import unittest

from support import SECONDS, shell
from taskcluster import Cluster
from taskcluster.values import slugid


def reasons(status):
    return [run["reasonResolved"] for run in status["runs"]]


class TheWorker(unittest.TestCase):
    def setUp(self):
        self.cluster = Cluster()
        self.addCleanup(self.cluster.stop)

    def run_task(self, task, worker=None, **fields):
        self.cluster.start_worker(**(worker or {}))
        task_id = self.cluster.create(**task, **fields)
        return task_id, self.cluster.wait_for_task(task_id, SECONDS)

    def test_runs_mappers_and_then_the_reducer_that_reads_them_through_the_proxy(self):
        self.cluster.start_worker(parallel=2)
        group = slugid()
        part = shell("echo part $TASK_ID > out.txt", artifacts=["out.txt"])
        mappers = [self.cluster.create(taskGroupId=group, **part) for _ in range(3)]
        fetch = ("for t in $MAPPERS; do curl -fsSL --compressed "
                 "$TASKCLUSTER_PROXY_URL/api/queue/v1/task/$t/artifacts/public/out.txt >> all.txt || exit 9; done")
        reducer = self.cluster.create(taskGroupId=group, dependencies=mappers,
                                      **shell(fetch, artifacts=["all.txt"], env={"MAPPERS": " ".join(mappers)},
                                              features={"taskclusterProxy": True}))
        states = self.cluster.wait_for_group(group, SECONDS)
        self.assertEqual({status["state"] for status in states.values()}, {"completed"})
        expected = "".join(f"part {mapper}\n" for mapper in mappers)
        self.assertEqual(self.cluster.artifact(reducer, "public/all.txt").decode(), expected)

    def test_gives_a_task_this_environment_and_no_other(self):
        script = "/usr/bin/env > env.txt"
        task, _ = self.run_task(shell(script, artifacts=["env.txt"], env={"MINE": "1"}),
                                {"environment": {"IMAGE": "2"}})
        lines = dict(line.split("=", 1) for line in self.cluster.artifact(task, "public/env.txt").decode().splitlines())
        self.assertEqual(set(lines), {
            "PATH", "TERM", "HOSTNAME", "HOME", "AF_WORK_DIR", "MINE", "IMAGE", "TASK_ID", "RUN_ID", "TASK_GROUP_ID",
            "TASKCLUSTER_ROOT_URL", "TASKCLUSTER_INSTANCE_TYPE", "TASKCLUSTER_WORKER_LOCATION", "PWD"})
        self.assertEqual((lines["TASK_ID"], lines["RUN_ID"], lines["HOME"]), (task, "0", lines["AF_WORK_DIR"]))

    def test_starts_each_run_in_an_empty_folder_and_uploads_what_lies_there_after_it(self):
        script = "ls -A > seen.txt; [ $RUN_ID = 1 ] || exit 75"
        task, status = self.run_task(shell(script, artifacts=["seen.txt"], onExitStatus={"retry": [75]}))
        self.assertEqual((status["state"], reasons(status)), ("completed", ["intermittent-task", "completed"]))
        for run in (0, 1):
            self.assertEqual(self.cluster.artifact(task, "public/seen.txt", run), b"seen.txt\n")

    def test_fails_a_task_whose_exit_code_is_not_to_be_retried(self):
        _, status = self.run_task(shell("exit 66", onExitStatus={"retry": [75]}))
        self.assertEqual((status["state"], reasons(status)), ("failed", ["failed"]))

    def test_retries_only_as_often_as_the_task_allows(self):
        _, status = self.run_task(shell("exit 75", onExitStatus={"retry": [75]}), retries=2)
        self.assertEqual((status["state"], reasons(status)), ("exception", ["intermittent-task"] * 3))

    def test_completes_a_task_whose_artifact_is_missing_as_d2g_does(self):
        task, status = self.run_task(shell("true", artifacts=["never.txt"]))
        self.assertEqual(status["state"], "completed")
        self.assertEqual(set(self.cluster.artifacts(task)), {"public/logs/live.log", "public/logs/live_backing.log"})

    def test_kills_without_a_warning_at_the_end_of_maxRunTime_and_still_uploads(self):
        script = "trap 'echo warned > out.txt' TERM; echo half > out.txt; while :; do sleep 0.1; done"
        task, status = self.run_task(shell(script, artifacts=["out.txt"], maxRunTime=5))
        self.assertEqual((status["state"], reasons(status)), ("failed", ["failed"]))
        self.assertEqual(self.cluster.artifact(task, "public/out.txt"), b"half\n")

    def test_reports_a_payload_that_does_not_fit_as_malformed(self):
        _, status = self.run_task(shell("true", maxRunTime="soon"))
        self.assertEqual((status["state"], reasons(status)), ("exception", ["malformed-payload"]))

    def test_works_on_while_the_services_stumble(self):
        self.cluster.control.add_fault({"match": {"client": "task-client/*"}, "share": 0.3, "do": {"status": 503}})
        self.cluster.control.add_fault({"match": {"service": "bucket", "http": "PUT"}, "times": 2,
                                        "do": {"drop": "before"}})
        task, status = self.run_task(shell("echo x > out.txt", artifacts=["out.txt"]))
        self.assertEqual((status["state"], self.cluster.artifact(task, "public/out.txt")), ("completed", b"x\n"))

    @unittest.skipUnless(os.geteuid() == 0, "only root may change the user")
    def test_runs_commands_as_the_user_of_the_image(self):
        task, _ = self.run_task(shell("id -u > id.txt; id -G >> id.txt", artifacts=["id.txt"]), {"user": 65534})
        self.assertEqual(self.cluster.artifact(task, "public/id.txt"), b"65534\n65534\n")


if __name__ == "__main__":
    unittest.main()
