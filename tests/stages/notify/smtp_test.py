#!/usr/bin/env python3
"""Mail to the owner of a job against the test mail server.  usage: smtp_test.py NOTIFY_PROBE"""
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support", "servers"))
from smtp_server import SmtpServer  # noqa: E402

PROBE = sys.argv.pop(1) if len(sys.argv) > 1 else None
GROUP, TASK = "fN1SbArXTPSVFNUvaOlinQ", "eEqeEsjiTw2tHjCPa3AuJg"
RESULT = f"https://tc.example.org/api/queue/v1/task/{TASK}/runs/1/artifacts/public/af/result.txt"


def notify(url, owner="ada@example.org", **more):
    asked = json.dumps({"url": url, "owner": owner, "from": "af@example.org", **more})
    run = subprocess.run([PROBE], input=asked, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run
    assert "secret" not in run.stdout + run.stderr, run
    return json.loads(run.stdout)


def url_of(server, scheme="smtp", login=""):
    return f"{scheme}://{login}localhost:{server.port}"


class Mails(unittest.TestCase):
    def test_a_success_is_told_in_text_and_html_with_a_link_to_the_result(self):
        with SmtpServer() as server:
            self.assertEqual(notify(url_of(server)), {"status": "sent", "problem": ""})
        [taken] = server.messages
        self.assertEqual((taken["from"], taken["to"]), ("af@example.org", ["ada@example.org"]))
        message = taken["message"]
        self.assertEqual(message["Subject"], f"[af] Job {GROUP} has finished")
        self.assertEqual((message["From"], message["To"]), ("af@example.org", "ada@example.org"))
        self.assertLess(abs(message["Date"].datetime.timestamp() - time.time()), 100)
        self.assertTrue(message["Message-ID"].endswith("@example.org>"))
        text, html = message.get_body(("plain",)).get_content(), message.get_body(("html",)).get_content()
        self.assertIn(f"\nResult: {RESULT}\n", text.replace("\r\n", "\n"))
        self.assertIn("Objects: 1,204 read of 1,204", text)
        self.assertIn("Records: 5,000,000, 3 of them bad", text)
        self.assertIn(f'<a href="{RESULT}">', html)
        kinds = [part.get_content_type() for part in message.walk()]
        self.assertEqual(kinds[-3:], ["multipart/alternative", "text/plain", "text/html"])

    def test_a_failure_is_told_as_one(self):
        with SmtpServer() as server:
            self.assertEqual(notify(url_of(server), failed=True)["status"], "sent")
        message = server.messages[0]["message"]
        self.assertEqual(message["Subject"], f"[af] Job {GROUP} failed: DATA (exit status 65)")
        text = message.get_body(("plain",)).get_content()
        self.assertNotIn("Result", text)
        self.assertIn(f"https://tc.example.org/tasks/{TASK}/runs/1/logs/public/logs/live.log", text)

    def test_without_a_server_or_an_owner_there_is_no_mail(self):
        with SmtpServer() as server:
            self.assertEqual(notify("")["status"], "none")
            self.assertEqual(notify(url_of(server), owner="")["status"], "none")
        self.assertEqual(server.connections, 0)


class Faults(unittest.TestCase):
    def test_what_may_heal_is_tried_up_to_three_times(self):
        for verbs in (("EHLO", "HELO"), ("MAIL",), ("RCPT",), ("DATA",)):  # HELO follows when EHLO is not taken
            for reply in ("451 4.3.0 try again later", None):
                faults = [(verb, reply) for verb in verbs] * 2
                with self.subTest(verb=verbs[0], reply=reply), SmtpServer(faults=faults) as server:
                    self.assertEqual(notify(url_of(server)), {"status": "sent", "problem": ""})
                self.assertEqual((len(server.messages), server.connections), (1, 3))

    def test_a_mail_whose_acceptance_was_lost_is_sent_again_as_the_same_mail(self):
        with SmtpServer(faults=[(".", None)]) as server:
            self.assertEqual(notify(url_of(server))["status"], "sent")
        first, second = (taken["message"]["Message-ID"] for taken in server.messages)
        self.assertEqual(first, second)

    def test_three_setbacks_are_a_failure_that_names_the_server(self):
        with SmtpServer(faults=[("RCPT", "451 4.3.0 try again later")] * 9) as server:
            report = notify(url_of(server))
        self.assertEqual((report["status"], server.messages), ("failed", []))
        self.assertIn("mail server localhost: RCPT failed: 451", report["problem"])
        self.assertEqual(server.connections, 3)

    def test_what_the_server_refuses_is_not_tried_again(self):
        for faults, owner in (([], "ada@other.example"), ([("MAIL", "550 5.7.1 no")], "ada@example.org"),
                              ([("DATA", "554 5.7.1 no")], "ada@example.org")):
            with self.subTest(owner=owner, faults=faults), SmtpServer(faults=faults) as server:
                report = notify(url_of(server), owner=owner)
                self.assertEqual((report["status"], server.connections), ("failed", 1), report)
                self.assertRegex(report["problem"], "55[04]")

    def test_a_dead_or_silent_server_ends_in_time(self):
        with socket.socket() as closed:  # bound, so that nobody else takes the port, and not listening
            closed.bind(("127.0.0.1", 0))
            self.assertEqual(notify(f"smtp://127.0.0.1:{closed.getsockname()[1]}")["status"], "failed")
        with SmtpServer(faults=[("EHLO", "silence")] * 9) as server:
            begun = time.monotonic()
            report = notify(url_of(server), deadline_ms=2000)
            self.assertEqual(report["status"], "failed")
            self.assertEqual(server.connections, 3)
            self.assertLess(time.monotonic() - begun, 20)

    def test_a_stop_ends_a_mail_under_way(self):
        with SmtpServer(faults=[("EHLO", "silence")] * 9) as server:
            begun = time.monotonic()
            self.assertEqual(notify(url_of(server), deadline_ms=100_000, stop_after_ms=300)["status"], "failed")
            self.assertLess(time.monotonic() - begun, 20)


class Addresses(unittest.TestCase):
    def test_an_owner_that_could_end_a_header_is_refused_before_any_connection(self):
        with SmtpServer() as server:
            for owner in ("a@example.org\r\nBcc: b@example.org", "a@example.org\n", "a,b@example.org",
                          '"a b"@example.org', "-f@example.org",
                          "a@example.org>", "<a@example.org", "a b@example.org", "a@b@example.org",
                          "\u00e4@example.org", "a", "@example.org",
                          "a" * 65 + "@example.org", "a@example.org SIZE=1"):
                with self.subTest(owner=owner):
                    self.assertEqual(notify(url_of(server), owner=owner),
                                     {"status": "failed",
                                      "problem": "OWNER is not an e-mail address that mail is sent to"})
            report = notify(url_of(server), **{"from": "af@example.org\r\nBcc: b@example.org"})
            self.assertEqual(report["problem"], "the sender is not an e-mail address (set AF_MAIL_FROM)")
        self.assertEqual(server.connections, 0)

    def test_a_sender_is_made_of_the_url_when_none_is_set(self):
        with SmtpServer() as server:
            notify(url_of(server), **{"from": ""})
        self.assertEqual(server.messages[0]["from"], "analysis-framework@localhost")

    def test_a_url_of_another_kind_is_refused_without_repeating_it(self):
        for url in ("https://user:secret@localhost/", "file:///etc/passwd", "secret", "smtp://",
                    "smtp://user:secret@localhost/?to=x",
                    "smtp://user:secret@local host/"):
            with self.subTest(url=url):
                self.assertEqual(notify(url),
                                 {"status": "failed", "problem": "the URL of the mail server is none (give "
                                  "smtp://user:password@host:587 or smtps://user:password@host)"})


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.cert, cls.key = (os.path.join(cls.folder.name, name) for name in ("cert.pem", "key.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-out", cls.cert, "-keyout", cls.key],
                       check=True, capture_output=True, timeout=120)
        cls.tls = {"cert": cls.cert, "key": cls.key}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_a_login_goes_over_tls(self):
        for scheme, more in (("smtp", {}), ("smtps", {"implicit_tls": True})):
            with self.subTest(scheme), SmtpServer(login=("ada", "secret@1"), **self.tls, **more) as server:
                report = notify(url_of(server, scheme, "ada:secret%401@"), ca_file=self.cert)
                self.assertEqual(report, {"status": "sent", "problem": ""})
                self.assertEqual((server.messages[0]["tls"], server.messages[0]["user"]), (True, "ada"))

    def test_tls_is_used_when_offered_though_nothing_asks_for_it(self):
        with SmtpServer(**self.tls) as server:
            self.assertEqual(notify(url_of(server), ca_file=self.cert)["status"], "sent")
        self.assertTrue(server.messages[0]["tls"])

    def test_a_password_is_not_sent_without_tls(self):
        with SmtpServer(login=("ada", "secret")) as server:
            self.assertEqual(notify(url_of(server, login="ada:secret@"))["status"], "failed")
        self.assertEqual((server.connections, [c for c in server.commands if c.startswith(("AUTH", "MAIL"))]), (1, []))

    def test_a_wrong_password_is_tried_once(self):
        with SmtpServer(login=("ada", "other"), **self.tls) as server:
            self.assertEqual(notify(url_of(server, login="ada:secret@"), ca_file=self.cert)["status"], "failed")
        self.assertEqual(server.connections, 1)

    def test_a_certificate_that_is_not_trusted_or_of_another_host_is_refused(self):
        with SmtpServer(**self.tls) as server:
            self.assertEqual(notify(url_of(server))["status"], "failed")
            self.assertEqual(notify(f"smtp://127.0.0.1:{server.port}", ca_file=self.cert)["status"], "failed")
        self.assertEqual((server.connections, server.messages), (2, []))


if __name__ == "__main__":
    unittest.main()
