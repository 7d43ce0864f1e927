"""How a worker stores artifacts: which files a payload names, their type and encoding, s3 or the object service."""
import base64
import gzip
import hashlib
import mimetypes
import os
from urllib.parse import quote

from taskcluster.client import Client, patiently, send
from taskcluster.values import parse_date

COMPRESSED = {".7z", ".bz2", ".deb", ".dmg", ".flv", ".gif", ".gz", ".jpeg", ".jpg", ".npz", ".png", ".swf", ".tbz",
              ".tgz", ".webp", ".whl", ".woff", ".woff2", ".xz", ".zip", ".zst"}
TYPES = {".zst": "application/zstd", ".json": "application/json", ".txt": "text/plain", ".log": "text/plain"}
HOME = "/home/worker"
INLINE_BYTES = 8192
ATTEMPTS = 6


class Uploader:
    """Stores the artifacts of one run with the run's credentials. `storage` is s3 or object, `encoding` that of files
    whose name does not say that they are compressed: gzip or identity."""

    def __init__(self, root_url, credentials, task_id, run_id, task_expires, storage, now, encoding):
        self.encoding = encoding
        self.now = now
        self.client = Client(root_url, credentials, now, ATTEMPTS)
        self.root_url, self.run, self.task_expires, self.storage = root_url, f"/task/{task_id}/runs/{run_id}", \
            task_expires, storage

    def path(self, name):
        return f"{self.run}/artifacts/{quote(name, safe='')}"

    def create(self, name, **artifact):
        expires = artifact.pop("expires", None) or self.task_expires
        if parse_date(expires) > parse_date(self.task_expires):
            expires = self.task_expires
        return self.client.call("queue", "POST", self.path(name), {"expires": expires, **artifact})

    def store(self, name, data, content_type, encoding="gzip", expires=None):
        """Uploads bytes; `encoding` is gzip or identity."""
        if self.storage == "object":
            self._store_object(name, data, content_type, expires)
            return
        sent = gzip.compress(data, 6, mtime=0) if encoding == "gzip" else data
        made = self.create(name, storageType="s3", contentType=content_type, contentLength=len(sent), expires=expires)
        headers = {"Content-Type": content_type, **({"Content-Encoding": "gzip"} if encoding == "gzip" else {})}
        put(made["putUrl"], sent, headers, name)

    def _store_object(self, name, data, content_type, expires):
        made = self.create(name, storageType="object", contentType=content_type, expires=expires)
        client = Client(self.root_url, made["credentials"], self.now, ATTEMPTS)
        hashes = {kind: hashlib.new(kind, data).hexdigest() for kind in ("sha256", "sha512")}
        upload = {"projectId": made["projectId"], "uploadId": made["uploadId"]}
        methods = {"putUrl": {"contentType": content_type, "contentLength": len(data)}}
        if len(data) <= INLINE_BYTES:
            methods["dataInline"] = {"contentType": content_type, "objectData": base64.b64encode(data).decode()}
        place = quote(made["name"], safe="")
        reply = client.call("object", "PUT", f"/upload/{place}",
                            {**upload, "expires": made["expires"], "hashes": hashes, "proposedUploadMethods": methods})
        if "putUrl" in reply["uploadMethod"]:
            form = reply["uploadMethod"]["putUrl"]
            put(form["url"], data, form["headers"], name)
        client.call("object", "POST", f"/finish-upload/{place}", {**upload, "hashes": hashes})
        self.client.call("queue", "PUT", self.path(name), {"uploadId": made["uploadId"]})

    def store_all(self, artifacts, folder):
        """Uploads what a payload names; the names that were asked for, are not optional and are not there."""
        missing = []
        for wanted in listed(artifacts):
            place = mapped(wanted["path"], folder)
            files = list(files_of(wanted, place))
            for name, path in files:
                self.store_file(name, path, wanted)
            if not files and not os.path.isdir(place) and not wanted["optional"]:
                self.create(wanted["name"], storageType="error", reason="file-missing-on-worker",
                            message=f"Could not read file '{wanted['path']}'", expires=wanted.get("expires"))
                missing.append(wanted["name"])
        return missing

    def store_file(self, name, path, wanted):
        suffix = os.path.splitext(path)[1].lower()
        content_type = wanted.get("contentType") or TYPES.get(suffix) or mimetypes.guess_type(path)[0] \
            or "application/octet-stream"
        encoding = wanted.get("contentEncoding") or ("identity" if suffix in COMPRESSED else self.encoding)
        with open(path, "rb") as file:
            self.store(name, file.read(), content_type, encoding, wanted.get("expires"))


def put(url, data, headers, name):
    status, _, _ = patiently(ATTEMPTS, lambda: send("PUT", url, data, headers))
    if status >= 300:
        raise OSError(f"upload of {name}: HTTP {status}")


def listed(artifacts):
    """The artifacts of a payload as a list; those of the docker-worker form (a map) are all optional under d2g."""
    if isinstance(artifacts, dict):
        return [{"name": name, **wanted, "optional": True} for name, wanted in sorted(artifacts.items())]
    return [{"name": wanted["path"], "optional": False, **wanted} for wanted in artifacts or []]


def mapped(path, folder):
    """Where a path of the container is on this machine: /home/worker is the working folder of the run."""
    if path == HOME or path.startswith(HOME + "/"):
        return folder + path[len(HOME):]
    return os.path.join(folder, path)


def files_of(wanted, place):
    """(artifact name, path) of each file that is there. A link that leads out of the run is not followed."""
    if wanted["type"] == "file":
        if os.path.isfile(place):
            yield wanted["name"], place
        return
    for folder, folders, names in os.walk(place):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                yield f"{wanted['name']}/{os.path.relpath(path, place)}", path
