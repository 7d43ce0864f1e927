"""The queue's rules: what time, dependencies, groups and repeated calls do to tasks."""
import unittest

from support import SECONDS
from taskcluster import Cluster
from taskcluster.client import CallFailed
from taskcluster.cluster import QUEUE
from taskcluster.values import slugid


class TheQueue(unittest.TestCase):
    def setUp(self):
        self.cluster = Cluster(claim_wait_seconds=0)
        self.addCleanup(self.cluster.stop)
        self.worker = self.cluster.client("static/test/worker")

    def claim(self, tasks=1):
        return self.worker.call("queue", "POST", f"/claim-work/{QUEUE}",
                                {"workerGroup": "g", "workerId": "w", "tasks": tasks})["tasks"]

    def report(self, claim, verb, body=None):
        client = self.cluster.client()
        client.credentials = claim["credentials"]
        path = f"/task/{claim['status']['taskId']}/runs/{claim['runId']}/{verb}"
        return client.call("queue", "POST", path, body)["status"]

    def refusal(self, method, path, body=None, client=None):
        with self.assertRaises(CallFailed) as caught:
            (client or self.cluster.root).call("queue", method, path, body)
        return caught.exception.status, caught.exception.code

    def test_takes_the_same_definition_twice_and_no_other_under_its_id(self):
        definition = self.cluster.definition()
        task = self.cluster.create(definition)
        self.cluster.create(definition, task)
        changed = {**definition, "retries": 1}
        self.assertEqual(self.refusal("PUT", f"/task/{task}", changed), (409, "RequestConflict"))
        self.assertEqual(len(self.claim(2)), 1)

    def test_names_the_scopes_that_lack(self):
        limited = self.cluster.client("static/test/limited")
        with self.assertRaises(CallFailed) as caught:
            limited.call("queue", "PUT", f"/task/{slugid()}", self.cluster.definition(scopes=["secrets:get:x"]))
        self.assertEqual(caught.exception.code, "InsufficientScopes")
        self.assertIn("secrets:get:x", caught.exception.body["message"])
        self.assertNotIn("queue:create-task:project:none",
                         caught.exception.body["message"].split("This request requires")[0])

    def test_refuses_a_dependency_that_does_not_exist(self):
        task = slugid()
        body = self.cluster.definition(dependencies=[slugid()])
        self.assertEqual(self.refusal("PUT", f"/task/{task}", body), (400, "InputError"))
        self.assertEqual(self.refusal("GET", f"/task/{task}/status"), (404, "ResourceNotFound"))

    def test_schedules_a_dependent_by_what_it_requires(self):
        first = self.cluster.create()
        strict = self.cluster.create(dependencies=[first])
        lenient = self.cluster.create(dependencies=[first], requires="all-resolved")
        claim, = self.claim()
        self.assertEqual(self.report(claim, "failed")["state"], "failed")
        self.assertEqual(self.cluster.status(lenient)["state"], "pending")
        self.assertEqual(self.cluster.status(strict)["state"], "unscheduled")
        self.cluster.root.call("queue", "POST", f"/task/{first}/rerun")
        for again in self.claim(2):
            if again["status"]["taskId"] == first:
                self.report(again, "completed")
        self.assertEqual(self.cluster.status(strict)["state"], "pending")

    def test_gives_a_run_again_when_its_claim_ran_out_until_no_retries_are_left(self):
        task = self.cluster.create(retries=1)
        self.claim()
        self.cluster.control.advance(1201)
        status = self.cluster.status(task)
        self.assertEqual((status["state"], status["retriesLeft"]), ("pending", 0))
        self.assertEqual(status["runs"][1]["reasonCreated"], "retry")
        self.claim()
        self.cluster.control.advance(1201)
        self.assertEqual([run["reasonResolved"] for run in self.cluster.status(task)["runs"]], ["claim-expired"] * 2)

    def test_lets_a_reclaimed_run_live_on(self):
        task = self.cluster.create()
        claim, = self.claim()
        self.cluster.control.advance(1000)
        client = self.cluster.client()
        client.credentials = claim["credentials"]
        client.call("queue", "POST", f"/task/{task}/runs/0/reclaim")
        self.cluster.control.advance(1000)
        self.assertEqual(self.cluster.status(task)["state"], "running")

    def test_ends_what_is_past_its_deadline(self):
        blocked_by = self.cluster.create(seconds=7200)
        task = self.cluster.create(seconds=3600, dependencies=[blocked_by])
        self.cluster.control.advance(3601)
        run, = self.cluster.status(task)["runs"]
        self.assertEqual((run["reasonCreated"], run["reasonResolved"]), ("exception", "deadline-exceeded"))
        self.assertEqual(self.refusal("POST", f"/task/{task}/rerun"), (409, "RequestConflict"))

    def test_lists_a_group_page_by_page_each_task_once(self):
        group = slugid()
        made = {self.cluster.create(taskGroupId=group) for _ in range(7)}
        seen, query = [], "?limit=3"
        while query:
            reply = self.cluster.root.call("queue", "GET", f"/task-group/{group}/list{query}")
            self.assertLessEqual(len(reply["tasks"]), 3)
            seen += [task["status"]["taskId"] for task in reply["tasks"]]
            token = reply.get("continuationToken")
            query = f"?limit=3&continuationToken={token}" if token else None
        self.assertEqual((len(seen), set(seen)), (7, made))

    def test_cancels_a_group_only_when_it_is_sealed(self):
        group = slugid()
        task = self.cluster.create(taskGroupId=group)
        self.assertEqual(self.refusal("POST", f"/task-group/{group}/cancel"), (409, "RequestConflict"))
        self.cluster.root.call("queue", "POST", f"/task-group/{group}/seal")
        self.assertEqual(self.refusal("PUT", f"/task/{slugid()}", self.cluster.definition(taskGroupId=group)),
                         (409, "RequestConflict"))
        reply = self.cluster.root.call("queue", "POST", f"/task-group/{group}/cancel")
        self.assertEqual((reply["taskIds"], reply["cancelledCount"]), ([task], 1))

    def test_hands_out_the_higher_priority_first_and_then_the_older(self):
        names = [self.cluster.create(priority=priority) for priority in ("low", "high", "low")]
        claimed = [claim["status"]["taskId"] for claim in self.claim(3)]
        self.assertEqual(claimed, [names[1], names[0], names[2]])

    def test_an_empty_claim_returns_as_soon_as_there_is_work(self):
        self.cluster.services.queue_service.claim_wait_seconds = SECONDS
        self.cluster.start_worker()
        self.assertEqual(self.cluster.wait_for_task(self.cluster.create(), SECONDS / 2)["state"], "completed")


if __name__ == "__main__":
    unittest.main()
