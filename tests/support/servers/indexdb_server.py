#!/usr/bin/env python3
"""An IndexDB test server on loopback: POST /files with {"filter": {...}} answers the files that the filter matches.

The reply is a JSON list of {"file_name": ..., "size": ...}, in the order of the rows, sent in chunks as it is made.
What matches is found by tests/support/filter_semantics.py, which knows nothing of the filter in C++. Refused: a body
that is no JSON of that form or no filter (400), another method (405), path (404) or Content-Type (415).

Faults are rules as those of the Taskcluster server (taskcluster/faults.py: status, html, body, headers, delay, drop,
cut; after, times, share), whose "do" knows of rows too: see ROW_ACTIONS in indexdb_faults.py. A redirect is
{"status": 302, "headers": {"location": "..."}, "body": ""}.

As a program it prints "listening http://127.0.0.1:PORT" and ends with status 0 on SIGTERM or SIGINT; in a test:

    with IndexDb(rows=[("a/b/c/d/1.2", 10)], faults=[{"do": {"status": 503}, "times": 1}]) as index:
        index.url, index.requests
"""
import argparse
import datetime
import json
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
import indexdb_faults  # noqa: E402
import indexdb_rows  # noqa: E402
from filter_semantics import Refused, Selection  # noqa: E402
from taskcluster.faults import ACTIONS, Faults  # noqa: E402
from taskcluster.http_layer import HttpServer, Response, json_response  # noqa: E402

PATH = "/files"
MAX_BODY_BYTES = 1 << 20


class IndexDb:
    """Running from construction until `stop`. `rows` are (name, size), `faults` rules, `today` (20131121) what "days"
    of a filter count from: by default the date in UTC. Threads: any."""

    def __init__(self, rows=(), faults=(), today=None, port=0, latency_seconds=0):
        self.rows = list(rows)
        self.today = today
        self.latency_seconds = latency_seconds
        self.faults = Faults(lambda: int(time.time() * 1000), ACTIONS | set(indexdb_faults.ROW_ACTIONS))
        for rule in faults:
            self.faults.add(rule)
        self.server = HttpServer(self._answer, port)
        self.url = self.server.url

    @property
    def requests(self):
        """What was asked, oldest first: {http, path, status, fault, bytes, seconds, ...}."""
        return self.faults.requests()

    def _answer(self, request):
        response = self.faults.answer("index", "files", request, lambda: self._files(request))
        response.delay = response.delay or self.latency_seconds
        return response

    def _files(self, request):
        if request.path != PATH:
            return refusal(404, f"no such path: {request.path}")
        if request.method != "POST":
            return refusal(405, "files are asked for by POST", {"allow": "POST"})
        if request.header("content-type").partition(";")[0].strip().lower() != "application/json":
            return refusal(415, "the body must be application/json")
        try:
            if len(request.body) > MAX_BODY_BYTES:
                raise ValueError
            question = json.loads(request.body)
            selection = Selection(question["filter"], self.today or int(datetime.datetime.utcnow().strftime("%Y%m%d")))
        except (ValueError, KeyError, TypeError, RecursionError):
            return refusal(400, 'the body must be {"filter": {...}}')
        except Refused:
            return refusal(400, "the filter is none: version 1, the six dimensions in order, values of text")
        return Response(200, {"content-type": "application/json"}, self._reply(selection, request.fault))

    def _reply(self, selection, do):
        kept = (row for row in self.rows if selection.keeps(row[0]))
        left_out = (row for row in self.rows if not selection.keeps(row[0]))
        return indexdb_faults.whole(indexdb_rows.pieces(indexdb_faults.row_texts(kept, left_out, do)), do)

    def stop(self):
        self.server.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def refusal(status, text, headers=None):
    return json_response({"error": text}, status, headers)


def parse_options(arguments=None):
    actions = "\n".join(f"  {name:14} {text}" for name, text in indexdb_faults.ROW_ACTIONS.items())
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog=f"ACTIONS ON ROWS\n{actions}\n")
    rows = parser.add_mutually_exclusive_group(required=True)
    rows.add_argument("--rows", metavar="FILE", help='lines of {"file_name": ..., "size": ...}')
    rows.add_argument("--folder", metavar="DIR", help="the files below it, such as a bucket of the S3 test server")
    rows.add_argument("--generate", type=int, metavar="N", help="so many rows in the layout of the telemetry store")
    parser.add_argument("--seed", type=int, default=1, help="of --generate (default 1)")
    parser.add_argument("--write", metavar="FILE", help="write the rows as --rows takes them, and end")
    parser.add_argument("--today", type=int, metavar="YYYYMMDD", help="what days of a filter count from")
    parser.add_argument("--port", type=int, default=0, help="0 (default): any free one")
    parser.add_argument("--latency-ms", type=float, default=0, help="before the reply begins")
    parser.add_argument("--fault", action="append", default=[], type=json.loads, metavar="JSON", help="a rule; may be "
                        "repeated")
    return parser.parse_args(arguments)


def rows_of(options):
    if options.rows:
        return indexdb_rows.of_file(options.rows)
    return indexdb_rows.of_folder(options.folder) if options.folder else \
        indexdb_rows.generated(options.generate, options.seed)


def main():
    options = parse_options()
    if options.write:
        with open(options.write, "w", encoding="utf-8") as file:
            file.writelines(indexdb_rows.row_text(*row) + "\n" for row in rows_of(options))
        return
    stops = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    with IndexDb(rows_of(options), options.fault, options.today, options.port, options.latency_ms / 1000) as index:
        print(f"listening {index.url}", flush=True)
        signal.sigwait(stops)


if __name__ == "__main__":
    main()
