#!/usr/bin/env python3
"""The IndexDB test server: what it selects, what it refuses, and each way in which it can be wrong."""
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from urllib.parse import urlsplit

import indexdb_rows
from indexdb_faults import HOSTILE_NAMES
from indexdb_server import IndexDb  # puts the folder of the next one on the path
from filter_semantics import NAMES, expected

HERE = os.path.dirname(os.path.abspath(__file__))
SERVER = os.path.join(HERE, "indexdb_server.py")
ROWS = [(f"saved_session/Firefox/{channel}/22.0a1/2013031403091{n}.2013111{n}.v2.log.{n:032x}.lzma", 100 + n)
        for n in range(5) for channel in ("nightly", "aurora")]
TODAY = 20131121


def filter_of(**allowed):
    """All values of every dimension but those named."""
    return {"version": 1, "dimensions": [{"field_name": name, "allowed_values": allowed.get(name, "*")}
                                         for name in NAMES]}


NIGHTLY = filter_of(appUpdateChannel=["nightly"])


def send(url, body, method="POST", path="/files", kind="application/json"):
    """(status, headers, bytes) of one request."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    try:
        connection.request(method, path, body if isinstance(body, bytes) else json.dumps(body), {"Content-Type": kind})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def ask(index, filter_value=None):
    status, _, body = send(index.url, {"filter": filter_value or NIGHTLY})
    return status, body


class Base(unittest.TestCase):
    def index(self, *faults, rows=ROWS, **options):
        return self.enterContext(IndexDb(rows, faults, TODAY, **options))

    def rows_with(self, **do):
        return json.loads(ask(self.index({"do": do}))[1])


class Selecting(Base):
    def test_answers_the_rows_that_match_in_their_order(self):
        status, headers, body = send(self.index().url, {"filter": NIGHTLY})
        self.assertEqual((status, headers["content-type"]), (200, "application/json"))
        self.assertEqual(json.loads(body),
                         [{"file_name": name, "size": size} for name, size in ROWS if "nightly" in name])

    def test_answers_an_empty_list_when_nothing_matches(self):
        self.assertEqual(ask(self.index(), filter_of(reason=["idle-daily"])), (200, b"[]\n"))

    def test_selects_among_100000_rows_exactly_what_the_oracle_selects(self):
        rows = list(indexdb_rows.generated(100_000))
        index = self.index(rows=rows)
        for question in (filter_of(), filter_of(reason=["saved-session"], appName="Fennec"),
                         filter_of(appUpdateChannel=["nightly", "aurora"], appVersion={"min": "26.0", "max": "28"}),
                         filter_of(appBuildID={"min": "20130607", "max": "20130608"}),
                         filter_of(submission_date={"max": "20131119"}, appName={"not": ["Firefox"]})):
            got = [row["file_name"] for row in json.loads(ask(index, question)[1])]
            sample = random.Random(1).sample(rows, 3000)
            chosen = set(got)
            self.assertEqual([name for name, _ in sample if name in chosen],
                             [name for name, _ in sample if expected(question, name, TODAY) == "1"])
            self.assertTrue(0 < len(got) < len(rows))

    def test_makes_the_same_rows_for_the_same_seed_and_odd_ones_among_them(self):
        rows = list(indexdb_rows.generated(20_000, 7))
        self.assertEqual(rows, list(indexdb_rows.generated(20_000, 7)))
        self.assertNotEqual(rows[:100], list(indexdb_rows.generated(100, 8)))
        kinds = [expected(filter_of(), name, TODAY) for name, _ in rows]
        self.assertTrue(0.001 < kinds.count("misfit") / len(rows) < 0.01)
        self.assertGreater(len({name for name, _ in rows}), 0.999 * len(rows))
        self.assertIn(0, [size for _, size in rows])

    def test_refuses_what_is_no_question(self):
        url = self.index().url
        good = json.dumps({"filter": NIGHTLY}).encode()
        for arguments, status in (((b"{",), 400), ((b"[]",), 400), ((b"{}",), 400), (({"filter": "*"},), 400),
                                  (({"filter": {**NIGHTLY, "version": 2}},), 400),
                                  (({"filter": {**NIGHTLY, "dimensions": NIGHTLY["dimensions"][::-1]}},), 400),
                                  (({"filter": filter_of(reason=7)},), 400), ((b"[" * 100_000,), 400),
                                  ((good, "GET"), 405), ((good, "POST", "/other"), 404),
                                  ((good, "POST", "/files", "text/plain"), 415)):
            with self.subTest(str(arguments)[:60]):
                got, _, body = send(url, *arguments)
                self.assertEqual(got, status)
                self.assertIn("error", json.loads(body))


class Faults(Base):
    def test_give_the_first_row_any_size(self):
        for text in ("-1", "9223372036854775808", "1e30", "1.5", "null", '"12"', "99999999999999999999999"):
            with self.subTest(text):
                _, body = ask(self.index({"do": {"size": text}}))
                self.assertIn(f'"size": {text}}}'.encode(), body)
                self.assertEqual(len(json.loads(body)), 5)

    def test_repeat_rows(self):
        names = [row["file_name"] for row in self.rows_with(duplicates=2)]
        self.assertEqual((len(names), len(set(names)), names[-2:]), (7, 5, names[:2]))

    def test_add_rows_that_do_not_match(self):
        names = [row["file_name"] for row in self.rows_with(unmatched=7)]
        self.assertEqual([expected(NIGHTLY, name, TODAY) for name in names], ["0"] * 7 + ["1"] * 5)

    def test_add_hostile_names(self):
        self.assertEqual([row["file_name"] for row in self.rows_with(hostile=True)][:-5], list(HOSTILE_NAMES))
        self.assertEqual(self.rows_with(hostile=["a\nb"])[0], {"file_name": "a\nb", "size": 1})

    def test_have_another_shape(self):
        name, size = next(row for row in ROWS if "nightly" in row[0])
        row = {"file_name": name, "size": size}
        self.assertEqual(self.rows_with(shape="object")["files"][0], row)
        self.assertEqual(self.rows_with(shape="strings")[0], name)
        self.assertEqual(self.rows_with(shape="nested")[0], [row])
        self.assertEqual(self.rows_with(shape="no_name")[0], {"size": size})
        self.assertEqual(set(self.rows_with(shape="no_size")[0]), {"file_name"})
        self.assertEqual(self.rows_with(shape="number_name")[0]["file_name"], 7)
        self.assertEqual(self.rows_with(shape="extra")[0], {"owner": {"name": ["x"]}, **row})
        self.assertIsNone(self.rows_with(shape="null"))
        self.assertEqual(ask(self.index({"do": {"shape": "empty"}})), (200, b""))

    def test_are_no_JSON(self):
        whole = ask(self.index())[1]
        for at in (0, 1, 50, len(whole) - 2):
            self.assertEqual(ask(self.index({"do": {"truncate": at}})), (200, whole[:at]))
        _, body = ask(self.index({"do": {"missing_comma": 2}}))
        self.assertEqual(body.count(b"} {"), 1)
        with self.assertRaises(ValueError):
            json.loads(body)

    def test_answer_errors_pages_and_redirects_so_many_times(self):
        index = self.index({"do": {"status": 429, "headers": {"retry-after": "1"}}, "times": 1},
                           {"do": {"status": 502, "html": True}, "times": 1}, {"do": {"html": True}, "times": 1},
                           {"do": {"status": 302, "headers": {"location": "http://127.0.0.1:1/"}, "body": ""},
                            "times": 1})
        answers = [send(index.url, {"filter": NIGHTLY}) for _ in range(5)]
        self.assertEqual([status for status, _, _ in answers], [429, 502, 200, 302, 200])
        self.assertEqual(answers[0][1]["retry-after"], "1")
        self.assertTrue(answers[2][2].startswith(b"<html>"))
        self.assertEqual(answers[3][1]["location"], "http://127.0.0.1:1/")
        self.assertEqual([entry["status"] for entry in index.requests], [429, 502, 200, 302, 200])

    def test_cut_the_connection(self):
        for do in ({"cut": 100}, {"drop": "before"}):
            with self.subTest(**do), self.assertRaises((http.client.HTTPException, ConnectionError)):
                ask(self.index({"do": do}))

    def test_fall_silent(self):
        began = time.monotonic()
        _, body = ask(self.index({"do": {"stall": 100, "seconds": 0.5}}))
        self.assertEqual((body, time.monotonic() - began > 0.5), (ask(self.index())[1], True))

    def test_refuse_a_word_they_do_not_know(self):
        with self.assertRaises(ValueError):
            self.index({"do": {"sizes": "-1"}})


class TheProgram(unittest.TestCase):
    def start(self, *options):
        program = subprocess.Popen([sys.executable, "-B", SERVER, *options], stdout=subprocess.PIPE, text=True)
        self.addCleanup(program.stdout.close)
        self.addCleanup(lambda: program.wait(60))
        self.addCleanup(program.kill)
        word, url = program.stdout.readline().split()
        self.assertEqual(word, "listening")
        return program, url

    def test_streams_ten_million_rows_without_holding_them(self):
        rule = json.dumps({"do": {"rows": 10_000_000}})
        program, url = self.start("--generate", "1000", "--fault", rule)
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=120)
        self.addCleanup(connection.close)
        connection.request("POST", "/files", json.dumps({"filter": filter_of()}), {"Content-Type": "application/json"})
        response = connection.getresponse()
        rows = ends = 0
        while piece := response.read(1 << 20):
            rows += piece.count(b"{")
            ends = piece[-3:]
        self.assertEqual((rows, ends), (10_000_000, b"}]\n"))
        with open(f"/proc/{program.pid}/status", encoding="ascii") as file:
            peak_kib = int(file.read().partition("VmHWM:")[2].split()[0])
        self.assertLess(peak_kib, 60 << 10)
        program.send_signal(signal.SIGTERM)
        self.assertEqual(program.wait(60), 0)

    def test_serves_a_file_of_rows_or_the_files_of_a_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            path, bucket = os.path.join(folder, "rows"), os.path.join(folder, "bucket")
            subprocess.run([sys.executable, "-B", SERVER, "--generate", "500", "--write", path], check=True, timeout=60)
            _, url = self.start("--rows", path)
            kept = [name for name, _ in indexdb_rows.generated(500) if expected(filter_of(), name, TODAY) == "1"]
            self.assertEqual([row["file_name"] for row in json.loads(send(url, {"filter": filter_of()})[2])], kept)
            for name, size in ROWS:
                os.makedirs(os.path.dirname(os.path.join(bucket, name)), exist_ok=True)
                with open(os.path.join(bucket, name), "wb") as file:
                    file.write(bytes(size))
            _, url = self.start("--folder", bucket)
            self.assertEqual(json.loads(send(url, {"filter": NIGHTLY})[2]),
                             [{"file_name": name, "size": size} for name, size in ROWS if "nightly" in name])


if __name__ == "__main__":
    unittest.main()
