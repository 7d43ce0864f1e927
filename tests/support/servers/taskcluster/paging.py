"""Pages of a listing: a limit, and a token that only the server can read."""
import hashlib

from taskcluster.errors import ApiError


class Tokens:
    """Continuation tokens: the same for the same offset, as the real ones, and refused when they are none of ours."""

    def __init__(self):
        self.offsets = {}

    def token(self, offset):
        text = hashlib.sha256(b"page %d" % offset).hexdigest()[:10]
        self.offsets[text] = offset
        return text

    def offset(self, token):
        if token not in self.offsets:
            raise ApiError("InputError", "Invalid continuation token")
        return self.offsets[token]


def page(items, call, tokens):
    """(the items of the page the call asks for, {"continuationToken": ...} when there are more)."""
    token = call.query.get("continuationToken")
    start = tokens.offset(token) if token else 0
    limit = call.limit()
    end = start + limit
    more = {"continuationToken": tokens.token(end)} if limit and end < len(items) else {}
    return items[start:end], more
