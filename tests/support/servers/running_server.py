"""The S3 and STS servers as child processes, for tests: started on free ports, stopped and asked for their logs."""
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from urllib.parse import urlsplit

HERE = os.path.dirname(os.path.abspath(__file__))
TIMEOUT_SECONDS = 30
START_SECONDS = 60


class RunningProgram:
    """A server from its start to the end of `with`; `rules` a list of fault rules; `options` more command line."""

    def __init__(self, program, *options, rules=()):
        self.folder = tempfile.TemporaryDirectory()
        self.prepare()
        self.log_path = os.path.join(self.folder.name, "log")
        command = [sys.executable, os.path.join(HERE, program), "--log", self.log_path, *self.own_options(), *options]
        for rule in rules:
            command += ["--fault", json.dumps(rule)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            self.url = self._address("listening")
            self.metadata_url = self._address("metadata") if "--imds-port" in options else None
        except BaseException:  # else it would live on and hold the streams of whoever runs the test
            self.process.kill()
            self.process.wait(TIMEOUT_SECONDS)
            raise
        self.port = urlsplit(self.url).port

    def prepare(self):
        """Makes what the server needs in `folder`."""

    def own_options(self):
        return []

    def _address(self, word):
        patience = threading.Timer(START_SECONDS, self.process.kill)
        patience.start()
        line = self.process.stdout.readline().split()
        patience.cancel()
        if len(line) != 2 or line[0] != word:
            raise AssertionError(f"the server did not start: {line}")
        return line[1]

    def raw(self, target, *headers, method="GET"):
        """Everything the server sends to one unsigned request, and how it ended: "closed" or "reset"."""
        received = b""
        with self.connect() as sock:
            send(sock, target, "Connection: close", *headers, method=method)
            try:
                while more := sock.recv(1 << 20):
                    received += more
            except ConnectionResetError:
                return received, "reset"
        return received, "closed"

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT_SECONDS)

    def stop(self):
        """Ends the server; its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(TIMEOUT_SECONDS)
        self.process.stdout.close()
        return status

    def log(self):
        """Stops the server, so that every line is there, and returns them."""
        self.stop()
        with open(self.log_path, encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.folder.cleanup()


class RunningServer(RunningProgram):
    """S3. `files` is {"bucket/key": bytes}."""

    def __init__(self, files, *options, rules=()):
        self.files = files
        super().__init__("s3_server.py", *options, rules=rules)

    def prepare(self):
        self.root = os.path.join(self.folder.name, "root")
        os.mkdir(self.root)
        for name, data in self.files.items():
            self.write(name, data)

    def own_options(self):
        return ["--root", self.root]

    def write(self, name, data):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)


class RunningSts(RunningProgram):
    """STS. Its permanent credentials are among the options."""

    def __init__(self, *options, rules=()):
        super().__init__("sts_server.py", *options, rules=rules)


def send(sock, target, *headers, method="GET"):
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", *headers]
    sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())


def split_response(raw):
    """(status, headers with lower-case names, body) of a response as it came."""
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return int(lines[0].split()[1]), headers, body
