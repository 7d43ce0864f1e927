"""Ids, dates and the clock: the small values every part of the servers shares. Times are milliseconds since 1970."""
import base64
import datetime
import functools
import re
import threading
import time
import uuid

SLUGID = re.compile(r"[A-Za-z0-9_-]{8}[Q-T][A-Za-z0-9_-][CGKOSWaeimquy26-][A-Za-z0-9_-]{10}[AQgw]")
DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):?(\d\d))?")
MINUTE = 60 * 1000
DAY = 24 * 60 * MINUTE


def slugid():
    """A new id of 22 characters that never starts with a dash, as Taskcluster's "nice" slugids."""
    data = bytearray(uuid.uuid4().bytes)
    data[0] &= 0x7F
    return base64.urlsafe_b64encode(bytes(data)).rstrip(b"=").decode()


@functools.lru_cache(maxsize=4096)
def iso(milliseconds):
    moment = datetime.datetime.fromtimestamp(milliseconds // 1000, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"


def parse_date(text):
    """Milliseconds of an RFC 3339 date; a date without an offset is UTC. ValueError when it is none."""
    match = DATE.fullmatch(text)
    if not match:
        raise ValueError(f"not a date: {text}")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    moment = datetime.datetime(year, month, day, hour, minute, min(second, 59), tzinfo=datetime.timezone.utc)
    milliseconds = int(moment.timestamp()) * 1000 + int(((match[7] or "") + "000")[:3])
    offset = (int(match[9]) * 60 + int(match[10])) * MINUTE if match[8] else 0
    return milliseconds - offset if match[8] == "+" else milliseconds + offset


def next_year(milliseconds):
    moment = datetime.datetime.fromtimestamp(milliseconds // 1000, datetime.timezone.utc)
    try:
        later = moment.replace(year=moment.year + 1)
    except ValueError:  # the 29th of February
        later = moment.replace(year=moment.year + 1, month=3, day=1)
    return int(later.timestamp()) * 1000 + milliseconds % 1000


class Clock:
    """The time of the services. `advance` moves it (deadlines, claims and signed URLs run out); `skew` sets what the
    signature checks believe apart from it (clients look as if their clocks were wrong); `freeze` stops it.
    Threads: any."""

    def __init__(self):
        self.lock = threading.Lock()
        self.offset = 0
        self.skewed_by = 0
        self.frozen = None

    def now(self):
        with self.lock:
            return self.frozen if self.frozen is not None else int(time.time() * 1000) + self.offset

    def signature_time(self):
        """What Hawk is checked against: real time and the skew, whatever was advanced; the frozen time when frozen."""
        with self.lock:
            return (self.frozen if self.frozen is not None else int(time.time() * 1000)) + self.skewed_by

    def advance(self, seconds):
        with self.lock:
            self.offset += int(seconds * 1000)

    def skew(self, seconds):
        with self.lock:
            self.skewed_by = int(seconds * 1000)

    def freeze(self, milliseconds):
        with self.lock:
            self.frozen = milliseconds
