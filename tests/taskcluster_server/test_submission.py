"""What a command line client that submits and watches a group of tasks meets."""
import gzip
import http.client
import threading
import time
import unittest
from urllib.parse import urlsplit

from support import SECONDS, shell
from taskcluster import Cluster
from taskcluster.client import CallFailed, Client
from taskcluster.values import slugid

SERVICES = ("queue", "index", "auth", "notify", "secrets", "object", "worker-manager")


class Base(unittest.TestCase):
    def setUp(self):
        self.cluster = Cluster(claim_wait_seconds=0)
        self.addCleanup(self.cluster.stop)

    def refusal(self, *call, client=None):
        with self.assertRaises(CallFailed) as caught:
            (client or self.cluster.root).call(*call)
        return caught.exception.status, caught.exception.code, caught.exception.body["message"]

    def run_task(self, script="true", **fields):
        if not self.cluster.workers:
            self.cluster.start_worker()
        task_id = self.cluster.create(**shell(script, **fields.pop("payload", {})), **fields)
        self.cluster.wait_for_task(task_id, SECONDS)
        return task_id


class Before(Base):
    def test_every_service_says_that_it_is_alive(self):
        for service in SERVICES:
            self.assertIs(self.cluster.client(None).call(service, "GET", "/ping")["alive"], True, service)

    def test_a_client_learns_its_own_scopes(self):
        self.cluster.control.add_client("me", "a-token", ["assume:writer", "queue:route:index.af.*"])
        self.cluster.root.call("auth", "PUT", "/roles/writer", {"scopes": ["secrets:get:af"], "description": "-"})
        me = self.cluster.client("me")
        scopes = me.call("auth", "GET", "/scopes/current")["scopes"]
        self.assertLessEqual({"assume:writer", "queue:route:index.af.*", "secrets:get:af"}, set(scopes))
        expanded = me.call("auth", "POST", "/scopes/expand", {"scopes": ["assume:writer"]})["scopes"]
        self.assertIn("secrets:get:af", expanded)

    def test_what_is_told_of_a_client_holds_no_token(self):
        known = self.cluster.root.call("auth", "GET", "/clients/static%2Ftest%2Flimited")
        self.assertIn("queue:scheduler-id:test-scheduler", known["expandedScopes"])
        self.assertNotIn("accessToken", known)
        self.assertEqual(self.refusal("auth", "GET", "/clients/nobody")[:2], (404, "ResourceNotFound"))
        limited = self.cluster.client("static/test/limited")
        self.assertEqual(self.refusal("auth", "GET", "/clients/me", client=limited)[0], 403)


class Posting(Base):
    def test_a_definition_whose_dependencies_are_wrong_leaves_its_id_free(self):
        task, first = slugid(), self.cluster.create(seconds=60)
        late = self.cluster.definition(dependencies=[first, slugid()], seconds=4 * 24 * 3600)
        status, code, message = self.refusal("queue", "PUT", f"/task/{task}", late)
        self.assertEqual((status, code), (400, "InputError"))
        self.assertIn("references non-existing tasks", message)
        self.assertIn(f"this is not allowed, see tasks: \n * {first},", message)
        self.cluster.create(self.cluster.definition(dependencies=[first]), task)
        self.assertEqual(self.cluster.status(task)["state"], "unscheduled")

    def test_a_reply_that_is_lost_on_the_way_hides_a_task_that_is_there(self):
        for do in ({"drop": "after"}, {"cut": 20}, {"status": 502, "html": True, "after_commit": True}):
            with self.subTest(**do):
                task, definition = slugid(), self.cluster.definition()
                self.cluster.control.add_fault({"match": {"call": "createTask"}, "times": 1, "do": do})
                with self.assertRaises((http.client.HTTPException, ConnectionError, CallFailed)):
                    self.cluster.create(definition, task)
                self.assertEqual(len(self.cluster.status(task)["runs"]), 1)
                self.cluster.create(definition, task)  # the same bytes again
                self.assertEqual(self.refusal("queue", "PUT", f"/task/{task}", {**definition, "retries": 0})[:2],
                                 (409, "RequestConflict"))
                self.assertEqual(self.cluster.root.call("queue", "GET", f"/task/{task}")["retries"], 5)

    def test_a_listing_gives_a_thousand_tasks_at_most(self):
        group = slugid()
        definition = self.cluster.definition(taskGroupId=group)
        ids = {slugid() for _ in range(2001)}
        for task in ids:
            self.cluster.create(definition, task)
        sizes, seen, token = [], set(), ""
        while token is not None:
            query = "?limit=5000" + (f"&continuationToken={token}" if token else "")
            reply = self.cluster.root.call("queue", "GET", f"/task-group/{group}/list{query}")
            self.assertEqual(reply["tasks"][0]["task"]["payload"], definition["payload"])
            sizes.append(len(reply["tasks"]))
            seen |= {task["status"]["taskId"] for task in reply["tasks"]}
            token = reply.get("continuationToken")
        self.assertEqual((sizes, seen), ([1000, 1000, 1], ids))
        self.assertEqual(self.refusal("queue", "GET", f"/task-group/{group}/list?continuationToken=x")[:2],
                         (400, "InputError"))

    def test_a_listing_shows_a_changed_priority(self):
        task = self.cluster.create()
        self.cluster.root.call("queue", "GET", f"/task-group/{task}/list")
        self.cluster.root.call("queue", "POST", f"/task/{task}/priority", {"newPriority": "high"})
        shown, = self.cluster.root.call("queue", "GET", f"/task-group/{task}/list")["tasks"]
        self.assertEqual(shown["task"]["priority"], "high")

    def test_latency_is_that_of_each_request_and_not_of_all_together(self):
        self.cluster.control.set_latency(0.3)
        began = time.monotonic()
        threads = [threading.Thread(target=self.cluster.create) for _ in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertTrue(0.3 <= time.monotonic() - began < 4, time.monotonic() - began)


class TheMonitorPage(Base):
    def browser(self, method, path, headers):
        place = urlsplit(self.cluster.root_url)
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=SECONDS)
        self.addCleanup(connection.close)
        connection.request(method, path, headers={"Origin": "https://monitor.example", **headers})
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}

    def test_is_allowed_to_read_from_any_origin_answers_and_refusals(self):
        task = self.cluster.create()
        for path, wanted in ((f"/task-group/{task}", 200), (f"/task/{task}/status", 200), (f"/task/{slugid()}", 404),
                             ("/task/none", 400), ("/nothing", 404)):
            status, headers = self.browser("GET", "/api/queue/v1" + path, {})
            self.assertEqual((status, headers.get("access-control-allow-origin")), (wanted, "*"), path)

    def test_is_allowed_to_sign(self):
        status, headers = self.browser("OPTIONS", f"/api/queue/v1/task/{slugid()}", {
            "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"})
        self.assertEqual(status, 200)
        self.assertIn("GET", headers["access-control-allow-methods"])
        self.assertIn("authorization", headers["access-control-allow-headers"].lower())


