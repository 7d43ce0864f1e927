"""The services as a program of their own."""
import os
import signal
import subprocess
import sys
import unittest

from support import SECONDS, TOP
from taskcluster.client import Client


class TheProgram(unittest.TestCase):
    def test_prints_what_a_client_needs_and_ends_on_SIGTERM(self):
        servers = os.path.join(TOP, "tests", "support", "servers")
        with subprocess.Popen([sys.executable, "-B", "-m", "taskcluster", "--worker", "proj-af/ci"], cwd=servers,
                              stdout=subprocess.PIPE, text=True) as program:
            try:
                known = dict(program.stdout.readline().strip().split("=", 1) for _ in range(3))
                client = Client(known["TASKCLUSTER_ROOT_URL"], {"clientId": known["TASKCLUSTER_CLIENT_ID"],
                                                                "accessToken": known["TASKCLUSTER_ACCESS_TOKEN"]})
                self.assertEqual(client.call("auth", "GET", "/scopes/current"), {"scopes": ["*"]})
                program.send_signal(signal.SIGTERM)
                self.assertEqual(program.wait(SECONDS), 0)
            finally:
                program.kill()


if __name__ == "__main__":
    unittest.main()
