"""Scopes, S3 credentials, secrets, index, notifications, and the proxy of a task."""
import unittest

from support import SECONDS, shell
from taskcluster import Cluster
from taskcluster.client import CallFailed, Client
from taskcluster.scopes import expanded, missing, satisfied
from taskcluster.task_proxy import converted

KEYS = [{"accessKeyId": f"AK{number}", "secretAccessKey": f"secret{number}", "sessionToken": f"token{number}"}
        for number in (1, 2)]


class Scopes(unittest.TestCase):
    def test_a_star_at_the_end_stands_for_any_rest(self):
        for have, wanted, fits in (("a:*", "a:b", True), ("a:*", "a:", True), ("a:b", "a:b", True), ("*", "x", True),
                                   ("a:*", "ab", False), ("a:b", "a:*", False), ("a:*", "a:*", True),
                                   ("a*b", "axb", False)):
            self.assertEqual(satisfied([have], [wanted]), fits, (have, wanted))

    def test_an_expression_tells_what_lacks(self):
        expression = {"AllOf": ["a", {"AnyOf": ["b", "c"]}, "d"]}
        self.assertIsNone(missing(expression, ["a", "c", "d"]))
        self.assertEqual(missing(expression, ["a", "c"]), "d")
        self.assertEqual(missing(expression, ["d"]), {"AllOf": ["a", {"AnyOf": ["b", "c"]}]})
        self.assertIsNone(missing({"AllOf": []}, []))

    def test_roles_are_followed_even_in_circles(self):
        roles = {"x": ["assume:y", "s"], "y": ["assume:x", "t*"], "repo:*": ["r"]}
        self.assertEqual(expanded(["assume:x", "tt"], roles), ["assume:x", "assume:y", "s", "t*"])
        self.assertEqual(expanded(["assume:repo:a"], roles), ["assume:repo:a", "r"])


class Services(unittest.TestCase):
    def setUp(self):
        self.cluster = Cluster()
        self.addCleanup(self.cluster.stop)

    def refusal(self, client, *call):
        with self.assertRaises(CallFailed) as caught:
            client.call(*call)
        return caught.exception.status, caught.exception.code

    def run_task(self, task, **fields):
        if not self.cluster.workers:
            self.cluster.start_worker()
        task_id = self.cluster.create(**task, **fields)
        self.cluster.wait_for_task(task_id, SECONDS)
        return task_id

    def test_hand_out_s3_credentials_that_are_new_with_each_call(self):
        self.cluster.control.set_s3_credentials(["data"], KEYS, lifetime_seconds=5)
        path = "/aws/s3/read-only/data/v4/nightly/"
        first = self.cluster.root.call("auth", "GET", path)
        second = self.cluster.root.call("auth", "GET", path + "?format=iam-role-compat")
        self.assertEqual((first["credentials"], set(first)), (KEYS[0], {"credentials", "expires"}))
        self.assertEqual((second["AccessKeyId"], second["Token"], second["Code"]), ("AK2", "token2", "Success"))

    def test_refuse_s3_credentials_without_the_scope_or_the_bucket(self):
        self.cluster.control.set_s3_credentials(["data"], KEYS)
        limited, root = self.cluster.client("static/test/limited"), self.cluster.root
        for client, path, refusal in ((limited, "read-only/data/v4/", (403, "InsufficientScopes")),
                                      (root, "read-only/other/v4/", (404, "ResourceNotFound")),
                                      (root, "all/data/v4/", (400, "InputError"))):
            self.assertEqual(self.refusal(client, "auth", "GET", "/aws/s3/" + path), refusal)

    def test_the_proxy_gives_a_task_its_own_scopes_and_no_others(self):
        self.cluster.control.set_secret("mine", {"key": "abc"})
        self.cluster.control.set_secret("other", {"key": "def"})
        script = ("for n in mine other; do curl -s -o $n.txt -w '%{http_code}\\n' "
                  "$TASKCLUSTER_PROXY_URL/api/secrets/v1/secret/$n >> codes.txt; done")
        task = self.run_task(shell(script, artifacts=["codes.txt", "mine.txt"], features={"taskclusterProxy": True}),
                             scopes=["secrets:get:mine"])
        self.assertEqual(self.cluster.artifact(task, "public/codes.txt"), b"200\n403\n")
        self.assertIn(b'"abc"', self.cluster.artifact(task, "public/mine.txt"))

    def test_the_proxy_takes_paths_of_both_forms(self):
        for path, target in (("/api/queue/v1/ping", "/api/queue/v1/ping"),
                             ("/queue/v1/ping?a=1", "/api/queue/v1/ping?a=1"),
                             ("/queue.taskcluster.net/v1/task/a%2Fb", "/api/queue/v1/task/a%2Fb"), ("/nothing", None)):
            self.assertEqual(converted(path), target)

    def test_the_proxy_signs_urls(self):
        script = ("curl -s -d $TASKCLUSTER_ROOT_URL/api/queue/v1/task/$TASK_ID/artifacts/af/private "
                  "$TASKCLUSTER_PROXY_URL/bewit > url.txt")
        task = self.run_task(shell(script, artifacts=["url.txt"], features={"taskclusterProxy": True}),
                             scopes=["queue:get-artifact:af/*"])
        url = self.cluster.artifact(task, "public/url.txt").decode()
        self.assertEqual(Client(self.cluster.root_url).request("GET", url)[0], 404)  # 403 for who may not read it

    def test_the_index_learns_of_completed_tasks_by_their_routes(self):
        task = self.run_task(shell("true"), routes=["index.af.latest"], extra={"index": {"rank": 3, "data": {"a": 1}}})
        found = self.cluster.root.call("index", "GET", "/task/af.latest")
        self.assertEqual((found["taskId"], found["rank"], found["data"]), (task, 3, {"a": 1}))

    def test_mails_go_out_once(self):
        mail = {"address": "a@example.org", "subject": "s", "content": "c"}
        for _ in range(2):
            self.cluster.root.call("notify", "POST", "/email", mail)
        self.cluster.root.call("notify", "POST", "/email", {**mail, "subject": "t"})
        self.assertEqual([sent["subject"] for sent in self.cluster.outbox], ["s", "t"])

    def test_routes_of_a_task_tell_success_and_failure_apart(self):
        routes = [f"notify.email.me@example.org.on-{state}" for state in ("completed", "failed")]
        texts = {"notify": {"email": {"subject": "${task.metadata.name}: ${status.state}", "content": "x",
                                      "link": {"text": "t", "href": "${rootUrl}/tasks/${taskId}"}}}}
        task = self.run_task(shell("true"), name="good", routes=routes, extra=texts)
        self.run_task(shell("false"), name="bad", routes=routes, extra=texts)
        self.assertEqual([sent["subject"] for sent in self.cluster.outbox], ["good: completed", "bad: failed"])
        self.assertEqual(self.cluster.outbox[0]["link"]["href"], f"{self.cluster.root_url}/tasks/{task}")
        self.assertEqual({sent["to"] for sent in self.cluster.outbox}, {"me@example.org"})

    def test_a_canceled_task_sends_no_mail(self):
        task = self.cluster.create(routes=["notify.email.me@example.org.on-exception"])
        self.cluster.root.call("queue", "POST", f"/task/{task}/cancel")
        self.assertEqual(self.cluster.outbox, [])


if __name__ == "__main__":
    unittest.main()