class Afterwards(Base):
    def test_the_index_leads_to_the_latest_result(self):
        payload = {"artifacts": ["r.txt"]}
        for number in (1, 2):
            task = self.run_task(f"echo {number} > r.txt", payload=payload, routes=["index.af.jobs.os-count"])
        anyone = Client(self.cluster.root_url)
        self.assertEqual(anyone.call("index", "GET", "/task/af.jobs.os-count")["taskId"], task)
        url = f"{self.cluster.root_url}/api/index/v1/task/af.jobs.os-count/artifacts/public/r.txt"
        status, headers, _ = anyone.request("GET", url)
        self.assertEqual(status, 303)
        while status in (302, 303):
            status, headers, data = anyone.request("GET", headers["location"])
        self.assertEqual((status, gzip.decompress(data)), (200, b"2\n"))

    def test_messages_go_to_slack_and_matrix_as_the_task_words_them(self):
        notify = {"slackText": "${task.metadata.name} ${status.state}", "matrixBody": "done: ${taskId}",
                  "matrixFormattedBody": "<b>${task.tags['kind']}</b>", "matrixFormat": "org.matrix.custom.html"}
        task = self.run_task(routes=["notify.slack-channel.C123.on-completed", "notify.matrix-room.!r:x.y.on-resolved"],
                             extra={"notify": notify}, name="job", tags={"kind": "af-reduce"})
        slack, matrix = self.cluster.outbox
        self.assertEqual((slack["kind"], slack["to"], slack["text"]), ("slack-channel", "C123", "job completed"))
        self.assertEqual(slack["blocks"][0]["text"]["text"], "job completed")
        self.assertEqual(matrix, {"kind": "matrix-room", "to": "!r:x.y", "body": f"done: {task}", "msgtype": "m.notice",
                                  "formattedBody": "<b>af-reduce</b>", "format": "org.matrix.custom.html"})

    def test_messages_without_words_of_the_task_have_those_of_the_service(self):
        task = self.run_task("exit 3", name="job", routes=[f"notify.{to}.on-failed" for to in (
            "email.me@example.org", "slack-channel.C1", "matrix-room.!r:x")])
        mail, slack, matrix = self.cluster.outbox
        self.assertEqual(mail["subject"], f"Task failed: job - {task}")
        self.assertIn("**Status:** failed (in 1 run)\n**Name:** job\n", mail["content"])
        self.assertIn("**Owner:** owner@example.org\n", mail["content"])
        self.assertEqual((mail["link"]["text"], mail["template"]), ("Inspect Task", "simple"))
        self.assertTrue(slack["text"].startswith(":x: *<"), slack["text"])
        self.assertTrue(matrix["body"].startswith("'job' resolved as 'failed': http"), matrix["body"])

    def test_a_template_that_fails_says_so_in_the_message_and_loses_it_in_the_link(self):
        routes = ["notify.email.me@example.org.on-completed"]
        mail = {"subject": "${nothing}", "content": "${status.runs[0].state} $${x} ${status.runs}",
                "link": {"text": "t", "href": "h"}}
        self.run_task(routes=routes, extra={"notify": {"email": mail}})
        self.run_task(routes=routes, extra={"notify": {"email": {**mail, "link": {"text": "${x}", "href": "h"}}}})
        sent, = self.cluster.outbox
        self.assertEqual(sent["subject"],
                         "Error parsing custom message: InterpreterError: unknown context value nothing")
        self.assertIn("produced an array or object", sent["content"])

    def test_an_exception_is_told_unless_a_person_canceled(self):
        routes = ["notify.email.me@example.org.on-exception", "notify.email.you@example.org.on-resolved"]
        canceled = self.cluster.create(routes=routes)
        self.cluster.root.call("queue", "POST", f"/task/{canceled}/cancel")
        late = self.cluster.create(routes=routes, seconds=60)
        self.cluster.control.advance(61)
        self.assertEqual([(mail["to"], mail["subject"]) for mail in self.cluster.outbox],
                         [(to, f"Task exception: test task - {late}") for to in ("me@example.org", "you@example.org")])


if __name__ == "__main__":
    unittest.main()
