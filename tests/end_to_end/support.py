"""What the end-to-end tests share: data, jobs, and the built program run as a user runs it.

Every run has an environment of its own (no AWS variables of the caller, its own HOME and TMPDIR) and a time limit;
however it ends it must leave nothing behind: no process of its session, no file in TMPDIR, no temporary file beside
the result.
"""
import bz2
import gzip
import json
import lzma
import os
import random
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests", "support", "servers"))
from running_server import RunningServer  # noqa: E402  (its folder is known only now)

AF = os.path.join(os.environ.get("AF_BIN", os.path.join(TOP, "build", "release", "bin")), "af")
EXAMPLES = os.path.join(TOP, "container", "examples")
CODECS = ("lzma", "xz", "gz", "zst", "bz2", "txt")
SYSTEMS = ("Darwin", "Linux", "WINNT")
TIMEOUT_SECONDS = 120
KEY, SECRET = "AKTEST", "test/secret+key"
ERROR_LINE = re.compile(r"af: ERROR ([A-Z_]+) exit=(\d+) .*")


# --- data ---------------------------------------------------------------------------------------------------------

def ping(number, **info):
    """A record like those of telemetry, the same for the same number: (uuid, value)."""
    draw = random.Random(number)
    value = {"ver": 1, "info": {"reason": "saved-session", "OS": draw.choice(SYSTEMS), "appVersion": "28.0a1", **info},
             "simpleMeasurements": {"uptime": number, "start": [draw.randrange(1000) for _ in range(20)]}}
    return str(uuid.UUID(int=draw.getrandbits(128))), value


def records(numbers, **info):
    """uuid TAB json lines of those pings."""
    return b"".join(f"{name}\t{json.dumps(value)}\n".encode() for name, value in (ping(n, **info) for n in numbers))


def os_count(data):
    """The answer of the os-count jobs over these records, by other means."""
    counts = {}
    for line in data.splitlines():
        system = json.loads(line.split(b"\t", 1)[1])["info"]["OS"]
        counts[system] = counts.get(system, 0) + 1
    return "".join(f"{system} {count}\n" for system, count in sorted(counts.items())).encode()


def compress(data, codec):
    if codec == "lzma":
        return lzma.compress(data, lzma.FORMAT_ALONE, preset=1)
    if codec == "xz":
        return lzma.compress(data, preset=1)
    if codec == "gz":
        return gzip.compress(data, mtime=0)
    if codec == "bz2":
        return bz2.compress(data)
    if codec == "zst":  # the check is on unless --no-check says otherwise
        return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE, timeout=60, check=True).stdout
    return data


def inflate_zst(data):
    return subprocess.run(["zstd", "-q", "-dc"], input=data, stdout=subprocess.PIPE, timeout=60, check=True).stdout


def changed(data, at):
    """The same bytes but for one, `at` a share of the length."""
    place = int(len(data) * at)
    return data[:place] + bytes([data[place] ^ 0x5a]) + data[place + 1:]


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data.encode() if isinstance(data, str) else data)
    return path


def read(path):
    with open(path, "rb") as file:
        return file.read()


def wait_until(holds, seconds=60):
    """Asks 20 times a second; fails when it never held."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} seconds")
        time.sleep(0.05)


def files_below(folder):
    return sorted(os.path.relpath(os.path.join(place, name), folder)
                  for place, _, names in os.walk(folder) for name in names)


# --- a run --------------------------------------------------------------------------------------------------------

class Run:
    """A run that has ended. `peak_bytes`: the largest resident size of af or of any one process it waited for;
    `cpu_seconds`: what they all took of a processor."""

    def __init__(self, status, stdout, stderr, peak_bytes, cpu_seconds):
        self.status = status
        self.stdout = stdout
        self.stderr = stderr.decode(errors="replace")
        self.peak_bytes = peak_bytes
        self.cpu_seconds = cpu_seconds

    def errors(self):
        return [line for line in self.stderr.splitlines() if line.startswith("af: ERROR ")]

    def events(self):
        return [json.loads(line) for line in self.stderr.splitlines()]

    def __str__(self):
        return f"status {self.status}\nstdout {self.stdout[:2000]!r}\nstderr:\n{self.stderr[-4000:]}"


class Started:
    """af on its way, in a session of its own; wait() ends it, kill() too. `stdin`: bytes, or a descriptor."""

    def __init__(self, arguments, environment, stdin, cwd, limits=(), program=AF):
        self.streams = [tempfile.TemporaryFile() for _ in range(3)]
        if isinstance(stdin, bytes):
            self.streams[0].write(stdin)
            self.streams[0].seek(0)
        self.process = subprocess.Popen([*limits, program, *map(str, arguments)],
                                        stdin=self.streams[0] if isinstance(stdin, bytes) else stdin,
                                        stdout=self.streams[1], stderr=self.streams[2], env=environment, cwd=cwd,
                                        start_new_session=True)
        self.pid = self.process.pid

    def ended(self, seconds):
        """Whether it has ended within `seconds`; it stays to be waited for."""
        handle = os.pidfd_open(self.pid)
        try:
            return bool(select.select([handle], [], [], seconds)[0])
        finally:
            os.close(handle)

    def wait(self, seconds=TIMEOUT_SECONDS):
        in_time = self.ended(seconds)
        if not in_time:
            self.kill_session()
        _, status, usage = os.wait4(self.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        out = []
        for stream in self.streams[1:]:
            stream.seek(0)
            out.append(stream.read())
        for stream in self.streams:
            stream.close()
        run = Run(self.process.returncode, *out, usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime)
        if not in_time:
            raise AssertionError(f"af did not end within {seconds} s\n{run}")
        return run

    def kill_session(self):
        for pid in session_of(self.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def session_of(leader):
    """Living processes of that session."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            fields = read(f"/proc/{name}/stat").rpartition(b")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == leader and fields[0] != b"Z":
            found.append(int(name))
    return found


