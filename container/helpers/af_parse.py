"""JSON text to values. Both parsers give the same answers: where orjson refuses, the standard one decides."""

import json


class StandardParser:
    """json of the standard library. NaN and Infinity are accepted, bytes that are not UTF-8 become surrogates."""

    name = "json"

    @staticmethod
    def loads(data):
        return json.loads(data.decode("utf-8", "surrogateescape"))


class OrjsonParser:
    """orjson: about twice as fast. Integers beyond 64 bits become floats, as orjson makes them."""

    name = "orjson"

    def __init__(self, orjson):
        self._loads = orjson.loads

    def loads(self, data):
        try:
            return self._loads(data)
        except ValueError:
            return StandardParser.loads(data)


def choose(wanted):
    """`wanted`: "json", "orjson", or None for the best there is. Raises ImportError when orjson is asked for in
    vain."""
    if wanted not in (None, "", "json", "orjson"):
        raise ValueError("AF_JSON is %r, not json or orjson" % wanted)
    if wanted == "json":
        return StandardParser()
    try:
        import orjson
    except ImportError:
        if wanted == "orjson":
            raise
        return StandardParser()
    return OrjsonParser(orjson)
