"""The rows of an index: where they come from, and how they leave as JSON. A row is (name, size)."""
import hashlib
import json
import os
import random

REASONS = (("saved_session", 70), ("idle_daily", 25), ("OTHER", 3), ("UNKNOWN", 2))
PRODUCTS = (("Firefox", 82), ("Fennec", 12), ("Thunderbird", 4), ("OTHER", 2))
CHANNELS = (("nightly", 40), ("aurora", 20), ("beta", 20), ("release", 15), ("default", 2), ("OTHER", 2),
            ("release_cck_x", 1))
VERSIONS = (("22.0a1", 10), ("25.0", 10), ("26.0", 20), ("27.0.1", 20), ("28.0a1", 20), ("30.0a1", 16), ("9.0", 2),
            ("OTHER", 2))
CODECS = (("lzma", 60), ("xz", 30), ("gz", 10))
MONTH_DAYS = 28
ODD_SHARE = 0.01
PIECE_BYTES = 64 << 10


def generated(count, seed=1):
    """As many rows in the layout of the telemetry store, the same for the same seed; about one in a hundred is odd."""
    draw = random.Random(seed)
    pick = {field: draw.choices([value for value, _ in field], [weight for _, weight in field], k=count)
            for field in (REASONS, PRODUCTS, CHANNELS, VERSIONS, CODECS)}
    for number in range(count):
        reason, product, channel, version, codec = (pick[field][number] for field in pick)
        digest = hashlib.blake2b(b"%d/%d" % (seed, number), digest_size=16).hexdigest()
        build = f"{day(draw)}{draw.randrange(1, 6):02}{draw.randrange(60):02}{draw.randrange(60):02}"
        format_ = "v2.log" if draw.random() < 0.9 else "log"  # names of before September 2013 have no version
        name = f"{reason}/{product}/{channel}/{version}/{build}.{day(draw)}.{format_}.{digest}.{codec}"
        size = int(draw.lognormvariate(11, 2))
        if draw.random() < ODD_SHARE:
            name, size = odd(draw, name, size)
        yield name, size


def day(draw):
    return f"{draw.choice((2013, 2014))}{draw.randrange(1, 13):02}{draw.randrange(1, MONTH_DAYS + 1):02}"


def odd(draw, name, size):
    """The same row with one of the oddities that a store of years has."""
    parts = name.split("/")
    build, date, rest = parts[4].split(".", 2)
    return draw.choice((
        lambda: (name, 0),
        lambda: (name, 5 << 30),
        lambda: ("/".join([*parts[:3], "3.6/b", parts[4]]), size),               # a level more
        lambda: ("/".join([*parts[:4], f"{build[:4]}.{build[4:]}.{date}.{rest}"]), size),  # the parts shift
        lambda: ("/".join([*parts[:4], f"UNKNOWN.{date}.{rest}"]), size),
        lambda: ("/".join([*parts[:4], f"{build}.OTHER.{rest}"]), size),
        lambda: ("/".join([*parts[:4], f"{build}.{date}"]), size),
        lambda: ("/".join([parts[0], "", *parts[2:]]), size),                    # a value that was empty
        lambda: ("/".join([*parts[:2], "", *parts[3:]]), size),
        lambda: (name.replace("Firefox", "My app & \u00fc+%41"), size),
        lambda: ("README", size)))()


def of_folder(folder):
    """The files below a folder, such as a bucket of the S3 test server, by name."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(place, name)
            yield os.path.relpath(path, folder).replace(os.sep, "/"), os.path.getsize(path)


def of_file(path):
    """Lines of {"file_name": ..., "size": ...}."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            yield row["file_name"], row["size"]


def row_text(name, size):
    """One row as JSON. A `size` that is text is put in as it is, whatever it says."""
    return f'{{"file_name": {json.dumps(name)}, "size": {size}}}'


def pieces(texts):
    """A JSON list of those rows, in pieces of about PIECE_BYTES."""
    buffered, length, separator = ["["], 1, ""
    for text in texts:
        buffered.append(separator + text)
        length += len(text) + 2
        separator = ", "
        if length >= PIECE_BYTES:
            yield "".join(buffered).encode()
            buffered, length = [], 0
    yield "".join([*buffered, "]\n"]).encode()
