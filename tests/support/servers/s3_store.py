"""Objects as files: DIR/<bucket>/<key>. Digests are computed once for each version of a file and kept.

A file `KEY.s3meta.json` beside an object, written before it, is not an object: it holds {"etag": "...",
"headers": {...}} that replace or join what the server would say (a multipart ETag, Content-Encoding, a composite
checksum). Keys that no path can hold ("a/../b", "/a", "a//b") come from a key map, {"bucket": {"key": "file"}}, with
files relative to the root.
"""
import base64
import bisect
import hashlib
import json
import os
import re
import stat
import tempfile
import threading
import time
import zlib

SIDECAR = ".s3meta.json"
BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
HIDDEN = ".s3tmp-"


class Version:
    """One state of one object: its file, size, times and digests."""

    def __init__(self, path, info):
        self.path = path
        self.size = info.st_size
        self.modified = info.st_mtime
        self.identity = (info.st_mtime_ns, info.st_size, info.st_ino)
        self.lock = threading.Lock()
        self.digests = {}
        self.sidecar = read_sidecar(path)

    def digest(self, name):
        with self.lock:
            if name not in self.digests:
                self.digests[name] = DIGESTS[name](self.path)
            return self.digests[name]

    def etag(self, style):
        """Without quotes. `fast` is of the shape of a multipart upload's: no MD5 of the content, no reading."""
        if "etag" in self.sidecar:
            return self.sidecar["etag"].strip('"')
        if style == "fast":
            return hashlib.md5(repr((self.path, self.identity)).encode()).hexdigest() + "-1"
        return self.digest("md5")

    def checksum_headers(self, names):
        given = {name: value for name, value in self.sidecar.get("headers", {}).items()
                 if name.lower().startswith("x-amz-checksum-")}
        if given:
            return given
        found = {f"x-amz-checksum-{name}": self.digest(name) for name in names}
        return {**found, "x-amz-checksum-type": "FULL_OBJECT"} if found else {}


