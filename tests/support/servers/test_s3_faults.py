#!/usr/bin/env python3
"""The faults of the S3 test server, seen through raw sockets: each one does what its rule says, every time."""
import socket
import struct
import threading
import time
import unittest

import s3_faults
from running_server import RunningServer, send, split_response
from s3_body import pace, plan, slices

BODY = bytes(range(256)) * 1024  # 256 KiB
FILES = {"tele/a": BODY, "tele/b": b"bbbb", **{f"tele/many/{n}": b"x" for n in range(200)}}
OPEN = ("--anonymous-bucket", "tele")


def serving(*rules, options=()):
    return RunningServer(FILES, *OPEN, *options, rules=rules)


def statuses(server, targets):
    """The status of each GET, one after the other."""
    return [split_response(server.raw(target)[0])[0] for target in targets]


def read_exactly(sock, count):
    data = b""
    while len(data) < count and (more := sock.recv(count - len(data))):
        data += more
    return data


def read_response(sock):
    """One sized response from a connection that goes on."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += sock.recv(1)
    status, headers, _ = split_response(head)
    return status, headers, read_exactly(sock, int(headers["content-length"]))


class Errors(unittest.TestCase):
    def test_a_status_comes_with_its_code_and_retry_after(self):
        rule = {"do": {"status": 503, "retry_after": 7}, "times": 1}
        with serving(rule) as server:
            status, headers, body = split_response(server.raw("/tele/b")[0])
            self.assertEqual((status, headers["retry-after"]), (503, "7"))
            self.assertIn(b"<Code>SlowDown</Code>", body)
            self.assertEqual(statuses(server, ["/tele/b"]), [200])

    def test_an_internal_error_can_come_in_the_body_of_a_200(self):
        with serving({"do": {"error": "InternalError", "in_body": True}}) as server:
            status, _, body = split_response(server.raw("/tele/b")[0])
            self.assertEqual(status, 200)
            self.assertIn(b"<Code>InternalError</Code>", body)

    def test_times_counts_for_each_key_or_in_total(self):
        with serving({"do": {"status": 500}, "times": 1}) as server:
            self.assertEqual(statuses(server, ["/tele/a", "/tele/b", "/tele/a", "/tele/b"]), [500, 500, 200, 200])
        with serving({"do": {"status": 500}, "times": 1, "per": "total"}) as server:
            self.assertEqual(statuses(server, ["/tele/a", "/tele/b"]), [500, 200])

    def test_a_token_expires_after_so_many_requests(self):
        with serving({"do": {"error": "ExpiredToken"}, "after": 2, "per": "total"}) as server:
            self.assertEqual(statuses(server, ["/tele/a", "/tele/b", "/tele/a", "/tele/b"]), [200, 200, 400, 400])

    def test_match_chooses_by_key_operation_and_range(self):
        rules = ({"match": {"operation": "ListObjectsV2"}, "do": {"status": 502}},
                 {"match": {"key": "a*", "range": True}, "do": {"error": "AccessDenied"}})
        with serving(*rules) as server:
            self.assertEqual(statuses(server, ["/tele?list-type=2", "/tele/a", "/tele/b"]), [502, 200, 200])
            self.assertEqual(split_response(server.raw("/tele/a", "Range: bytes=0-1")[0])[0], 403)

    def test_a_redirect_keeps_the_target(self):
        with serving({"do": {"redirect": "http://elsewhere.example{target}", "region": "eu-west-1"}}) as server:
            status, headers, _ = split_response(server.raw("/tele/b?x-id=GetObject")[0])
            self.assertEqual((status, headers["location"], headers["x-amz-bucket-region"]),
                             (307, "http://elsewhere.example/tele/b?x-id=GetObject", "eu-west-1"))

    def test_the_date_can_be_wrong_and_headers_added(self):
        shaping = {"date": "Thu, 01 Jan 1970 00:00:00 GMT", "headers": {"X-A": "1", "ETag": None}}
        with serving({"do": shaping}) as server:
            _, headers, _ = split_response(server.raw("/tele/b")[0])
            self.assertEqual((headers["date"], headers["x-a"], headers.get("etag")),
                             ("Thu, 01 Jan 1970 00:00:00 GMT", "1", None))

    def test_a_bad_signature_is_refused_before_any_fault(self):
        with RunningServer(FILES, rules=[{"do": {"status": 503}}]) as server:
            self.assertEqual(statuses(server, ["/tele/b"]), [403])


class Bodies(unittest.TestCase):
    def test_a_truncated_body_has_the_whole_length_in_its_head(self):
        for at, sent in ((0, 0), (1, 1), (0.5, len(BODY) // 2), (-1, len(BODY) - 1)):
            with self.subTest(at=at), serving({"do": {"truncate": at}}) as server:
                raw, end = server.raw("/tele/a")
                _, headers, body = split_response(raw)
                self.assertEqual((headers["content-length"], body, end), (str(len(BODY)), BODY[:sent], "closed"))
                self.assertEqual(server.log()[0]["bytes"], sent)

    def test_a_close_delimited_body_has_no_length_and_is_cut(self):
        with serving({"do": {"close_delimited": 1000}}) as server:
            raw, end = server.raw("/tele/a")
            _, headers, body = split_response(raw)
            self.assertNotIn("content-length", headers)
            self.assertEqual((body, end), (BODY[:1000], "closed"))

    def test_a_reset_comes_after_the_bytes_of_the_rule(self):
        with serving({"do": {"reset": 100000}}) as server:
            raw, end = server.raw("/tele/a")
            self.assertEqual((split_response(raw)[2], end), (BODY[:100000], "reset"))

    def test_a_changed_object_has_another_etag_and_fails_if_match(self):
        with serving({"do": {"changed": {"text": "new"}}, "after": 1}) as server:
            etag = split_response(server.raw("/tele/a")[0])[1]["etag"]
            self.assertEqual(split_response(server.raw("/tele/a", f"If-Match: {etag}")[0])[0], 412)
            _, headers, body = split_response(server.raw("/tele/a")[0])
            self.assertNotEqual(headers["etag"], etag)
            self.assertEqual(body, b"new")

    def test_a_range_can_be_ignored_or_answered_with_a_wrong_content_range(self):
        rules = ({"match": {"key": "a"}, "do": {"ignore_range": True}},
                 {"match": {"key": "b"}, "do": {"content_range": 1}})
        with serving(*rules) as server:
            status, _, body = split_response(server.raw("/tele/a", "Range: bytes=5-6")[0])
            self.assertEqual((status, body), (200, BODY))
            status, headers, body = split_response(server.raw("/tele/b", "Range: bytes=1-2")[0])
            self.assertEqual((status, headers["content-range"], body), (206, "bytes 2-3/4", b"bb"))

    def test_a_flipped_byte_keeps_the_length_and_is_at_its_offset_in_ranges_too(self):
        with serving({"do": {"flip": 70000}}) as server:
            wrong = BODY[:70000] + bytes([BODY[70000] ^ 1]) + BODY[70001:]
            self.assertEqual(split_response(server.raw("/tele/a")[0])[2], wrong)
            self.assertEqual(split_response(server.raw("/tele/a", "Range: bytes=69999-70002")[0])[2],
                             wrong[69999:70003])
            self.assertEqual(split_response(server.raw("/tele/a", "Range: bytes=0-10")[0])[2], BODY[:11])

    def test_an_endless_body_goes_on_until_the_client_leaves(self):
        with serving({"do": {"endless": True}}) as server:
            with server.connect() as sock:
                send(sock, "/tele/b")
                self.assertEqual(len(read_exactly(sock, 3 << 20)), 3 << 20)
            self.assertTrue(server.log()[0]["aborted"])

    def test_a_connection_goes_on_after_a_flip_and_an_error(self):
        rules = ({"match": {"key": "a"}, "do": {"flip": 0}}, {"match": {"key": "b"}, "do": {"status": 500}})
        with serving(*rules) as server:
            with server.connect() as sock:
                for target, status in (("/tele/a", 200), ("/tele/b", 500), ("/tele/many/1", 200)):
                    send(sock, target)
                    self.assertEqual(read_response(sock)[0], status)
            self.assertEqual([entry["connection"] for entry in server.log()], [1, 1, 1])


class Stalls(unittest.TestCase):
    """The server's waits are its work here: the client waits for bytes or their absence, never for a time."""

    def silent(self, sock):
        sock.settimeout(0.3)
        with self.assertRaises(TimeoutError):
            sock.recv(1)

    def test_it_can_accept_and_never_answer(self):
        with serving({"do": {"hang": True}}) as server:
            with server.connect() as sock:
                send(sock, "/tele/a")
                self.silent(sock)
            entry = server.log()[0]
            self.assertEqual((entry["status"], entry["aborted"]), (None, True))

    def test_it_can_hang_for_a_while_and_then_close(self):
        with serving({"do": {"hang": True, "seconds": 0.1}}) as server:
            self.assertEqual(server.raw("/tele/a"), (b"", "closed"))

    def test_it_can_fall_silent_after_the_headers_or_in_the_body(self):
        for at in (0, 100000):
            with self.subTest(at=at), serving({"do": {"stall": at}}) as server, server.connect() as sock:
                send(sock, "/tele/a")
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    head += sock.recv(1)
                self.assertEqual(read_exactly(sock, at), BODY[:at])
                self.silent(sock)

    def test_a_stall_that_ends_brings_the_rest(self):
        with serving({"do": {"stall": 10, "seconds": 0.1}}) as server:
            self.assertEqual(split_response(server.raw("/tele/a")[0])[2], BODY)

    def test_a_slow_body_comes_byte_by_byte(self):
        with serving({"do": {"slow": 20}}) as server:
            start = time.monotonic()
            self.assertEqual(split_response(server.raw("/tele/b")[0])[2], b"bbbb")
            self.assertGreaterEqual(time.monotonic() - start, 4 / 20)


