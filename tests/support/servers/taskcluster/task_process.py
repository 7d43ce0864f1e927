"""One run of a command as a container would run it: its environment, its terminal, its end with all it started."""
import os
import pty
import signal
import subprocess
import threading
import time

DRAIN_SECONDS = 5
NOT_FOUND, NOT_EXECUTABLE, SIGNALED = 127, 126, 128
CHUNK_BYTES = 64 << 10


class TaskProcess:
    """Starts at construction; output goes to `log`, a binary file. `tty`: stdout and stderr are a terminal, as with
    `docker run -t`. `user`: the uid and gid it runs as, None for ours."""

    def __init__(self, command, environment, folder, log, tty=True, user=None):
        self.folder, self.log, self.failed_to_start = folder, log, None
        self.process = None
        output, theirs = pty.openpty() if tty else os.pipe()
        try:
            self.process = subprocess.Popen(command, env=environment, cwd=folder, stdin=subprocess.DEVNULL,
                                            stdout=theirs, stderr=theirs, start_new_session=True, user=user,
                                            group=user, extra_groups=None if user is None else [])
        except OSError as error:
            self.failed_to_start = error
        finally:
            os.close(theirs)
        self.reader = threading.Thread(target=self._copy, args=(output,), daemon=True)
        self.reader.start()

    def _copy(self, output):
        with os.fdopen(output, "rb", buffering=0) as file:
            try:
                while piece := file.read(CHUNK_BYTES):
                    self.log.write(piece)
                    self.log.flush()
            except OSError:
                pass  # a terminal ends like that when its last writer is gone

    def wait(self, seconds=None):
        """The exit code, or None when the time is over. At the end nothing of the run is left."""
        if self.failed_to_start:
            self.log.write(f"{self.failed_to_start}\n".encode())
            return NOT_FOUND if isinstance(self.failed_to_start, FileNotFoundError) else NOT_EXECUTABLE
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        self.kill()
        self.reader.join(DRAIN_SECONDS)
        return status if status >= 0 else SIGNALED - status

    def kill(self):
        """SIGKILL to the process group, to what descends from it and to what works in its folder: no SIGTERM first,
        as when the container is removed. The process itself is left to `wait`."""
        for pid in self.members():
            try:
                os.kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass  # it ended by itself

    def members(self):
        """Process ids of the run that are alive, its first process included."""
        if not self.process:
            return set()
        top = self.process.pid
        parents, found = {}, {top}
        for pid in [int(name) for name in os.listdir("/proc") if name.isdigit()]:
            facts = process_facts(pid)
            if facts:
                parents[pid] = facts["parent"]
                if facts["session"] == top or facts["folder"].startswith(self.folder + "/") \
                        or facts["folder"] == self.folder:
                    found.add(pid)
        grown = True
        while grown:
            more = {pid for pid, parent in parents.items() if parent in found} - found
            found |= more
            grown = bool(more)
        return found - {os.getpid()} - (set() if self.process.returncode is None else {top})


def process_facts(pid):
    """{parent, session, folder} of a live process, None when it is gone or a zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
            state, parent, _, session = file.read().rpartition(")")[2].split()[:4]
        folder = os.readlink(f"/proc/{pid}/cwd") if state != "Z" else ""
    except OSError:
        return None
    return {"parent": int(parent), "session": int(session), "folder": folder} if state != "Z" else None


def log_line(log, text):
    """A line of the worker itself in the log of the task."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    log.write(f"[taskcluster {moment}.000Z] {text}\n".encode())
    log.flush()