def peak_bytes(pid):
    """The largest resident size so far; 0 for a process that has just ended."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        found = re.search(r"VmHWM:\s+(\d+) kB", file.read())
    return int(found[1]) * 1024 if found else 0


def gone_within(seconds, leader):
    """Whether the session is empty before so much time has passed: what was killed a moment ago needs one to go."""
    deadline = time.monotonic() + seconds
    while session_of(leader):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)  # leaves the processor to those that are to go
    return True


class Case(unittest.TestCase):
    """A test with a folder of its own: data/, out/, and a TMPDIR that every run must leave empty."""
    maxDiff = 4000

    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix="af-e2e-")
        self.addCleanup(place.cleanup)
        self.folder = place.name
        self.data, self.out, self.scratch, self.home = (self.path(name) for name in ("data", "out", "tmp", "home"))
        for folder in (self.data, self.out, self.scratch, self.home):
            os.mkdir(folder)
        self.result = os.path.join(self.out, "result.txt")
        self.jobs = 0

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def file(self, name, data):
        """A file below data/."""
        return write(os.path.join(self.data, name), data)

    def job(self, yaml, **scripts):
        """The folder of a job; mapper_py="..." becomes mapper.py, and may be executed."""
        self.jobs += 1
        folder = self.path(f"job-{self.jobs}")
        write(os.path.join(folder, "analysis-tools.yml"), yaml)
        for name, text in scripts.items():
            os.chmod(write(os.path.join(folder, name.replace("_", ".")), text), 0o755)
        return folder

    def python_job(self, mapper, reducer=None, more=""):
        """A Python job. `mapper` and `reducer`: whole scripts, or the bodies of the functions."""
        scripts = {"mapper_py": mapper if "def mapper" in mapper else f"def mapper(uuid, file, value):\n    {mapper}\n"}
        yaml = "map: {language: python, script: mapper.py}\n"
        if reducer:
            yaml += "reduce: {language: python, script: reducer.py}\n"
            scripts["reducer_py"] = reducer if "def reduce" in reducer else f"def reduce(key, values):\n    {reducer}\n"
        return self.job(yaml + more, **scripts)

    def environment(self, **variables):
        clean = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": self.home,
                 "TMPDIR": self.scratch, "LANG": "C.UTF-8", "AWS_EC2_METADATA_DISABLED": "true"}
        clean.update((name, os.environ[name]) for name in os.environ if name.endswith("SAN_OPTIONS"))
        clean.update(variables)
        return {name: value for name, value in clean.items() if value is not None}

    def start(self, *arguments, env=None, stdin=b"", cwd=None, limits=(), program=AF):
        started = Started(arguments, self.environment(**(env or {})), stdin, cwd or self.folder, limits, program)
        self.addCleanup(started.kill_session)
        return started

    def af(self, *arguments, seconds=TIMEOUT_SECONDS, **how):
        started = self.start(*arguments, **how)
        run = started.wait(seconds)
        self.check_nothing_is_left(started, run)
        return run

    def check_nothing_is_left(self, started, run):
        self.assertTrue(gone_within(60, started.pid), f"processes are left: {session_of(started.pid)}\n{run}")
        self.assertEqual(files_below(self.scratch), [], f"left in TMPDIR\n{run}")
        self.assertEqual([name for name in files_below(self.out) if ".tmp." in name], [], str(run))

    def run_job(self, job, *arguments, **how):
        """af run, which must succeed; the result."""
        run = self.af("run", "--job", job, *arguments, **how)
        self.assertEqual(run.status, 0, str(run))
        return run.stdout

    def assert_refused(self, run, status, name, *words):
        """One error line that holds the words, nothing on stdout and no result."""
        self.assertEqual(run.status, status, str(run))
        self.assertEqual(len(run.errors()), 1, str(run))
        match = ERROR_LINE.fullmatch(run.errors()[0])
        self.assertTrue(match, run.errors()[0])
        self.assertEqual((match[1], int(match[2])), (name, status), str(run))
        for word in words:
            self.assertIn(str(word), run.errors()[0])
        self.assertEqual(run.stdout, b"", str(run))
        kept = (".manifest.json", ".bad.jsonl")
        self.assertEqual([name for name in files_below(self.out) if not name.endswith(kept)], [], str(run))

    def manifest(self):
        with open(self.result + ".manifest.json", encoding="utf-8") as file:
            return json.load(file)

    def dead_letters(self):
        with open(self.result + ".bad.jsonl", encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def server(self, files, *options, rules=()):
        """A signed S3 server that ends with the test. `files`: {"bucket/key": bytes}."""
        running = RunningServer(files, "--credential", f"{KEY}:{SECRET}", *options, rules=rules)
        self.addCleanup(running.__exit__)
        return running


def aws(server, key=KEY, secret=SECRET, **more):
    """The environment in which af reads from that server."""
    return {"AWS_ENDPOINT_URL": server.url, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_REGION": "us-east-1", **more}


def operations(log, name):
    return [entry for entry in log if entry["operation"] == name]
