"""Hawk as Taskcluster uses it: MACs of headers and bewits, the payload hash, `ext`, temporary credentials.

Pure functions; the server checks with them and the test client signs with them.
"""
import base64
import hashlib
import hmac
import json
import re
from urllib.parse import urlsplit

ATTRIBUTE = re.compile(r'(\w+)="([^"\\]*)"\s*(?:,\s*|$)')
KNOWN = {"id", "ts", "nonce", "hash", "ext", "mac", "app", "dlg"}


class HawkError(Exception):
    """A header or a bewit that is none; its text is what the auth service answers."""


def mac(key, text):
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def normalized(kind, ts, nonce, method, path, host, port, digest="", ext=""):
    """The string that is MACed. `kind` is "header" or "bewit"; path has its query."""
    fields = [f"hawk.1.{kind}", ts, nonce, method.upper(), path, host.lower(), port, digest or "", ext or ""]
    return "\n".join(str(field) for field in fields) + "\n"


def payload_hash(content_type, body):
    bare = content_type.split(";")[0].strip().lower()
    data = b"hawk.1.payload\n" + bare.encode() + b"\n" + body + b"\n"
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def parse_header(text):
    """The attributes of an Authorization header; HawkError when it is not one of Hawk."""
    scheme, _, rest = text.partition(" ")
    if scheme.lower() != "hawk":
        raise HawkError("Unauthorized: Unauthorized")
    attributes, at = {}, 0
    while at < len(rest):
        match = ATTRIBUTE.match(rest, at)
        if not match or match[1] not in KNOWN or match[1] in attributes:
            raise HawkError("Bad Request: Bad header format")
        attributes[match[1]] = match[2]
        at = match.end()
    if not attributes:
        raise HawkError("Bad Request: Bad header format")
    if not {"id", "ts", "nonce", "mac"} <= set(attributes):
        raise HawkError("Bad Request: Missing attributes")
    return attributes


def parse_bewit(text):
    """{id, exp, mac, ext} of a bewit; HawkError when it is none."""
    try:
        parts = decode_base64(text).decode().split("\\")
        return {"id": parts[0], "exp": int(parts[1]), "mac": parts[2], "ext": parts[3]}
    except (ValueError, IndexError):
        raise HawkError("Bad Request: Invalid bewit structure") from None


def decode_base64(text):
    """Base64 of either alphabet, with or without padding; ValueError when it is none."""
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)


def encode_ext(value):
    return base64.b64encode(json.dumps(value, separators=(",", ":")).encode()).decode()


def place(url):
    """(path with query, host, port) of a URL, as they are MACed."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.path + ("?" + parts.query if parts.query else ""), parts.hostname, port


def ext_of(credentials):
    """The `ext` that goes with credentials {clientId, accessToken, certificate?, authorizedScopes?}, "" for none."""
    ext = {}
    if credentials.get("certificate"):
        certificate = credentials["certificate"]
        ext["certificate"] = json.loads(certificate) if isinstance(certificate, str) else certificate
    if credentials.get("authorizedScopes") is not None:
        ext["authorizedScopes"] = credentials["authorizedScopes"]
    return encode_ext(ext) if ext else ""


def authorization(credentials, method, url, ts, nonce, digest=None):
    """The Authorization header of a request; `digest` is its payload hash."""
    path, host, port = place(url)
    ext = ext_of(credentials)
    code = mac(credentials["accessToken"], normalized("header", ts, nonce, method, path, host, port, digest, ext))
    fields = {"id": credentials["clientId"], "ts": ts, "nonce": nonce, "hash": digest, "ext": ext, "mac": code}
    return "Hawk " + ", ".join(f'{name}="{value}"' for name, value in fields.items() if value)


def bewit(credentials, url, expires):
    """The bewit that opens `url` for a GET until `expires` (seconds)."""
    path, host, port = place(url)
    ext = ext_of(credentials)
    code = mac(credentials["accessToken"], normalized("bewit", expires, "", "GET", path, host, port, "", ext))
    text = "\\".join([credentials["clientId"], str(expires), code, ext])
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def signed_url(credentials, url, expires):
    return url + ("&" if "?" in url else "?") + "bewit=" + bewit(credentials, url, expires)


def temporary_token(access_token, seed):
    digest = hmac.new(access_token.encode(), seed.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def certificate_text(certificate, client_id):
    """What the signature of a certificate covers. Named credentials have an issuer."""
    lines = ["version:1"]
    if certificate.get("issuer"):
        lines += [f"clientId:{client_id}", f"issuer:{certificate['issuer']}"]
    lines += [f"seed:{certificate['seed']}", f"start:{certificate['start']}", f"expiry:{certificate['expiry']}",
              "scopes:", *certificate["scopes"]]
    return "\n".join(lines)


def temporary_credentials(issuer, seed, start, expiry, scopes, client_id=None):
    """Credentials {clientId, accessToken, certificate} made from the issuer's, with a name of their own when
    `client_id` is given. Times in milliseconds."""
    certificate = {"version": 1, "scopes": scopes, "start": start, "expiry": expiry, "seed": seed, "signature": ""}
    if client_id:
        certificate["issuer"] = issuer["clientId"]
    certificate["signature"] = mac(issuer["accessToken"], certificate_text(certificate, client_id))
    return {"clientId": client_id or issuer["clientId"],
            "accessToken": temporary_token(issuer["accessToken"], seed),
            "certificate": json.dumps(certificate, separators=(",", ":"))}
