"""The artifacts of runs: what was created, which may be replaced by what, links followed."""
import json
import threading

from taskcluster.errors import ApiError
from taskcluster.values import MINUTE, iso, parse_date

LATE_MS = 25 * MINUTE
MOST_LINKS = 100
PLAIN_TYPE = "application/binary"


class Artifacts:
    """By run and name. An artifact is a dict: storageType, name, expires (ms), contentType, contentLength?, and by
    type url | artifact | reason, message | uploadId, present. Threads: any."""

    def __init__(self):
        self.lock = threading.Lock()
        self.of_run = {}  # (task id, run id) -> {name: artifact}

    def find(self, task_id, run_id, name):
        with self.lock:
            return self.of_run.get((task_id, run_id), {}).get(name)

    def listing(self, task_id, run_id, now):
        with self.lock:
            found = self.of_run.get((task_id, run_id), {})
            return [found[name] for name in sorted(found) if is_there(found[name], now)]

    def put(self, task_id, run_id, wanted):
        """Creates it, or replaces one that may be replaced; the artifact that is there then."""
        with self.lock:
            run = self.of_run.setdefault((task_id, run_id), {})
            known = run.get(wanted["name"])
            if known is None:
                run[wanted["name"]] = known = wanted
            elif may_become(known, wanted):
                kept = {name: known[name] for name in ("uploadId", "present") if name in known}
                run[wanted["name"]] = known = {**wanted, **kept}
            else:
                shown = {"storageType": known["storageType"], "contentType": known["contentType"],
                         "expires": iso(known["expires"])}
                raise ApiError("RequestConflict", "Artifact already exists with different properties, and none of the "
                                                  f"allowed exceptions apply: {json.dumps(shown, indent=2)}")
            return known

    def remove(self, task_id, run_id, name):
        with self.lock:
            return self.of_run.get((task_id, run_id), {}).pop(name, None)

    def chain(self, task_id, run_id, name):
        """(names from `name` to what its links end in, the artifact there or None)."""
        names, found = [name], self.find(task_id, run_id, name)
        while found and found["storageType"] == "link" and len(names) < MOST_LINKS:
            names.append(found["artifact"])
            found = self.find(task_id, run_id, found["artifact"])
        return names, found


def is_there(artifact, now):
    return artifact.get("present", True) and artifact["expires"] > now


def may_become(known, wanted):
    if known["storageType"] == "reference" and wanted["storageType"] in ("reference", "link"):
        return True
    same = ("storageType", "contentType", "artifact", "reason", "message")
    return all(known.get(field) == wanted.get(field) for field in same) and wanted["expires"] >= known["expires"]


def requested(name, payload):
    """The artifact that a createArtifact payload asks for."""
    fields = ("storageType", "contentType", "contentLength", "url", "artifact", "reason", "message")
    artifact = {field: payload[field] for field in fields if field in payload}
    artifact.setdefault("contentType", PLAIN_TYPE)
    return {**artifact, "name": name, "expires": parse_date(payload["expires"])}


def described(artifact):
    """What listings say of it."""
    shown = {"storageType": artifact["storageType"], "name": artifact["name"], "expires": iso(artifact["expires"]),
             "contentType": artifact["contentType"]}
    if "contentLength" in artifact:
        shown["contentLength"] = artifact["contentLength"]
    return shown


def check_open(task, run, now):
    """Artifacts come while the run is open, and a while longer when it ended in an exception."""
    late = run["state"] == "exception" and now <= run["resolved"] + LATE_MS
    if run["state"] != "running" and not late:
        raise ApiError("RequestConflict",
                       "Artifacts cannot be created for a task after it is resolved, unless it is resolved "
                       "'exception', and even in this case only up to 25 min past resolution.This to ensure that "
                       "artifacts have been uploaded before a task is 'completed' and output is consumed by a "
                       f"dependent task\n\nTask status: {json.dumps(task.status(), indent=2)}")
