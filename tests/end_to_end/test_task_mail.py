#!/usr/bin/env python3
"""The owner of a job is told how it ended; that nobody could be told changes nothing."""
import email
import email.policy
import socket
import unittest

from aiosmtpd.controller import Controller

from task_support import OS_COUNT, TaskCase  # noqa: F401  (its path to the servers)
from smtp_server import SmtpServer

OWNER = "ada@example.org"


class OnAnyPort(Controller):
    """Listens on a port that is its own from the start: one that was free a moment ago may have been taken since."""

    def __init__(self, handler):
        self.listening = socket.create_server(("127.0.0.1", 0))
        super().__init__(handler, "127.0.0.1", self.listening.getsockname()[1], ready_timeout=60)

    def _create_server(self):
        return self.loop.create_server(self._factory_invoker, sock=self.listening)


class Mails(TaskCase):
    def setUp(self):
        super().setUp()
        self.worker()
        self.mapper_id = self.mapper(self.files(1))
        self.ended(self.mapper_id)

    def reduce_with(self, url, **env):
        return self.reducer([self.mapper_id], {"AF_SMTP_URL": url, "OWNER": OWNER, "AF_MAIL_FROM": "af@example.org",
                                               **env})

    def test_success_and_failure_are_told_apart(self):
        with SmtpServer() as server:
            good = self.reduce_with(f"smtp://127.0.0.1:{server.port}")
            self.ended(good)
            self.cluster.control.remove_artifact(self.mapper_id, "af/part-00000.txt.zst")
            bad = self.reduce_with(f"smtp://127.0.0.1:{server.port}")
            self.assert_failed(bad, 66, "NO_INPUT")
        texts = [taken["message"].get_body(("plain",)).get_content() for taken in server.messages]
        self.assertEqual([taken["to"] for taken in server.messages], [[OWNER]] * 2)
        self.assertEqual([taken["message"]["Subject"] for taken in server.messages],
                         [f"[af] Job {self.group} has finished",
                          f"[af] Job {self.group} failed: NO_INPUT (exit status 66)"])
        self.assertIn(f"Result: {self.cluster.root_url}/tasks/{good}/runs/0", texts[0])
        self.assertIn("Objects: 1 read of 1", texts[0])
        self.assertNotIn("Result:", texts[1])
        self.assertEqual([self.task_manifest(task)["mail"] for task in (good, bad)], ["sent", "sent"])

    def test_a_mail_server_that_others_wrote_takes_both(self):
        taken = []

        class Keep:
            async def handle_DATA(self, _server, _session, envelope):
                taken.append((envelope.rcpt_tos,
                              email.message_from_bytes(envelope.content, policy=email.policy.default)))
                return "250 OK"

        server = OnAnyPort(Keep())
        server.start()
        self.addCleanup(server.stop)
        url = f"smtp://127.0.0.1:{server.port}"
        good = self.reduce_with(url)
        self.ended(good)
        self.cluster.control.remove_artifact(self.mapper_id, "af/part-00000.txt.zst")
        self.assert_failed(self.reduce_with(url), 66, "NO_INPUT")
        self.assertEqual([(to, message["Subject"]) for to, message in taken],
                         [([OWNER], f"[af] Job {self.group} has finished"),
                          ([OWNER], f"[af] Job {self.group} failed: NO_INPUT (exit status 66)")])
        for kind in ("plain", "html"):
            self.assertIn(f"{self.cluster.root_url}/tasks/{good}/runs/0", taken[0][1].get_body((kind,)).get_content())

    def test_a_mail_that_cannot_be_sent_is_a_warning(self):
        with socket.socket() as closed:  # bound, but nobody listens
            closed.bind(("127.0.0.1", 0))
            url = f"smtp://127.0.0.1:{closed.getsockname()[1]}"
            tasks = [self.reduce_with(url), self.reduce_with("", AF_SMTP_SECRET="project/af/none"),
                     self.reduce_with("no url at all"),
                     self.reduce_with(url, OWNER="ada@example.org\r\nBcc: eve@example.org")]
            for task in tasks:
                self.assertTrue(self.result_of(task))
                self.assertEqual(self.task_manifest(task)["mail"], "failed")
                self.assertIn("af: WARN the mail to the owner was not sent", self.log(task))

    def test_the_server_may_be_named_by_a_secret(self):
        with SmtpServer() as server:
            self.cluster.control.set_secret("project/af/smtp", {"url": f"smtp://127.0.0.1:{server.port}"})
            task = self.reducer([self.mapper_id], {"AF_SMTP_SECRET": "project/af/smtp", "OWNER": OWNER},
                                scopes=["queue:get-artifact:af/*", "secrets:get:project/af/smtp"])
            self.ended(task)
        self.assertEqual(len(server.messages), 1, self.log(task))

    def test_without_an_owner_there_is_no_mail(self):
        with SmtpServer() as server:
            task = self.reduce_with(f"smtp://127.0.0.1:{server.port}", OWNER="")
            self.ended(task)
        self.assertEqual(server.connections, 0)
        self.assertNotIn("mail", self.task_manifest(task))

    def test_a_failure_that_is_tried_again_is_told_when_the_last_run_fails(self):
        with SmtpServer() as server, socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            nowhere = {"AF_JOB_BUNDLE": f"http://127.0.0.1:{closed.getsockname()[1]}/job.tar.zst",
                       "AF_JOB_BUNDLE_SHA256": "0" * 64}
            task = self.reducer([self.mapper_id], {"AF_SMTP_URL": f"smtp://127.0.0.1:{server.port}", "OWNER": OWNER,
                                                   **nowhere}, retries=1)
            status = self.ended(task, "exception")
        self.assertEqual([run["reasonResolved"] for run in status["runs"]], ["intermittent-task"] * 2)
        self.assertEqual([self.task_manifest(task, run)["mail"] for run in (0, 1)], ["put off", "sent"])
        self.assertEqual([taken["message"]["Subject"] for taken in server.messages],
                         [f"[af] Job {self.group} failed: TEMPFAIL (exit status 75)"])


if __name__ == "__main__":
    unittest.main()
