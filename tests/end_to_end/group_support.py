"""What the tests of commands on task groups share: groups whose tasks carry the marks of a job of af, and a
terminal."""
import os
import re
import subprocess
import time

from support import AF, HERE, read, write
from task_support import TaskCase, shares

FIXTURES = os.path.join(HERE, "fixtures")


class GroupCase(TaskCase):
    """A cluster, groups of marked tasks on it, and af with the credentials of a user."""

    def af_tc(self, *arguments, env=None, **how):
        return self.af(*arguments, env={**self.cluster.environment(), **(env or {})}, **how)

    def start_tc(self, *arguments, env=None, **how):
        return self.start(*arguments, env={**self.cluster.environment(), **(env or {})}, **how)

    def marks(self, role, index, of, **more):
        marks = {"version": 1, "role": role, "index": index, "mergers": 0, "job": "os-count", "artifacts": "af",
                 "plan": "0" * 64, **of, **more}
        return {"extra": {"af": marks}, "tags": {"kind": f"af-{role}", "createdForUser": "me@example.org"},
                "name": f"os-count {role} {index + 1}/{of['reducers' if role == 'reduce' else 'mappers']}"}

    def post(self, names, mappers=3, reducers=1, env=None, more=None, reduce_more=None):
        """A whole group: (ids of mappers, ids of reducers). `more`: {index: fields} of some mappers."""
        of = {"mappers": mappers, "reducers": reducers}
        if (reduce_more or {}).get("requires") == "all-resolved":
            of["reduce_what_succeeded"] = True
        ids = []
        for index, share in enumerate(shares(names, mappers)):
            paths = [os.path.join(self.data, name) for name in share]
            size = sum(os.path.getsize(path) for path in paths if os.path.exists(path))
            fields = {**self.marks("map", index, of, objects=len(share), bytes=size), **(more or {}).get(index, {})}
            ids.append(self.mapper(share, env, **fields))
        last = []
        for index in range(reducers):
            own = {**(env or {}), "REDUCER_ID": str(index)}
            fields = {**self.marks("reduce", index, of, result="af/result.txt"), **(reduce_more or {})}
            last.append(self.reducer(ids, own, **fields))
        return ids, last

    def truth(self, job, *options):
        """What af run makes of the same files: {name below out: bytes}; out is empty again."""
        run = self.af("run", "--job", job, self.data, "-o", self.result, *options)
        self.assertEqual(run.status, 0, str(run))
        made = {name: read(os.path.join(self.out, name)) for name in os.listdir(self.out)}
        for name in made:
            os.remove(os.path.join(self.out, name))
        return {name: data for name, data in made.items() if not name.endswith(".json")}

    def assert_screen(self, shown, name):
        """A masked screen is the one kept as text. AF_KEEP_SCREENS=1 keeps it anew, to be looked at and committed."""
        path = os.path.join(FIXTURES, name)
        if os.environ.get("AF_KEEP_SCREENS"):
            write(path, shown)
        self.assertEqual(shown, read(path).decode())


class Terminal:
    """af on a terminal of its own (tmux), and what a person sees there. `env`: its whole environment."""

    def __init__(self, folder, arguments, env, columns=100, rows=24):
        self.socket = os.path.join(folder, "tmux")
        self.status = os.path.join(folder, "status")
        command = " ".join(quoted(word) for word in (AF, *arguments))
        script = os.path.join(folder, "terminal.sh")
        with open(script, "w", encoding="utf-8") as file:
            file.write(f"trap : INT\n{command}\necho $? > {quoted(self.status)}\nsleep 1000\n")
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), "sh", script,
                  env={**env, "TERM": "xterm-256color"})

    def tmux(self, *arguments, env=None):
        return subprocess.run(["tmux", "-S", self.socket, *arguments], stdout=subprocess.PIPE, timeout=20, check=True,
                              env=env).stdout.decode()

    def screen(self):
        return self.tmux("capture-pane", "-p", "-J").rstrip("\n") + "\n"

    def wait_for(self, wanted, seconds=60):
        """The screen once it shows what is wanted (a regular expression)."""
        until = time.monotonic() + seconds
        while True:
            screen = self.screen()
            if re.search(wanted, screen, re.S):
                return screen
            if time.monotonic() > until:
                raise AssertionError(f"never seen: {wanted}\n{screen}")
            time.sleep(0.1)

    def keys(self, *names):
        self.tmux("send-keys", *names)

    def ended(self, seconds=60):
        """The exit status."""
        until = time.monotonic() + seconds
        while not os.path.exists(self.status) or not read(self.status).strip():
            if time.monotonic() > until:
                raise AssertionError("af has not ended\n" + self.screen())
            time.sleep(0.1)
        return int(read(self.status))

    def close(self):
        self.tmux("kill-server")


def quoted(word):
    return "'" + str(word).replace("'", "'\\''") + "'"


def masked(screen, root_url, ids=()):
    """The screen with what differs between runs replaced by words of the same kind."""
    for number, task_id in enumerate(ids):
        screen = screen.replace(task_id, f"<task {number}>")
    screen = screen.replace(root_url, "<root>")
    screen = re.sub(r"\b\d+(\.\d+)? (s|min( \d+ s)?)\b", "<time>", screen)
    screen = re.sub(r"[\d.]+ [kM]?B/s", "<rate>", screen)
    screen = re.sub(r", <time> left", "", screen)
    return re.sub(r"[\d.]+ [kM]?B\b", "<size>", screen)
