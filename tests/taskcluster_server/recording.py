"""The recorded exchanges: where they are, their shortened bodies made whole again, what they say about the time."""
import glob
import json
import os
import re

from taskcluster.reference import VARIABLE, reference_folder
from taskcluster.values import DATE, parse_date, slugid

WHY_SKIPPED = f"no recorded exchanges: set {VARIABLE} to the folder that holds transcripts/"
ITEMS = re.compile(r"\.\.\.<(\d+) items in all>")
CHARACTERS = re.compile(r"\.\.\.<(\d+) chars in all>")
NEAR_MS = 60_000
LONG = 100  # a numbered word of that many characters has one length, whatever its number
MOMENTS = ("scheduled", "started", "resolved", "time")


def scenarios():
    """{name: recording}, empty when there are none."""
    folder = reference_folder() or "."
    found = {}
    for path in sorted(glob.glob(os.path.join(folder, "transcripts", "*.json"))):
        with open(path, encoding="utf-8") as file:
            recording = json.load(file)
        found[recording["scenario"]] = recording
    return found


def whole(value, made):
    """The value with its cut lists and strings filled up again; `made` collects the ids that were made for that."""
    if isinstance(value, dict):
        return {name: whole(item, made) for name, item in value.items()}
    if isinstance(value, list):
        cut = ITEMS.fullmatch(value[-1]) if value and isinstance(value[-1], str) else None
        return filled(value[:-1], int(cut[1]), made) if cut else [whole(item, made) for item in value]
    cut = CHARACTERS.search(value) if isinstance(value, str) else None
    return value[:cut.start()].ljust(int(cut[1]), value[0]) if cut else value


def filled(items, count, made):
    """A list that goes on as it began: numbered words, or ids."""
    word = re.fullmatch(r"(\D*)0", items[0])
    if word:
        longest = len(items[0]) if len(items[0]) > LONG else LONG
        return [f"{word[1]}{number}"[-longest:] for number in range(count)]
    more = [slugid() for _ in range(count - len(items))]
    made += more
    return items + more


def is_cut(items):
    return bool(items) and isinstance(items[-1], str) and bool(ITEMS.fullmatch(items[-1]))


def moment(exchange, last):
    """When the exchange took place, in milliseconds: what it says of the time, but never before `last`."""
    said = [parse_date(text) for text in moments(exchange["response"].get("body"))]
    stamp = exchange.get("hawk", {}).get("ts", 0) * 1000
    if last is None or abs(stamp - last) < NEAR_MS or not said and stamp - last > 0 and stamp - last < 10 * NEAR_MS:
        said.append(stamp)
    return max([last or 0, *said])


def moments(value):
    """The dates in a response that tell when something had happened."""
    if isinstance(value, list):
        return [text for item in value for text in moments(item)]
    if not isinstance(value, dict):
        return []
    here = [item for name, item in value.items() if name in MOMENTS and isinstance(item, str) and DATE.fullmatch(item)]
    deeper = [item for name, item in value.items() if name != "requestInfo"]
    info = value.get("requestInfo")
    return here + ([info["time"]] if isinstance(info, dict) else []) + moments(deeper)
