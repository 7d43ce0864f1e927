"""What a user's function returned, as output lines (bytes, each ended by a newline)."""

ENCODING = ("utf-8", "surrogateescape")


def lines_of(result):
    """The lines of one result, None and "" giving none. Yields bytes of one or more whole lines."""
    if result is None:
        return
    if isinstance(result, str):
        if result:
            yield _whole(result.encode(*ENCODING))
    elif isinstance(result, (bytes, bytearray)):
        if result:
            yield _whole(bytes(result))
    else:
        if hasattr(result, "items") and callable(result.items):
            result = result.items()
        try:
            items = iter(result)
        except TypeError:
            raise TypeError(
                "returned %s; expected str, an iterable of (key, value), or None" % type(result).__name__
            ) from None
        for item in items:
            yield line_of(item)


def line_of(item):
    """One element of an iterable: a pair, or a line of its own."""
    if isinstance(item, str):
        return _whole(item.encode(*ENCODING))
    if isinstance(item, bytes):
        return _whole(item)
    try:
        key, value = item
    except (TypeError, ValueError):
        raise TypeError("an element of the result is %.60r; expected a pair (key, value)" % (item,)) from None
    key, value = _field(key), _field(value)
    if "\t" in key or "\n" in key:
        raise ValueError("the key %.60r holds a TAB or a newline" % key)
    if "\n" in value:
        raise ValueError("the value %.60r holds a newline" % value)
    return ("%s\t%s\n" % (key, value)).encode(*ENCODING)


def _whole(line):
    return line if line.endswith(b"\n") else line + b"\n"


def _field(value):
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode(*ENCODING)
    return str(value)


def cut(data, limit):
    """Whole lines, in pieces of about `limit` bytes (a longer line is a piece of its own)."""
    start = 0
    while len(data) - start > limit:
        end = data.rfind(b"\n", start, start + limit) + 1
        if end == 0:
            end = data.find(b"\n", start + limit) + 1
        yield data[start:end]
        start = end
    if start < len(data):
        yield data[start:]
