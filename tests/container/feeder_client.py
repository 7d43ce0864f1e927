"""Speaks the feeder protocol (container/helpers/PROTOCOL.md) to a feeder, as the engine does."""

import json
import os
import subprocess
import threading

TRAILER = b"\0done\n"  # of a reducer that has reduced every key

HELPERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "container", "helpers")
FEEDERS = {"python": ["/usr/bin/python3", "feeder.py"], "javascript": ["node", "feeder.js"]}
LIMIT_SECONDS = 60
MEMORY = 3


class Answer:
    def __init__(self, sequence, lines, meta, parts):
        self.sequence, self.lines, self.meta, self.parts = sequence, lines, meta, parts

    @property
    def bad(self):
        return self.meta["bad"]


class Feeder:
    """A running feeder. Its stderr is drained all the time; so is stdout when `batches` sends more than the pipes
    hold."""

    def __init__(self, language, mode, script, function, options=(), arguments=(), environment=None, memory=None):
        """`memory`: a file that becomes its descriptor 3, as the engine's shared memory does."""
        program, file = FEEDERS[language]
        command = [program, os.path.join(HELPERS, file), mode, "--script", script, "--function", function]
        command += [*options, "--", *arguments]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
            pass_fds=() if memory is None else (MEMORY,),
            preexec_fn=None if memory is None else lambda: os.dup2(memory.fileno(), MEMORY),
        )
        self._watchdog = threading.Timer(LIMIT_SECONDS, self.process.kill)
        self._watchdog.start()
        self._errors = []
        self.stderr_bytes = 0
        self._drain = threading.Thread(target=self._drain_errors)
        self._drain.start()
        word, _, account = self.process.stdout.readline().decode().partition(" ")
        self.greeting, self.account = word, json.loads(account) if account else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._watchdog.cancel()
        self.process.kill()
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()
        self._drain.join()
        self.process.stderr.close()

    def _drain_errors(self):
        while True:
            data = self.process.stderr.read1(1 << 16)
            if not data:
                return
            self.stderr_bytes += len(data)
            if len(self._errors) < 64:
                self._errors.append(data)

    @property
    def errors(self):
        """What came on stderr, once the process has ended."""
        self._drain.join()
        return b"".join(self._errors).decode("utf-8", "replace")

    def send(self, sequence, payload, name="telemetry/a.lzma", index=b""):
        name = name.encode("utf-8", "surrogateescape")
        header = b"batch %d %d %d %d\n" % (sequence, len(name), len(index), len(payload))
        self.process.stdin.write(header + name + index + payload)
        self.process.stdin.flush()

    def send_place(self, sequence, place, size, name="telemetry/a.lzma", index=b""):
        """A batch whose payload lies in the shared memory."""
        name = name.encode()
        head = b"batch %d %d %d %d %d\n" % (sequence, len(name), len(index), size, place)
        self.process.stdin.write(head + name + index)
        self.process.stdin.flush()

    def answer(self):
        """The next answer, or None at the end of the output."""
        lines, parts = [], 0
        while True:
            header = self.process.stdout.readline().split()
            if not header:
                return None
            data = self.process.stdout.read(int(header[2]))
            if header[0] == b"done":
                return Answer(int(header[1]), b"".join(lines), json.loads(data), parts)
            assert header[0] == b"part", header
            assert data.endswith(b"\n"), data[-40:]
            lines.append(data)
            parts += 1

    def ask(self, payload, **options):
        self.send(0, payload, **options)
        return self.answer()

    def end(self):
        """Closes stdin; the exit status."""
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        return self.process.wait()


def reduce(language, script, function, lines, arguments=()):
    """(exit status, stdout after the handshake and before the trailer, stderr). A success has a trailer."""
    with Feeder(language, "reduce", script, function, arguments=arguments) as feeder:
        writer = threading.Thread(target=_write, args=(feeder.process.stdin, lines))
        writer.start()
        output = feeder.process.stdout.read()
        writer.join()
        status = feeder.process.wait()
        if status == 0 and not output.endswith(TRAILER):
            raise AssertionError(f"no trailer: {output[-100:]!r}")
        return status, output.removesuffix(TRAILER), feeder.errors


def _write(pipe, data):
    try:
        pipe.write(data)
        pipe.close()
    except BrokenPipeError:
        pass
