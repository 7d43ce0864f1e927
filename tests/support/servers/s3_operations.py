"""The S3 operations: a checked request in, a Response out. Source: Amazon S3 API reference, one page an operation."""
import base64
import email.utils
import hashlib
import hmac
import re
import time
from urllib.parse import quote_plus

import s3_store
from s3_body import Bytes, FileSlice
from s3_errors import S3Error, xml_text
from s3_http import Response, http_date
from s3_permissions import may_see_absence

NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
MAX_KEYS = 1000
MAX_KEY_BYTES = 1024
MAX_PUT_BYTES = 5 << 30
LISTING_ARGS = {"list-type", "prefix", "delimiter", "max-keys", "continuation-token", "start-after", "encoding-type",
                "fetch-owner"}
KEPT_HEADERS = ("content-type", "content-encoding", "cache-control")
REFUSED_BODIES = ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
PLAIN_SUMS = {"md5": lambda sums: base64.b64encode(sums["md5"].digest()).decode(),
              "sha256": lambda sums: base64.b64encode(sums["sha256"].digest()).decode(),
              "crc32": lambda sums: base64.b64encode(sums["crc32"].to_bytes(4, "big")).decode()}


def operation_name(request):
    """What S3 calls this request; "" for one this server does not know."""
    args = {name for name in request.args if not name.startswith(("X-Amz-", "x-id"))}
    if not request.bucket:
        return "ListBuckets" if request.method == "GET" else ""
    if request.key:
        names = {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject", "DELETE": "DeleteObject"}
        return names.get(request.method, "") if not args else ""
    if request.method == "HEAD" and not args:
        return "HeadBucket"
    if request.method == "GET" and args == {"location"}:
        return "GetBucketLocation"
    listing = request.method == "GET" and request.args.get("list-type") == "2" and args <= LISTING_ARGS
    return "ListObjectsV2" if listing else ""


class Operations:
    """Threads: any. `now` is the server's clock, unix seconds."""

    def __init__(self, store, options, now):
        self.store = store
        self.options = options
        self.now = now

    def answer(self, request, connection, actions):
        if request.bucket and not self.store.has_bucket(request.bucket):
            raise S3Error("NoSuchBucket", "The specified bucket does not exist", extra={"BucketName": request.bucket})
        if len(request.key.encode()) > MAX_KEY_BYTES:
            raise S3Error("KeyTooLongError", "Your key is too long", extra={"MaxSizeAllowed": MAX_KEY_BYTES})
        operation = {"GetObject": self.get_object, "HeadObject": self.get_object, "ListObjectsV2": self.list_objects,
                     "ListBuckets": self.list_buckets, "GetBucketLocation": self.bucket_location,
                     "HeadBucket": self.head_bucket, "DeleteObject": self.delete_object}.get(request.operation)
        if operation:
            return operation(request, actions)
        if request.operation == "PutObject":
            return self.put_object(request, connection)
        raise S3Error("NotImplemented", f"This server does not know {request.method} with the query "
                      f"'{', '.join(request.args)}'")

    def get_object(self, request, actions):
        version = self.store.find(request.bucket, request.key)
        if version is None and not may_see_absence(request):
            raise S3Error("AccessDenied", "Access Denied")
        if version is None:
            raise S3Error("NoSuchKey", "The specified key does not exist.", extra={"Key": request.key})
        etag, size, path, data = self._content(version, actions)
        headers = {"Last-Modified": http_date(version.modified), "ETag": f'"{etag}"', "Accept-Ranges": "bytes",
                   "Content-Type": "binary/octet-stream"}
        headers.update({name: value for name, value in version.sidecar.get("headers", {}).items()
                        if not name.lower().startswith("x-amz-checksum-")})
        if not_modified(request, etag, version.modified):
            return Response(304, {"ETag": f'"{etag}"', "Last-Modified": headers["Last-Modified"]})
        asked = request.header("range")
        span = None if actions.get("ignore_range") else parse_range(asked, size)
        low, high = span or (0, size)
        if span:
            headers["Content-Range"] = content_range(low, high, size, actions)
        elif request.header("x-amz-checksum-mode").upper() == "ENABLED" and "changed" not in actions:
            headers.update(version.checksum_headers(self.options.checksum))
        body = Bytes(data[low:high]) if data is not None else FileSlice(path, low, high - low)
        return Response(206 if span else 200, headers, body)

    def _content(self, version, actions):
        """(ETag, size, file, data) of what this request gets to see as the object."""
        etag, changed = version.etag(self.options.etag), actions.get("changed")
        if changed is None:
            return etag, version.size, version.path, None
        if "text" in changed or "file" in changed:
            data = changed["text"].encode() if "text" in changed else b"".join(s3_store.pieces_of(changed["file"]))
            return changed.get("etag", hashlib.md5(data).hexdigest()), len(data), None, data
        return changed.get("etag", hashlib.md5(etag.encode()).hexdigest()), version.size, version.path, None

    def list_objects(self, request, _):
        args = request.args
        wanted = args.get("max-keys", str(MAX_KEYS))
        if not wanted.isdigit():
            raise S3Error("InvalidArgument", "Provided max-keys not an integer or within integer range",
                          extra={"ArgumentName": "max-keys", "ArgumentValue": wanted})
        encoding = args.get("encoding-type", "")
        if encoding not in ("", "url"):
            raise S3Error("InvalidArgument", "Invalid Encoding Method specified in Request",
                          extra={"ArgumentName": "encoding-type", "ArgumentValue": encoding})
        limit = min(int(wanted), MAX_KEYS)
        after = (args["start-after"], False) if args.get("start-after") else None
        if "continuation-token" in args:
            after = read_token(args["continuation-token"], request.bucket)
        entries, more = ([], False) if limit == 0 else s3_store.page(
            self.store.keys(request.bucket), args.get("prefix", ""), args.get("delimiter", ""), after,
            min(limit, self.options.page_size))
        return Response(200, {"Content-Type": "application/xml"},
                        Bytes(self._listing_xml(request, entries, more, limit).encode()))

    def _listing_xml(self, request, entries, more, limit):
        args = request.args
        text = (lambda value: quote_plus(value, safe="/*~")) if args.get("encoding-type") == "url" else xml_text
        out = [f'<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult {NAMESPACE}>'
               f"<Name>{request.bucket}</Name><Prefix>{text(args.get('prefix', ''))}</Prefix>"]
        out += [f"<{tag}>{text(args[name])}</{tag}>" for name, tag in (("delimiter", "Delimiter"),
                ("start-after", "StartAfter")) if args.get(name)]
        if "continuation-token" in args:
            out.append(f"<ContinuationToken>{xml_text(args['continuation-token'])}</ContinuationToken>")
        if args.get("encoding-type"):
            out.append("<EncodingType>url</EncodingType>")
        if more:
            out.append(f"<NextContinuationToken>{make_token(entries[-1], request.bucket)}</NextContinuationToken>")
        contents = [self._contents_xml(request.bucket, key, text) for key, is_prefix in entries if not is_prefix]
        prefixes = [f"<CommonPrefixes><Prefix>{text(prefix)}</Prefix></CommonPrefixes>"
                    for prefix, is_prefix in entries if is_prefix]
        out.append(f"<KeyCount>{len(contents) + len(prefixes)}</KeyCount><MaxKeys>{limit}</MaxKeys>"
                   f"<IsTruncated>{'true' if more else 'false'}</IsTruncated>")
        return "".join(out + contents + prefixes + ["</ListBucketResult>"])

    def _contents_xml(self, bucket, key, text):
        version = self.store.find(bucket, key)
        if version is None:  # deleted since the tree was walked
            return ""
        return (f"<Contents><Key>{text(key)}</Key><LastModified>{iso_time(version.modified)}</LastModified>"
                f"<ETag>&quot;{version.etag(self.options.etag)}&quot;</ETag><Size>{version.size}</Size>"
                "<StorageClass>STANDARD</StorageClass></Contents>")

    def list_buckets(self, _request, _actions):
        names = "".join(f"<Bucket><Name>{name}</Name><CreationDate>{iso_time(0)}</CreationDate></Bucket>"
                        for name in self.store.buckets())
        return Response(200, {"Content-Type": "application/xml"}, Bytes(
            f'<?xml version="1.0" encoding="UTF-8"?>\n<ListAllMyBucketsResult {NAMESPACE}><Owner><ID>owner</ID></Owner>'
            f"<Buckets>{names}</Buckets></ListAllMyBucketsResult>".encode()))

    def bucket_location(self, request, _):
        region = self.options.bucket_regions.get(request.bucket, self.options.region)
        region = "" if region == "us-east-1" else region
        return Response(200, {"Content-Type": "application/xml"}, Bytes(
            f'<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint {NAMESPACE}>{region}</LocationConstraint>'
            .encode()))

    def head_bucket(self, request, _):
        region = self.options.bucket_regions.get(request.bucket, self.options.region)
        return Response(200, {"x-amz-bucket-region": region, "Content-Type": "application/xml"}, Bytes(b""))

    def delete_object(self, request, _):
        self.store.delete(request.bucket, request.key)
        return Response(204)

    def put_object(self, request, connection):
        if "content-length" not in request.lower:
            raise S3Error("MissingContentLength", "You must provide the Content-Length HTTP header.")
        length = request.content_length()
        if length > MAX_PUT_BYTES:
            raise S3Error("InvalidRequest", "Your proposed upload exceeds the maximum allowed size", status=400)
        if request.header("x-amz-content-sha256") in REFUSED_BODIES:
            raise S3Error("NotImplemented", "This server does not take aws-chunked bodies.")
        if request.header("if-none-match") == "*" and self.store.find(request.bucket, request.key):
            raise S3Error("PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
        if request.header("expect").lower() == "100-continue":
            connection.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        kept = {name: request.header(name) for name in KEPT_HEADERS if request.header(name)}
        kept.update({name: value for name, value in request.lower.items()
                     if name.startswith(("x-amz-meta-", "x-amz-checksum-"))})
        request.body_read = True
        version = self.store.put(request.bucket, request.key, connection.read_body(length), kept,
                                 lambda sums: check_body(request, sums))
        if version is None:
            raise S3Error("NotImplemented", "This server cannot store such a key; give it in a key map.")
        return Response(200, {"ETag": f'"{version.etag(self.options.etag)}"'})


def check_body(request, sums):
    declared = request.header("x-amz-content-sha256")
    if re.fullmatch("[0-9a-f]{64}", declared) and declared != sums["sha256"].hexdigest():
        raise S3Error("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was "
                      "computed.", extra={"ClientComputedContentSHA256": declared,
                                          "S3ComputedContentSHA256": sums["sha256"].hexdigest()})
    for header, name in (("content-md5", "md5"), ("x-amz-checksum-sha256", "sha256"),
                         ("x-amz-checksum-crc32", "crc32")):
        if request.header(header) and request.header(header) != PLAIN_SUMS[name](sums):
            raise S3Error("BadDigest", f"The {header} you specified did not match what we received.")


def not_modified(request, etag, modified):
    """True for a 304; raises for a 412. The order is that of RFC 9110, section 13.2.2."""
    failed = S3Error("PreconditionFailed", "At least one of the pre-conditions you specified did not hold",
                     extra={"Condition": "If-Match" if request.header("if-match") else "If-Unmodified-Since"})
    if request.header("if-match"):
        if not etag_in(request.header("if-match"), etag):
            raise failed
    elif (since := header_time(request, "if-unmodified-since")) is not None and int(modified) > since:
        raise failed
    if request.header("if-none-match"):
        return etag_in(request.header("if-none-match"), etag)
    since = header_time(request, "if-modified-since")
    return since is not None and int(modified) <= since


def etag_in(header, etag):
    return any(item.strip() == "*" or item.strip().strip('"') == etag for item in header.split(","))


def header_time(request, name):
    parsed = email.utils.parsedate_tz(request.header(name))
    return email.utils.mktime_tz(parsed) if parsed else None


def parse_range(text, size):
    """(first, one past the last), or None when there is no range S3 would heed."""
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", text.replace(" ", ""))
    if not found or found[1] + found[2] == "":
        return None
    if found[1] == "":
        low, high = max(0, size - int(found[2])), size
    else:
        low, high = int(found[1]), min(size, int(found[2]) + 1) if found[2] else size
        if found[2] and int(found[2]) < low:
            return None
    if low >= size or low >= high:
        raise S3Error("InvalidRange", "The requested range is not satisfiable",
                      headers={"Content-Range": f"bytes */{size}"},
                      extra={"RangeRequested": text, "ActualObjectSize": size})
    return low, high


def content_range(low, high, size, actions):
    wrong = actions.get("content_range", 0)
    if isinstance(wrong, int):
        return f"bytes {low + wrong}-{high - 1 + wrong}/{size}"
    return wrong


def iso_time(unix_seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(unix_seconds))


TOKEN_KEY = b"listing"  # fixed, so that a rerun sees the same requests


def make_token(entry, bucket):
    text = f"{'p' if entry[1] else 'k'}{entry[0]}".encode()
    mark = hmac.digest(TOKEN_KEY, bucket.encode() + b"\0" + text, "sha256")[:12]
    return base64.b64encode(mark + text).decode()


def read_token(token, bucket):
    try:
        raw = base64.b64decode(token, validate=True)
    except ValueError:
        raw = b""
    mark, text = raw[:12], raw[12:]
    if not text or not hmac.compare_digest(mark, hmac.digest(TOKEN_KEY, bucket.encode() + b"\0" + text, "sha256")[:12]):
        raise S3Error("InvalidArgument", "The continuation token provided is incorrect",
                      extra={"ArgumentName": "continuation-token"})
    return text[1:].decode(), text[:1] == b"p"