class Store:
    """Threads: any. Files may appear, change and vanish while the server runs."""

    def __init__(self, root, key_map=None):
        self.root = os.path.realpath(root)
        self.key_map = {bucket: {key: os.path.join(self.root, name) for key, name in keys.items()}
                        for bucket, keys in (key_map or {}).items()}
        self.lock = threading.Lock()
        self.versions = {}
        self.indexes = {}

    def buckets(self):
        return sorted(name for name in os.listdir(self.root) if self.has_bucket(name))

    def has_bucket(self, bucket):
        return bool(BUCKET_NAME.fullmatch(bucket)) and os.path.isdir(os.path.join(self.root, bucket))

    def find(self, bucket, key):
        """The object's present version; None when there is none."""
        path = self.key_map.get(bucket, {}).get(key) or self._path(bucket, key)
        try:
            info = os.stat(path) if path else None
        except OSError:
            return None
        if info is None or not stat.S_ISREG(info.st_mode):
            return None
        with self.lock:
            known = self.versions.get(path)
            if known is None or known.identity != (info.st_mtime_ns, info.st_size, info.st_ino):
                known = self.versions[path] = Version(path, info)
            return known

    def _path(self, bucket, key):
        parts = key.split("/")
        if not all(parts) or "." in parts or ".." in parts or "\0" in key or is_hidden(parts[-1]):
            return None
        return os.path.join(self.root, bucket, *parts)

    def keys(self, bucket):
        """All keys in UTF-8 order. The tree is walked again only when a folder in it has changed."""
        with self.lock:
            index = self.indexes.get(bucket)
        if index is None or index.changed():
            index = Index(os.path.join(self.root, bucket), self.key_map.get(bucket, {}))
            with self.lock:
                self.indexes[bucket] = index
        return index.keys

    def put(self, bucket, key, pieces, headers, check):
        """Writes a new object in one step; `check(sums)` may raise before it becomes visible."""
        path = self._path(bucket, key)
        if path is None:
            return None
        sums = {"md5": hashlib.md5(), "sha256": hashlib.sha256(), "crc32": 0}
        handle, temporary = tempfile.mkstemp(prefix=HIDDEN, dir=self.root)
        try:
            with os.fdopen(handle, "wb") as file:
                for piece in pieces:
                    file.write(piece)
                    sums["md5"].update(piece)
                    sums["sha256"].update(piece)
                    sums["crc32"] = zlib.crc32(piece, sums["crc32"])
            check(sums)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            write_sidecar(path, headers)
            os.rename(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
        return self.find(bucket, key)

    def delete(self, bucket, key):
        if (version := self.find(bucket, key)) is not None:
            os.unlink(version.path)
            if os.path.exists(version.path + SIDECAR):
                os.unlink(version.path + SIDECAR)


class Index:
    """The sorted keys of one bucket and the folders they were read from."""

    RACY_NS = 50_000_000  # a file may still arrive within the same tick of the folder's clock

    def __init__(self, top, mapped):
        self.folders = {}
        self.read_at = time.time_ns()
        found = set(mapped)
        self._walk(top, "", found)
        self.keys = sorted(key for key in found if is_utf8(key))

    def _walk(self, folder, prefix, found):
        self.folders[folder] = os.stat(folder).st_mtime_ns
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    self._walk(entry.path, f"{prefix}{entry.name}/", found)
                elif not is_hidden(entry.name):
                    found.add(prefix + entry.name)

    def changed(self):
        try:
            return any(seen > self.read_at - self.RACY_NS or os.stat(folder).st_mtime_ns != seen
                       for folder, seen in self.folders.items())
        except OSError:
            return True


def page(keys, prefix, delimiter, after, limit):
    """One page of a listing: (entries, more). An entry is (text, is_prefix), in order; `after` is None or the entry to
    go on after. Common prefixes count towards the limit as keys do."""
    entries = []
    at = bisect.bisect_left(keys, prefix)
    if after and after[0] >= prefix:
        at = past(keys, at, after[0]) if after[1] else bisect.bisect_right(keys, after[0])
    while at < len(keys) and keys[at].startswith(prefix):
        if len(entries) == limit:
            return entries, True
        cut = keys[at].find(delimiter, len(prefix)) if delimiter else -1
        if cut < 0:
            entries.append((keys[at], False))
            at += 1
        else:
            entries.append((keys[at][:cut + len(delimiter)], True))
            at = past(keys, at, entries[-1][0])
    return entries, False


def past(keys, at, prefix):
    """The first place from `at` on whose key does not begin with `prefix`."""
    at = bisect.bisect_left(keys, prefix + "\U0010ffff", lo=at)
    while at < len(keys) and keys[at].startswith(prefix):
        at += 1
    return at


def is_hidden(name):
    return name.endswith(SIDECAR) or name.startswith(HIDDEN)


def is_utf8(text):
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_sidecar(path):
    try:
        with open(path + SIDECAR, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def write_sidecar(path, headers):
    if headers:
        with open(path + SIDECAR, "w", encoding="utf-8") as file:
            json.dump({"headers": headers}, file)
    elif os.path.exists(path + SIDECAR):
        os.unlink(path + SIDECAR)


def pieces_of(path):
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            yield piece


def hex_md5(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def base64_sha256(path):
    with open(path, "rb") as file:
        return base64.b64encode(hashlib.file_digest(file, "sha256").digest()).decode()


def base64_crc32(path):
    value = 0
    for piece in pieces_of(path):
        value = zlib.crc32(piece, value)
    return base64.b64encode(value.to_bytes(4, "big")).decode()


def crc32c_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


def base64_crc32c(path):
    """Byte by byte (about 10 MB/s): no Debian package has it. The value is kept, as all digests are."""
    table, value = crc32c_table(), 0xFFFFFFFF
    for piece in pieces_of(path):
        for byte in piece:
            value = table[(value ^ byte) & 0xFF] ^ value >> 8
    return base64.b64encode((value ^ 0xFFFFFFFF).to_bytes(4, "big")).decode()


DIGESTS = {"md5": hex_md5, "sha256": base64_sha256, "crc32": base64_crc32, "crc32c": base64_crc32c}
