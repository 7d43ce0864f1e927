"""af monitor: the page and the user's credentials on loopback, and nothing else reachable."""
import http.client
import os
import signal
import socket
import time
import unittest
from urllib.parse import urlsplit

from monitor_support import SENTENCE, SPEED, Group, Monitor, MonitorCase
from taskcluster.cluster import QUEUE
from taskcluster.values import slugid

BIG = 96 << 20


class MonitorServer(MonitorCase):
    def finished(self, data, artifacts="af"):
        """A group whose result is there."""
        group = Group(self.cluster, mappers=1, artifacts=artifacts)
        group.end(group.mappers[0])
        group.start(group.reducers[0])
        group.publish(group.reducers[0], data)
        group.end(group.reducers[0])
        return group

    def test_a_private_result_is_read_in_the_browser_with_the_credentials_of_the_user(self):
        group = self.finished(b"Linux 5\nWINNT 7\n")
        monitor = Monitor(self, group.id)
        browser = self.browser(SPEED)
        browser.open(monitor.url)
        browser.wait_for_text(SENTENCE, "Finished: all 2 tasks have completed.")
        address = browser.links("#results")["af/result.txt"]
        self.assertTrue(address.startswith(monitor.url), address)
        self.assertEqual(browser.complaints(), [])
        self.assertEqual(browser.asked(), {f"http://{monitor.host}"}, "it asks nobody but af monitor")
        browser.open(address)
        self.assertEqual(browser.text("body"), "Linux 5\nWINNT 7")
        listing = self.cluster.requests(call="listTaskGroup")
        self.assertEqual([entry["client"] for entry in listing], [self.cluster.environment()["TASKCLUSTER_CLIENT_ID"]])
        self.assertEqual(monitor.end().status, 0)

    def test_a_task_of_a_real_worker_is_seen_from_waiting_to_its_result(self):
        group_id = slugid()
        marks = {"role": "reduce", "index": 0, "mappers": 0, "mergers": 0, "reducers": 1, "artifacts": "af",
                 "result": "af/result.txt", "job": "hello"}
        self.cluster.create(taskGroupId=group_id, extra={"af": marks},
                            command=["sh", "-c", "mkdir -p af; echo hello > af/result.txt"],
                            payload={"artifacts": {"af": {"type": "directory", "path": "/home/worker/af"}}})
        monitor = Monitor(self, group_id)
        browser = self.browser(SPEED)
        browser.open(monitor.url)
        browser.wait_for_text(SENTENCE, "Waiting for workers")
        self.cluster.start_worker(QUEUE)
        browser.wait_for_text(SENTENCE, "Finished: the task has completed.")
        browser.open(browser.links("#results")["af/result.txt"])
        self.assertEqual(browser.text("body"), "hello")

    def test_a_large_result_is_streamed_and_never_held(self):
        data = os.urandom(1 << 20) * (BIG >> 20)
        group = self.finished(data)
        monitor = Monitor(self, group.id)
        monitor.ask(f"api/queue/v1/task-group/{group.id}/list")
        status, headers, body = monitor.ask(f"api/queue/v1/task/{group.reducers[0]}/runs/0/artifacts/af/result.txt",
                                            headers={"Accept-Encoding": "gzip, br"})
        self.assertEqual((status, headers["content-encoding"], body == data), (200, None, True))
        self.assertLess(monitor.peak_bytes(), BIG / 2)
        monitor.end()

    def test_only_get_for_this_host_below_the_secret_path(self):
        group = self.finished(b"secret result")
        other = self.finished(b"of another group")
        monitor = Monitor(self, group.id)
        self.assertEqual(monitor.ask("")[0], 200)
        port = urlsplit(monitor.url).port
        for host in ("evil.example.org", f"evil.example.org:{port}", "127.0.0.1", f"localhost:{port}", ""):
            self.assertEqual(monitor.ask("", headers={"Host": host})[0], 403, host)
        listing = f"api/queue/v1/task-group/{group.id}/list"
        artifact = f"api/queue/v1/task/{group.reducers[0]}/runs/0/artifacts/af/result.txt"
        self.assertEqual(monitor.ask(artifact)[0], 404, "before the group was listed")
        self.assertEqual(monitor.ask(listing)[0], 200)
        self.assertEqual(monitor.ask(artifact)[2], b"secret result")
        for method in ("POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"):
            self.assertEqual(monitor.ask(listing, method)[0], 405, method)
        for path in ("/", "/favicon.ico", f"/{listing}", f"/{'A' * 32}/", f"{monitor.path[:-2]}/", "/../etc/passwd",
                     f"{monitor.path}../", f"{monitor.path}api/queue/v1/task/{group.reducers[0]}",
                     f"{monitor.path}api/queue/v1/task-group/{other.id}/list",
                     f"{monitor.path}api/secrets/v1/secrets"):
            self.assertEqual(monitor.ask(path, absolute=True)[0], 404, path)
        foreign = f"api/queue/v1/task/{other.reducers[0]}/runs/0/artifacts/af/result.txt"
        self.assertEqual(monitor.ask(foreign)[0], 404, "a task of another group")
        self.assertEqual(monitor.ask("api/queue/v1/task/" + group.reducers[0] + "/runs/0/artifacts/af/none")[0], 404)

    def test_what_is_served_allows_no_other_page_and_runs_nothing_of_a_task(self):
        group = self.finished(b"<script>alert(1)</script>")
        reducer = group.reducers[0]
        self.cluster.control.make_artifact(reducer, "af/x.html", {"storageType": "s3", "contentType": "text/html"})
        self.cluster.services.bucket.write(self.cluster.control.blob(reducer, "af/x.html", 0),
                                           b"<script>alert(1)</script>")
        monitor = Monitor(self, group.id)
        secrets = [self.cluster.environment()[name] for name in ("TASKCLUSTER_CLIENT_ID", "TASKCLUSTER_ACCESS_TOKEN")]
        artifacts = f"api/queue/v1/task/{reducer}/runs/0/artifacts"
        for path in ("", f"api/queue/v1/task-group/{group.id}/list", f"{artifacts}/af/result.txt",
                     f"{artifacts}/af/x.html"):
            status, headers, body = monitor.ask(path, headers={"Origin": "https://evil.example.org"})
            self.assertEqual(status, 200, path)
            self.assertEqual((headers["x-content-type-options"], headers["referrer-policy"], headers["cache-control"]),
                             ("nosniff", "no-referrer", "no-store"))
            self.assertIsNone(headers["access-control-allow-origin"])
            self.assertFalse(any(secret.encode() in body for secret in secrets), path)
            if "artifacts" in path:
                self.assertIn("sandbox", headers["content-security-policy"])
                self.assertNotIn("html", headers["content-type"])
        self.assertIn("attachment", headers["content-disposition"])

    def test_each_start_has_a_path_of_its_own_and_a_port_that_is_taken_is_refused(self):
        group = self.finished(b"x")
        first, second = Monitor(self, group.id), Monitor(self, group.id)
        self.assertNotEqual(first.path, second.path)
        self.assertGreaterEqual(len(first.path.strip("/")) * 6, 128, "bits")
        port = urlsplit(first.url).port
        run = self.af("monitor", group.id, "--port", port, env=self.cluster.environment())
        self.assert_refused(run, 71, "OS", f"127.0.0.1:{port}", "--port")

    def test_it_ends_well_by_ctrl_c_and_by_sigterm_while_a_page_is_open(self):
        group = Group(self.cluster)
        for number in (signal.SIGINT, signal.SIGTERM):
            monitor = Monitor(self, group.id)
            connection = http.client.HTTPConnection(monitor.host, timeout=30)
            self.addCleanup(connection.close)
            connection.request("GET", monitor.path)
            connection.getresponse().read()
            run = monitor.end(number)
            self.assertEqual((run.status, run.stdout), (0, b""), str(run))

    def test_a_download_that_nobody_reads_on_does_not_hold_the_end_up(self):
        group = self.finished(bytes(64 << 20))
        monitor = Monitor(self, group.id)
        monitor.ask(f"api/queue/v1/task-group/{group.id}/list")
        with socket.create_connection(("127.0.0.1", urlsplit(monitor.url).port)) as paused:
            path = f"{monitor.path}api/queue/v1/task/{group.reducers[0]}/runs/0/artifacts/af/result.txt"
            paused.sendall(f"GET {path} HTTP/1.1\r\nHost: {monitor.host}\r\n\r\n".encode())
            self.assertTrue(paused.recv(100).startswith(b"HTTP/1.1 200"))
            began = time.monotonic()
            self.assertEqual(monitor.end().status, 0)
            self.assertLess(time.monotonic() - began, 30)

    def test_refusals_of_the_queue_reach_the_page(self):
        group = self.finished(b"x")
        self.cluster.control.add_fault({"match": {"call": "listTaskGroup"}, "times": 1,
                                        "do": {"status": 403, "code": "InsufficientScopes"}})
        monitor = Monitor(self, group.id)
        browser = self.browser(SPEED)
        browser.open(monitor.url)
        browser.wait_for_text("#trouble", "Your credentials lack a scope")
        twice = 2  # a connection that was used before is tried again at once
        self.cluster.control.add_fault({"match": {"call": "listTaskGroup"}, "times": twice, "do": {"drop": "before"}})
        said = browser.remember("#trouble")
        browser.run("document.getElementById('again').click()")
        browser.wait_for_text(SENTENCE, "Finished")
        self.assertIn("has a problem of its own (HTTP 502", said())
        self.assertEqual(len(self.looks()), 2 + twice, "af monitor asks as often as the page")

    def test_bad_arguments_are_refused_in_one_line(self):
        for words, part in ((["xyz"], "no id of a task group"), ([], "history is empty"),
                            ([slugid(), "--root-url", "http://tc.example.org"], "no address of a Taskcluster")):
            self.assert_refused(self.af("monitor", *words), 2, "USAGE", part)

    def test_without_credentials_what_everybody_may_see_is_shown(self):
        group = self.finished(b"open", artifacts="public/af")
        monitor = Monitor(self, group.id, "--root-url", self.cluster.root_url, env={})
        self.assertEqual(monitor.ask("")[0], 200)
        self.assertEqual(monitor.ask(f"api/queue/v1/task-group/{group.id}/list")[0], 200)
        self.assertEqual(monitor.end().status, 0)

    def test_the_written_page_has_what_was_given_and_replaces_the_old_one_whole(self):
        path = os.path.join(self.out, "monitor.html")
        group_id = slugid()
        for _ in range(2):
            run = self.af("monitor", group_id, "--write", path, "--root-url", "https://tc.example.org/")
            self.assertEqual((run.status, run.stdout), (0, b""), str(run))
        with open(path, encoding="utf-8") as file:
            page = file.read()
        self.assertIn('<meta name="af-root-url" content="https://tc.example.org">', page)
        self.assertIn(f'<meta name="af-task-group" content="{group_id}">', page)
        run = self.af("monitor", "--write", os.path.join(self.out, "none", "x.html"))
        self.assertNotEqual(run.status, 0)
        self.assertEqual(len(run.errors()), 1, str(run))


if __name__ == "__main__":
    unittest.main()
