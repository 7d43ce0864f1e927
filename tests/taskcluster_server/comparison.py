"""How a replayed answer is held against the recorded one: the same status, error code, message, shape and values,
but for what must differ: dates, tokens, signed URLs, machine names."""
import json
import re

from recording import is_cut, whole
from taskcluster.values import DATE

VOLATILE = {"uptime", "accessToken", "certificate", "url", "putUrl", "uploadId", "continuationToken", "workerId",
            "clientId", "etag"}
HEADERS = ("x-taskcluster-artifact-storage-type", "www-authenticate", "content-type")
ROOT = re.compile(r"http://127\.0\.0\.1:\d+")
INCIDENT = re.compile(r"incidentId [0-9a-f-]+")
ANY_DATE = re.compile(DATE.pattern)


def differences(recorded, status, headers, body, ignored=()):
    """What is not the same, as lines. `body` is bytes; `ignored` are names of further fields that may differ."""
    found = []
    if recorded["status"] != status:
        found.append(f"status {status} instead of {recorded['status']}: {body[:300]!r}")
        return found
    for name in HEADERS:
        if name in recorded["headers"] and recorded["headers"][name] != headers.get(name) \
                and ("body" in recorded or "text" in recorded or name != "content-type"):
            found.append(f"header {name}: {headers.get(name)!r} instead of {recorded['headers'][name]!r}")
    if ("location" in recorded["headers"]) != ("location" in headers):
        found.append("a Location too many or too few")
    if recorded["headers"].get("content-encoding", "identity") != headers.get("content-encoding", "identity"):
        found.append(f"content-encoding {headers.get('content-encoding')}")
    if "body" in recorded:
        compare(recorded["body"], json.loads(body), "body", set(VOLATILE) | set(ignored), found)
    elif is_plain(recorded.get("text")) and ROOT.sub("", recorded["text"]) != ROOT.sub("", body.decode()):
        found.append(f"text {body[:80]!r} instead of {recorded['text'][:80]!r}")
    return found


def is_plain(text):
    """Whether a recorded text was kept whole and does not depend on the machine."""
    return text is not None and not re.search(r"<\d+ |in all>|X-Amz-|bewit=|^\[taskcluster |\x1f", text)


def compare(recorded, ours, where, volatile, found):
    if type(recorded) is not type(ours) and not {type(recorded), type(ours)} <= {int, float}:
        found.append(f"{where}: {shown(ours)} instead of {shown(recorded)}")
    elif isinstance(recorded, dict):
        for name in sorted(set(recorded) ^ set(ours)):
            found.append(f"{where}.{name} is {'missing' if name in recorded else 'too much'}")
        for name in set(recorded) & set(ours):
            if name not in volatile:
                compare(recorded[name], ours[name], f"{where}.{name}", volatile, found)
            elif type(recorded[name]) is not type(ours[name]):
                found.append(f"{where}.{name}: another type")
    elif isinstance(recorded, list):
        compare_lists(recorded, ours, where, volatile, found)
    elif normal(whole(recorded, [])) != normal(ours):
        found.append(f"{where}: {shown(ours)} instead of {shown(recorded)}")


def compare_lists(recorded, ours, where, volatile, found):
    if is_cut(recorded):
        count = int(re.search(r"\d+", recorded[-1])[0])
        if len(ours) != count:
            found.append(f"{where}: {len(ours)} items instead of {count}")
        if isinstance(recorded[0], dict):
            compare(recorded[0], ours[0], f"{where}[0]", volatile | {"taskId", "taskGroupId"}, found)
        return
    if len(recorded) != len(ours):
        found.append(f"{where}: {shown(ours)} instead of {shown(recorded)}")
        return
    for number, (one, other) in enumerate(zip(recorded, ours)):
        compare(one, other, f"{where}[{number}]", volatile, found)


def normal(value):
    if not isinstance(value, str):
        return value
    text = ROOT.sub("ROOT", INCIDENT.sub("incidentId", ANY_DATE.sub("DATE", value)))
    if "Schema Validation Failed" in text:
        text = "\n".join(sorted(text.splitlines()))  # the order is that of the schema's author
    return re.sub(r"\"(workerId|takenUntil|scheduled|started|resolved)\": \"[^\"]*\"", r"\1", text)


def shown(value):
    return json.dumps(value)[:400]
