"""What these tests share: the package on the path, and tasks that are shell scripts."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tests", "support", "servers"))
SECONDS = 60


def shell(script, *, artifacts=(), env=None, **payload):
    """{command, payload} of a task that runs `script`; `artifacts` are names of files in its working folder."""
    named = {f"public/{name}": {"type": "file", "path": f"/home/worker/{name}"} for name in artifacts}
    return {"command": ["/bin/sh", "-c", script], "payload": {"artifacts": named, "env": env or {}, **payload}}
