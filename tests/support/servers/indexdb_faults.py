"""What an index may get wrong: rows and replies that an honest one would not send."""
import itertools
import time

from indexdb_rows import row_text

ROW_ACTIONS = {
    "size": "the size of the first row, put in as this text: -1, 9223372036854775808, 1e30, 1.5, null, \"12\"",
    "duplicates": "so many rows come again at the end",
    "rows": "so many rows, made on the way from the first that matches",
    "unmatched": "so many rows that the filter does not match come first",
    "hostile": "rows with these names come first; true: each of HOSTILE_NAMES",
    "shape": "object, strings, no_size, no_name, number_name, extra, nested, null, empty: another shape of reply",
    "missing_comma": "after so many rows a comma is missing",
    "truncate": "the JSON ends after so many bytes, as if that were all",
    "stall": "silence after so many bytes, for `seconds` (default 3600)",
    "seconds": "of a stall",
}
HOSTILE_NAMES = ("../../etc/passwd", "a/../../b", "/etc/passwd", "", ".", "a/./b", "a//b", "two\nlines", "nul\0byte",
                 "\x1b[31mred", "https://evil.example/x", "s3://other-bucket/key", "//evil.example/x",
                 "file:///etc/passwd", "a" * 5000, "back\\slash", "%2e%2e%2fetc", "\ud800")
FALLBACK_NAME = "saved_session/Firefox/nightly/22.0a1/20130314030914.20131119.v2.log.{:032x}.lzma"
UNMATCHED_NAME = "never_asked/For/this/1.0/20130314030914.20131119.v2.log.{:032x}.lzma"


def row_texts(kept, left_out, do):
    """The JSON of each row of a reply: `kept` and `left_out` are what the filter keeps and leaves out, iterators."""
    if "rows" in do:
        yield from made_up(kept, do["rows"])
        return
    hostile = do.get("hostile", [])
    for name in HOSTILE_NAMES if hostile is True else hostile:
        yield row_text(name, 1)
    others = itertools.chain((row_text(*row) for row in left_out),
                             (row_text(UNMATCHED_NAME.format(number), 1) for number in itertools.count()))
    yield from itertools.islice(others, do.get("unmatched", 0))
    again = []
    for number, (name, size) in enumerate(kept):
        text = row_text(name, do["size"] if number == 0 and "size" in do else size)
        if number < do.get("duplicates", 0):
            again.append(text)
        yield shaped(name, size, text, do.get("shape"))
    yield from again


def made_up(kept, count):
    first = next(iter(kept), (FALLBACK_NAME.format(0), 1))
    head, _, codec = first[0].rpartition(".")
    stem = head.rpartition(".")[0]
    for number in range(count):
        yield f'{{"file_name": "{stem}.{number:032x}.{codec}", "size": {number % 1000000}}}'


def shaped(name, size, text, shape):
    if shape == "strings":
        return row_text(name, size).partition(": ")[2].rpartition(', "size"')[0]
    return {"no_size": '{"file_name": "x"}', "no_name": f'{{"size": {size}}}', "nested": f"[{text}]",
            "number_name": f'{{"file_name": 7, "size": {size}}}',
            "extra": f'{{"owner": {{"name": ["x"]}}, {text[1:]}'}.get(shape, text)


def whole(pieces, do):
    """The pieces of a reply as another shape, if one is asked for, and with what is wrong about its bytes."""
    shape = do.get("shape")
    if shape in ("null", "empty"):
        pieces = iter([b"null" if shape == "null" else b""])
    if shape == "object":
        pieces = itertools.chain([b'{"files": '], pieces, [b"}"])
    if "missing_comma" in do:
        pieces = without_comma(pieces, do["missing_comma"])
    if "truncate" in do:
        pieces = first_bytes(pieces, do["truncate"])
    return stalled(pieces, do["stall"], do.get("seconds", 3600)) if "stall" in do else pieces


def without_comma(pieces, row):
    for piece in pieces:
        parts = piece.split(b"}, {")
        if len(parts) > row > 0:
            piece = b"}, {".join(parts[:row]) + b"} {" + b"}, {".join(parts[row:])
        row -= len(parts) - 1
        yield piece


def first_bytes(pieces, count):
    for piece in pieces:
        yield piece[:count]
        count -= len(piece)
        if count <= 0:
            return


def stalled(pieces, count, seconds):
    for piece in pieces:
        if 0 <= count < len(piece):
            yield piece[:count]
            time.sleep(seconds)
            piece = piece[count:]
            count = 0
        yield piece
        count -= len(piece)
