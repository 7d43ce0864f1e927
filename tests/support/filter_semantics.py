"""What a filter selects, read from features.md 1b alone: the oracle that the filter is compared with, and what the
IndexDB test server answers by. Independent of the C++ filter, on purpose.
"""
import datetime
import fnmatch
import functools
import re

NAMES = ["reason", "appName", "appUpdateChannel", "appVersion", "appBuildID", "submission_date"]
LAYOUT = re.compile(r"(.*?)/(.*?)/(.*?)/(.*?)/([^/.]*)\.([^/.]*)(\.[^/]*)?", re.DOTALL)


class Refused(Exception):
    pass


def sanitise(value):
    return re.sub(r"[^a-zA-Z0-9_/.]", "_", value)


def text(value):
    if not isinstance(value, str):
        raise Refused
    return value


def date_minus(today, days):
    """`today` is a number, 20131121."""
    date = datetime.datetime.strptime(str(today), "%Y%m%d")
    return (date - datetime.timedelta(days=days)).strftime("%Y%m%d")


def check(allowed, level):
    """Raises Refused for what a filter may not hold, whatever the value."""
    if isinstance(allowed, str):
        return
    if isinstance(allowed, list):
        for item in allowed:
            text(item)
        return
    if not isinstance(allowed, dict):
        raise Refused
    for key in ("min", "max", "through", "glob"):
        if key in allowed:
            text(allowed[key])
    if "max" in allowed and "through" in allowed:
        raise Refused
    if "days" in allowed:
        if level < 4 or type(allowed["days"]) is not int or not 1 <= allowed["days"] <= 36500:
            raise Refused
        if {"min", "max", "through"} & set(allowed):
            raise Refused
    if "not" in allowed:
        check(allowed["not"], level)


def is_allowed(value, allowed, today):
    if allowed == "*":
        return True
    if isinstance(allowed, list):
        return value in [sanitise(item) for item in allowed]
    if isinstance(allowed, str):
        return value == allowed
    if "min" in allowed and value < allowed["min"]:
        return False
    if "max" in allowed and value > allowed["max"]:
        return False
    if "through" in allowed and value[: len(allowed["through"])] > allowed["through"]:
        return False
    if "glob" in allowed and not fnmatch.fnmatchcase(value, allowed["glob"]):
        return False
    if "days" in allowed:
        first, last = date_minus(today, allowed["days"] - 1), date_minus(today, 0)
        if value < first or value[:8] > last:
            return False
    if "not" in allowed and is_allowed(value, allowed["not"], today):
        return False
    return True


@functools.lru_cache(maxsize=1 << 18)
def dimensions_of(path):
    """None when it does not fit: with more directories the readers of 2014 disagree, with fewer they raise IndexError.
    """
    match = LAYOUT.fullmatch(path)
    if not match or path.count("/") != 4:
        return None
    return match.groups()[:6]


def check_filter(filter_value):
    """Raises Refused for a filter that is none."""
    if not isinstance(filter_value, dict):
        raise Refused
    if type(filter_value.get("version")) is not int or filter_value["version"] != 1:
        raise Refused
    dimensions = filter_value.get("dimensions")
    if not isinstance(dimensions, list) or not all(isinstance(each, dict) for each in dimensions):
        raise Refused
    if [dimension.get("field_name") for dimension in dimensions] != NAMES:
        raise Refused
    for level, dimension in enumerate(dimensions):
        check(dimension.get("allowed_values"), level)


def expected(filter_value, path, today):
    """"1" (kept), "0" (left out), "misfit" (not of the layout) or "error" (the filter is refused)."""
    try:
        check_filter(filter_value)
    except Refused:
        return "error"
    dims = dimensions_of(path)
    if dims is None:
        return "misfit"
    kept = all(is_allowed(dims[i], filter_value["dimensions"][i]["allowed_values"], today) for i in range(6))
    return "1" if kept else "0"


class Selection:
    """The paths that a filter keeps, fast for many of them: what a value of a dimension gets is found out once.
    Refused at construction."""

    def __init__(self, filter_value, today):
        check_filter(filter_value)
        self.today = today
        self.allowed = [dimension["allowed_values"] for dimension in filter_value["dimensions"]]
        self.known = [{} for _ in NAMES]

    def keeps(self, path):
        dims = dimensions_of(path)
        return dims is not None and all(self._keeps(level, value) for level, value in enumerate(dims))

    def _keeps(self, level, value):
        known = self.known[level]
        if value not in known:
            known[value] = is_allowed(value, self.allowed[level], self.today)
        return known[value]