class RecordedLink:
    """Stands for a connection: notes until when it was told to wait, and waits for nothing."""

    def __init__(self):
        self.free_at = time.monotonic()
        self.moments = []

    def wait_until(self, moment):
        self.moments.append(moment)


class Shaping(unittest.TestCase):
    def test_no_connection_of_many_is_faster_than_its_latency_and_bandwidth(self):
        size, rate, latency, count = 2 << 20, 8 << 20, 0.05, 8
        options = ("--latency-ms", str(latency * 1000), "--bandwidth", str(rate))
        took = []

        def fetch(server):
            start = time.monotonic()
            body = split_response(server.raw("/tele/large")[0])[2]
            took.append((time.monotonic() - start, len(body)))
        with serving(options=options) as server:
            server.write("tele/large", bytes(size))
            threads = [threading.Thread(target=fetch, args=(server,)) for _ in range(count)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        ideal = latency + size / rate
        self.assertEqual([length for _, length in took], [size] * count)
        self.assertGreaterEqual(min(seconds for seconds, _ in took), ideal * 0.99)

    def test_a_paced_body_is_due_in_slices_that_end_after_length_by_rate(self):
        link = RecordedLink()
        start = link.free_at
        for low, high in slices(0, 2_000_100, 20_000_000):
            pace(link, high - low, 20_000_000)
        due = [moment - start for moment in link.moments]
        self.assertAlmostEqual(due[0], 0.01, 6)
        self.assertAlmostEqual(due[-1], 2_000_100 / 20_000_000, 6)
        self.assertEqual(len(due), 11)

    def test_shaping_of_a_rule_joins_the_outcome_of_another(self):
        rules = ({"do": {"latency_ms": 100}}, {"do": {"status": 500}})
        with serving(*rules) as server:
            start = time.monotonic()
            self.assertEqual(statuses(server, ["/tele/b"]), [500])
            self.assertGreaterEqual(time.monotonic() - start, 0.1)
            self.assertEqual(server.log()[0]["fault"], ["rule1", "rule2"])


class Choice(unittest.TestCase):
    def run_of(self, seed):
        rule = {"do": {"status": 503}, "share": 0.3, "seed": seed}
        with serving(rule) as server:
            with server.connect() as sock:
                found = []
                for number in range(200):
                    send(sock, f"/tele/many/{number}")
                    found.append(read_response(sock)[0])
            return found

    def test_a_share_is_met_and_the_same_seed_gives_the_same_faults(self):
        first = self.run_of(1)
        self.assertEqual(first, self.run_of(1))
        self.assertNotEqual(first, self.run_of(2))
        self.assertTrue(35 <= first.count(503) <= 85, first.count(503))

    def test_the_attempt_decides_anew_so_that_retries_get_through(self):
        with serving({"do": {"status": 503}, "share": 0.5, "seed": 3}) as server:
            found = statuses(server, ["/tele/b"] * 12)
            self.assertEqual(set(found), {200, 503})

    def test_a_rule_with_an_unknown_field_is_refused(self):
        for rule in ({"do": {"stauts": 500}}, {"do": {}, "mach": {}}, {"match": {"keys": "a"}, "do": {}}):
            with self.assertRaises(ValueError):
                s3_faults.Faults([rule])

    def test_the_help_names_every_action(self):
        for action in s3_faults.ACTIONS:
            self.assertIn(f"  {action} ", s3_faults.help_text())


class Plans(unittest.TestCase):
    def test_a_position_is_kept_within_the_body(self):
        self.assertEqual(plan(10, 0, {"truncate": 99}), [("send", 0, 10), ("close",)])
        self.assertEqual(plan(10, 0, {"reset": -3}), [("send", 0, 7), ("reset",)])
        self.assertEqual(plan(0, 0, {"flip": 0.5}), [("send", 0, 0)])
        self.assertEqual(plan(4, 0, {"flip": 1.0}), [("send", 0, 3), ("flip", 3), ("send", 4, 4)])


class Connections(unittest.TestCase):
    def test_requests_sent_together_are_answered_in_order(self):
        with serving() as server, server.connect() as sock:
            for target in ("/tele/b", "/tele/many/1"):
                send(sock, target)
            self.assertEqual([read_response(sock)[2] for _ in range(2)], [b"bbbb", b"x"])

    def test_the_last_answer_of_a_connection_says_so(self):
        with serving(options=("--keepalive-requests", "2")) as server, server.connect() as sock:
            ends = []
            for _ in range(2):
                send(sock, "/tele/b")
                ends.append(read_response(sock)[1].get("connection"))
            self.assertEqual((ends, sock.recv(1)), ([None, "close"], b""))

    def test_an_idle_connection_is_closed(self):
        with serving(options=("--idle-timeout", "0.1")) as server, server.connect() as sock:
            self.assertEqual(sock.recv(1), b"")

    def test_what_is_not_http_is_answered_400(self):
        with serving() as server:
            for text in (b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nbad header\r\n\r\n", b"GET " + b"/a" * 40000,
                         b"PUT /tele/a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"):
                with server.connect() as sock:
                    sock.sendall(text)
                    self.assertEqual(read_exactly(sock, 13), b"HTTP/1.1 400 ")

    def test_a_client_that_resets_does_not_end_the_server(self):
        with serving() as server:
            sock = server.connect()
            send(sock, "/tele/a")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()
            self.assertEqual(statuses(server, ["/tele/b"]), [200])


if __name__ == "__main__":
    unittest.main()
