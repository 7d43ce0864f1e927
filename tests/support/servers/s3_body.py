"""Response bodies: where the bytes come from, and how they go out (whole by sendfile, paced, cut, flipped, reset).

What happens to a body is first a list of steps, `plan`, a pure function of the actions; `deliver` then carries it out.
"""
import fcntl
import os
import socket
import struct
import time

from s3_faults import position
from s3_http import PeerGone

SIOCOUTQ = 0x5411  # bytes of a socket that the peer has not acknowledged (tty name TIOCOUTQ)
ACKNOWLEDGE_SECONDS = 20
SLICE_SECONDS = 0.01
MAX_LAG_SECONDS = 0.25
SENDFILE_BYTES = 1 << 30
SMALL_BYTES = 64 << 10


class FileSlice:
    """Bytes [start, start + length) of a file; open until `close`."""

    def __init__(self, path, start, length):
        self.file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.start = start
        self.length = length

    def send(self, sock, low, high):
        at, end = self.start + low, self.start + high
        while at < end:
            sent = os.sendfile(sock.fileno(), self.file, at, min(end - at, SENDFILE_BYTES))
            if not sent:
                raise PeerGone  # the file became shorter while it was sent
            at += sent

    def read(self, low, high):
        return os.pread(self.file, high - low, self.start + low)

    def close(self):
        os.close(self.file)


class Bytes:
    def __init__(self, data):
        self.data = memoryview(data)
        self.length = len(data)
        self.start = 0

    def send(self, sock, low, high):
        sock.sendall(self.data[low:high])

    def read(self, low, high):
        return bytes(self.data[low:high])

    def close(self):
        self.data = None


class Zeros(Bytes):
    """As many zero bytes as anyone reads."""

    def __init__(self):
        super().__init__(bytes(1 << 20))
        self.length = 1 << 50

    def send(self, sock, low, high):
        while low < high:
            sock.sendall(self.data[:min(high - low, len(self.data))])
            low += len(self.data)


def plan(length, start, actions):
    """The steps for a body of `length` bytes that begins at byte `start` of its object: ("send", low, high),
    ("flip", at), ("stall", seconds), ("reset",), ("close",)."""
    for action, last in (("truncate", ("close",)), ("close_delimited", ("close",)), ("reset", ("reset",)),
                         ("stall", ("stall", actions.get("seconds", 3600)))):
        if action in actions:
            end = position(actions[action], length)
            steps = [("send", 0, end), last]
            return steps + [("send", end, length)] if action == "stall" else steps
    if "flip" in actions:
        at = flip_position(actions["flip"], length, start)
        if 0 <= at < length:
            return [("send", 0, at), ("flip", at), ("send", at + 1, length)]
    return [("send", 0, length)]


def flip_position(at, length, start):
    """A byte offset counts within the object, so a range that does not hold it stays as it is; a fraction and a
    negative offset count within the body."""
    counts_in_object = isinstance(at, int) and not isinstance(at, bool) and at >= 0
    return at - start if counts_in_object else min(position(at, length), length - 1)


def deliver(connection, head, body, steps, rate):
    """Sends head and body by the steps; returns the body bytes sent and whether the connection may go on. What went
    out before a PeerGone is in its `sent`."""
    total = sum(step[2] - step[1] for step in steps if step[0] == "send")
    sock = connection.sock
    sent = 0
    connection.free_at = max(connection.free_at, time.monotonic())
    try:
        if len(steps) == 1 and not rate and total <= SMALL_BYTES:
            sock.sendall(head + body.read(0, total))
            return total, True
        sock.sendall(head, socket.MSG_MORE if total and not rate else 0)
        for step in steps:
            if step[0] == "send":
                for low, high in slices(step[1], step[2], rate):
                    pace(connection, high - low, rate)
                    body.send(sock, low, high)
                    sent += high - low
            elif step[0] == "flip":
                sock.sendall(bytes([body.read(step[1], step[1] + 1)[0] ^ 1]))
                sent += 1
            elif step[0] == "stall":
                flush(sock)
                connection.wait_until(time.monotonic() + step[1])
            elif step[0] == "reset":
                reset(sock)
                return sent, False
            else:
                return sent, False
    except (OSError, PeerGone) as error:
        gone = PeerGone()
        gone.sent = sent
        raise gone from error
    return sent, True


def flush(sock):
    """Sends out what MSG_MORE still holds back."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def slices(low, high, rate):
    if not rate:
        yield low, high
        return
    size = max(1, int(rate * SLICE_SECONDS))
    for at in range(low, high, size):
        yield at, min(at + size, high)


def pace(connection, count, rate):
    """Waits until a link of `rate` bytes/s has carried `count` bytes more. A slice goes out when its last byte would
    arrive, so the whole body takes length / rate. Time lost by a client that does not read is not made up for."""
    if not rate:
        return
    now = time.monotonic()
    if now - connection.free_at > MAX_LAG_SECONDS:
        connection.free_at = now
    connection.free_at += count / rate
    connection.wait_until(connection.free_at)


def reset(sock):
    """A real RST, once the peer has acknowledged what was sent, so that the cut is where the rule says."""
    flush(sock)
    deadline = time.monotonic() + ACKNOWLEDGE_SECONDS
    while time.monotonic() < deadline and unacknowledged(sock):
        time.sleep(0.001)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def unacknowledged(sock):
    return struct.unpack("i", fcntl.ioctl(sock, SIOCOUTQ, b"\0" * 4))[0]
