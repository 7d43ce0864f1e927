#!/usr/bin/env python3
"""Counts info.OS over compressed telemetry: the plain script an analyst would write today, written well.

It is what `af run` is measured against, so it does all that is cheap to do: several processes, the largest object
first, streams instead of whole objects, large reads, one connection an object, orjson when asked for.

  plain_python.py set/data                                      a folder
  plain_python.py --list objects.txt                            paths or http URLs, one a line ("-" is stdin)
  plain_python.py --endpoint http://127.0.0.1:9000 --bucket telemetry --prefix saved_session/

Prints "KEY COUNT" lines sorted by key. A line that is no record is counted on stderr. Exit status 1 when an object
could not be read to its end.
"""
import argparse
import bz2
import collections
import gzip
import io
import json
import lzma
import multiprocessing
import os
import shutil
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
import xml.etree.ElementTree

BLOCK = 1 << 20


def open_raw(name):
    if name.startswith(("http://", "https://")):
        return urllib.request.urlopen(name, timeout=60)
    return open(name, "rb")


class ZstdPipe:
    """Reads the output of `zstd -dc`; Python of Debian 12 has no zstd of its own."""

    def __init__(self, raw):
        self.raw = raw
        self.failure = None
        self.child = subprocess.Popen(["zstd", "-dcq"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=BLOCK)
        self.feeder = threading.Thread(target=self.feed, daemon=True)
        self.feeder.start()

    def feed(self):
        try:
            with self.child.stdin:
                shutil.copyfileobj(self.raw, self.child.stdin, BLOCK)
        except OSError as error:
            self.failure = error

    def __enter__(self):
        return self.child.stdout

    def __exit__(self, kind, value, trace):
        self.child.stdout.close()
        self.feeder.join()
        if self.child.wait() != 0 or self.failure:
            raise OSError(f"zstd failed with status {self.child.returncode}: {self.failure}")


def open_lines(name, raw):
    """A buffered stream of decompressed bytes, to iterate over by line."""
    suffix = os.path.splitext(urllib.parse.urlsplit(name).path)[1]
    if suffix in (".lzma", ".xz"):
        return io.BufferedReader(lzma.open(raw, "rb"), BLOCK)
    if suffix == ".gz":
        return io.BufferedReader(gzip.open(raw, "rb"), BLOCK)
    if suffix == ".bz2":
        return io.BufferedReader(bz2.open(raw, "rb"), BLOCK)
    if suffix == ".zst":
        return ZstdPipe(raw)
    return io.BufferedReader(raw, BLOCK) if isinstance(raw, io.RawIOBase) else raw


def leaves(value):
    if isinstance(value, dict):
        return sum(map(leaves, value.values()))
    if isinstance(value, list):
        return sum(map(leaves, value))
    return 1


def count_object(task):
    name, parser, touch_all = task
    if parser == "orjson":
        import orjson

        loads = orjson.loads
    else:
        loads = json.loads
    counts = collections.Counter()
    bad = touched = 0
    try:
        with open_raw(name) as raw, open_lines(name, raw) as lines:
            for line in lines:
                try:
                    ping = loads(line[line.index(b"\t") + 1:])
                    key = ping["info"]["OS"]
                except (ValueError, KeyError, TypeError):
                    bad += 1
                    continue
                if touch_all:
                    touched += leaves(ping)
                counts[key] += 1
    except (OSError, EOFError, lzma.LZMAError) as error:
        return name, None, bad, touched, str(error)
    return name, counts, bad, touched, None


def list_bucket(endpoint, bucket, prefix):
    """Yields (size, URL) of every object below the prefix, page by page, without signing."""
    base = f"{endpoint.rstrip('/')}/{urllib.parse.quote(bucket)}"
    query = {"list-type": "2", "prefix": prefix}
    while True:
        with urllib.request.urlopen(f"{base}?{urllib.parse.urlencode(query)}", timeout=60) as reply:
            page = xml.etree.ElementTree.fromstring(reply.read())
        for entry in page.iterfind("{*}Contents"):
            yield int(entry.findtext("{*}Size")), f"{base}/{urllib.parse.quote(entry.findtext('{*}Key'))}"
        token = page.findtext("{*}NextContinuationToken")
        if not token:
            return
        query["continuation-token"] = token


def list_names(names):
    for name in names:
        if os.path.isdir(name):
            for folder, _, files in os.walk(name):
                yield from (os.path.join(folder, file) for file in files)
        else:
            yield name


def size_of(name):
    """0 for a URL: asking for each one's size would cost a request."""
    return os.path.getsize(name) if os.path.exists(name) else 0


def find_objects(options):
    names = list(options.inputs)
    if options.list:
        with sys.stdin if options.list == "-" else open(options.list, encoding="utf-8") as listed:
            names += [line.rstrip("\n") for line in listed if line.strip()]
    found = [(size_of(name), name) for name in list_names(names)]
    if options.bucket:
        found += list_bucket(options.endpoint, options.bucket, options.prefix)
    return [name for _, name in sorted(found, key=lambda item: (-item[0], item[1]))]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="*", help="folders, files or http URLs")
    parser.add_argument("--list", help="file with one path or URL a line")
    parser.add_argument("--endpoint", default="http://127.0.0.1:9000")
    parser.add_argument("--bucket")
    parser.add_argument("--prefix", default="")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", choices=("json", "orjson"), default="json")
    parser.add_argument("--touch-all", action="store_true", help="visit every value of every record")
    options = parser.parse_args()
    if not (options.inputs or options.list or options.bucket):
        parser.error("name a folder, a --list or a --bucket")
    return options


def main():
    options = parse_arguments()
    tasks = [(name, options.json, options.touch_all) for name in find_objects(options)]
    total = collections.Counter()
    bad = touched = failed = 0
    with multiprocessing.Pool(options.processes) as pool:
        for name, counts, bad_here, touched_here, error in pool.imap_unordered(count_object, tasks):
            if error:
                failed += 1
                print(f"{name}: {error}", file=sys.stderr)
                continue
            total.update(counts)
            bad += bad_here
            touched += touched_here
    for key in sorted(total):
        print(key, total[key])
    if bad:
        print(f"{bad} bad lines", file=sys.stderr)
    if options.touch_all:
        print(f"{touched} values", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
