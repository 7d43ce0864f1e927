"""Artifacts and what can go wrong with them."""
import hashlib
import unittest

from support import SECONDS, shell
from taskcluster import Cluster
from taskcluster.client import CallFailed, Client, send

NAME = "public/out.txt"


class Artifacts(unittest.TestCase):
    def setUp(self):
        self.cluster = Cluster()
        self.addCleanup(self.cluster.stop)

    def finished_task(self, text="hello", **worker):
        self.cluster.start_worker(**worker)
        task = self.cluster.create(**shell(f"echo {text} > out.txt", artifacts=["out.txt"]))
        self.cluster.wait_for_task(task, SECONDS)
        return task

    def redirect(self, task, name=NAME, run=0):
        """(status, headers, body) of getArtifact, not followed."""
        reader = Client(self.cluster.root_url)
        return reader.request("GET", f"{self.cluster.root_url}/api/queue/v1/task/{task}/runs/{run}/artifacts/{name}")

    def test_are_reached_by_a_redirect_to_another_origin_that_refuses_an_authorization(self):
        task = self.finished_task()
        status, headers, _ = self.redirect(task)
        self.assertEqual(status, 303)
        self.assertTrue(headers["location"].startswith(self.cluster.bucket_url + "/public-bucket/"))
        self.assertEqual(send("GET", headers["location"], None, {"Authorization": "Hawk x"})[0], 400)
        self.assertEqual(send("GET", headers["location"], None, {})[0], 200)
        self.assertEqual(send("GET", headers["location"].replace("out.txt", "other"), None, {})[0], 403)

    def test_come_gzipped_even_to_who_did_not_ask_unless_the_name_says_compressed(self):
        self.cluster.start_worker()
        task = self.cluster.create(**shell("echo x > a.txt; echo x > b.zst", artifacts=["a.txt", "b.zst"]))
        self.cluster.wait_for_task(task, SECONDS)
        self.assertEqual(self.cluster.root.artifact(task, "public/a.txt")[1].get("content-encoding"), "gzip")
        data, headers = self.cluster.root.artifact(task, "public/b.zst")
        self.assertEqual((data, headers.get("content-encoding")), (b"x\n", None))

    def test_urls_expire_by_time_and_by_order(self):
        task = self.finished_task()
        for expire in (lambda: self.cluster.control.advance(1801), self.cluster.control.expire_urls):
            url = self.redirect(task)[1]["location"]
            self.assertEqual(send("GET", url, None, {})[0], 200)
            expire()
            status, _, body = send("GET", url, None, {})
            self.assertEqual((status, b"Request has expired" in body), (403, True))
        self.assertEqual(self.cluster.artifact(task, NAME), b"hello\n")

    def test_are_served_in_ranges(self):
        url = self.redirect(self.finished_task(encoding="identity"))[1]["location"]
        status, headers, body = send("GET", url, None, {"Range": "bytes=1-3"})
        self.assertEqual((status, headers["content-range"], body), (206, "bytes 1-3/6", b"ell"))

    def test_can_be_missing_in_the_queue_or_in_the_bucket(self):
        task = self.finished_task()
        self.cluster.control.remove_artifact_data(task, NAME)
        self.assertEqual(send("GET", self.redirect(task)[1]["location"], None, {})[0], 404)
        self.cluster.control.remove_artifact(task, NAME)
        self.assertEqual(self.redirect(task)[0], 404)

    def test_can_be_cut_corrupt_or_replaced(self):
        task = self.finished_task(encoding="identity")
        self.cluster.control.corrupt_artifact(task, NAME, at=0)
        self.assertEqual(self.cluster.artifact(task, NAME), b"iello\n")
        self.cluster.control.cut_artifact(task, NAME, keep=2)
        self.assertEqual(self.cluster.artifact(task, NAME), b"ie")
        self.cluster.control.replace_artifact(task, NAME, "eA==")
        self.assertEqual(self.cluster.artifact(task, NAME), b"x")

    def test_can_be_errors_links_and_references(self):
        task = self.finished_task()
        make = self.cluster.control.make_artifact
        make(task, "public/bad", {"storageType": "error", "reason": "file-missing-on-worker", "message": "gone"})
        make(task, "public/link", {"storageType": "link", "artifact": NAME})
        make(task, "public/ref", {"storageType": "reference", "url": "http://127.0.0.1:1/elsewhere"})
        make(task, "public/into-private", {"storageType": "link", "artifact": "af/secret"})
        status, headers, body = self.redirect(task, "public/bad")
        self.assertEqual((status, headers["x-taskcluster-artifact-storage-type"]), (424, "error"))
        self.assertIn(b"gone", body)
        self.assertEqual(self.cluster.artifact(task, "public/link"), b"hello\n")
        self.assertEqual(self.redirect(task, "public/ref")[1]["location"], "http://127.0.0.1:1/elsewhere")
        self.assertEqual(self.redirect(task, "public/into-private")[0], 403)

    def test_of_a_rerun_are_those_of_its_last_run_even_while_that_is_pending(self):
        task = self.finished_task()
        self.cluster.workers.pop().stop()
        self.cluster.root.call("queue", "POST", f"/task/{task}/rerun")
        with self.assertRaises(CallFailed) as caught:
            self.cluster.artifact(task, NAME)
        self.assertEqual(caught.exception.status, 404)
        self.assertEqual(self.cluster.artifact(task, NAME, run_id=0), b"hello\n")

    def test_in_the_object_service_come_with_hashes_that_can_lie(self):
        task = self.finished_task(storage="object")
        content = self.cluster.root.call("queue", "GET", f"/task/{task}/artifact-content/{NAME}")
        self.assertEqual(content["storageType"], "object")
        reader = Client(self.cluster.root_url, content["credentials"])
        path = "/start-download/" + content["name"].replace("/", "%2F")
        download = reader.call("object", "PUT", path, {"acceptDownloadMethods": {"getUrl": True}})
        data = send("GET", download["url"], None, {})[2]
        self.assertEqual((data, hashlib.sha256(data).hexdigest()), (b"hello\n", download["hashes"]["sha256"]))
        self.cluster.control.lie_about_hashes(task, NAME)
        lied = reader.call("object", "PUT", path, {"acceptDownloadMethods": {"getUrl": True}})
        self.assertNotEqual(lied["hashes"]["sha256"], download["hashes"]["sha256"])


if __name__ == "__main__":
    unittest.main()
