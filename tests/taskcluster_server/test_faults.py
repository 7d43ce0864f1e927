"""Faults on demand, the request log, and the same by the control endpoint."""
import http.client
import unittest

import support  # noqa: F401  (puts the package on the path)
from taskcluster import Cluster
from taskcluster.client import CallFailed, Client
from taskcluster.values import slugid

PING = "/api/queue/v1/ping"


class Faults(unittest.TestCase):
    def setUp(self):
        self.cluster = Cluster()
        self.addCleanup(self.cluster.stop)

    def ping(self):
        return Client(self.cluster.root_url).request("GET", self.cluster.root_url + PING)

    def fault(self, do, **rule):
        self.cluster.control.add_fault({"match": {"call": "ping"}, "do": do, **rule})

    def test_answer_an_error_so_many_times_and_then_the_truth(self):
        self.fault({"status": 503}, after=1, times=2)
        self.assertEqual([self.ping()[0] for _ in range(4)], [200, 503, 503, 200])
        self.assertEqual(self.cluster.control.count(call="ping"), 4)
        self.assertEqual(self.cluster.control.count(call="ping", status=503), 2)

    def test_have_the_body_of_an_api_error_or_a_page(self):
        self.fault({"status": 500}, times=1)
        self.fault({"status": 502, "html": True}, times=1)
        self.assertIn(b'"code":"InternalServerError"', self.ping()[2])
        status, headers, body = self.ping()
        self.assertEqual((status, headers["content-type"], body[:6]), (502, "text/html", b"<html>"))

    def test_drop_the_connection_before_or_after_the_call_was_made(self):
        for when, made in (("before", 404), ("after", 200)):
            with self.subTest(when):
                task = slugid()
                self.cluster.control.add_fault({"match": {"call": "createTask"}, "times": 1, "do": {"drop": when}})
                with self.assertRaises((http.client.HTTPException, ConnectionError)):
                    self.cluster.create(task_id=task)
                status = Client(self.cluster.root_url).request(
                    "GET", f"{self.cluster.root_url}/api/queue/v1/task/{task}/status")[0]
                self.assertEqual(status, made)

    def test_let_a_retry_after_a_lost_reply_find_the_same_task(self):
        definition, task = self.cluster.definition(), slugid()
        rule = {"match": {"call": "createTask"}, "times": 1, "do": {"status": 503, "after_commit": True}}
        self.cluster.control.add_fault(rule)
        with self.assertRaises(CallFailed):
            self.cluster.create(definition, task)
        self.cluster.create(definition, task)
        self.assertEqual(len(self.cluster.status(task)["runs"]), 1)

    def test_cut_a_body_short(self):
        self.fault({"cut": 5})
        with self.assertRaises(http.client.IncompleteRead):
            self.ping()

    def test_choose_by_share_the_same_requests_for_the_same_seed(self):
        self.fault({"status": 500}, share=0.5, seed=7)
        first = [self.ping()[0] for _ in range(40)]
        self.cluster.control.clear_faults()
        self.fault({"status": 500}, share=0.5, seed=7)
        self.assertEqual([self.ping()[0] for _ in range(40)], first)
        self.assertEqual(set(first), {200, 500})

    def test_refuse_a_rule_with_a_word_they_do_not_know(self):
        with self.assertRaises(ValueError):
            self.cluster.control.add_fault({"match": {"verb": "GET"}, "do": {"status": 500}})

    def test_are_reached_by_http_too(self):
        client = Client(self.cluster.root_url)
        url = self.cluster.root_url + "/control/"
        status, _, _ = client.request("POST", url + "add_fault", {"rule": {"match": {"call": "ping"},
                                                                           "do": {"status": 418}}})
        self.assertEqual((status, self.ping()[0]), (200, 418))
        self.assertEqual(client.request("POST", url + "count", {"call": "ping"})[2], b'{"result":1}')
        self.assertEqual(client.request("POST", url + "nonsense", {})[0], 400)


if __name__ == "__main__":
    unittest.main()
