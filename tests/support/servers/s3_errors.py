"""What S3 answers when it refuses: the error codes with their statuses, and the XML that carries them.

Source: Amazon S3 API reference, "Error responses".
"""
from xml.sax.saxutils import escape

STATUS_OF_CODE = {
    "AccessDenied": 403,
    "AuthorizationHeaderMalformed": 400,
    "AuthorizationQueryParametersError": 400,
    "BadDigest": 400,
    "ExpiredToken": 400,
    "InternalError": 500,
    "InvalidAccessKeyId": 403,
    "InvalidArgument": 400,
    "InvalidRange": 416,
    "InvalidRequest": 400,
    "InvalidToken": 400,
    "InvalidURI": 400,
    "KeyTooLongError": 400,
    "MethodNotAllowed": 405,
    "MissingContentLength": 411,
    "NoSuchBucket": 404,
    "NoSuchKey": 404,
    "NotImplemented": 501,
    "PermanentRedirect": 301,
    "PreconditionFailed": 412,
    "RequestTimeTooSkewed": 403,
    "RequestTimeout": 400,
    "ServiceUnavailable": 503,
    "SignatureDoesNotMatch": 403,
    "SlowDown": 503,
    "TemporaryRedirect": 307,
    "XAmzContentSHA256Mismatch": 400,
}
CODE_OF_STATUS = {500: "InternalError", 502: "BadGateway", 503: "SlowDown", 504: "GatewayTimeout", 403: "AccessDenied",
                  404: "NoSuchKey", 307: "TemporaryRedirect", 429: "SlowDown"}


class S3Error(Exception):
    """One refusal. `extra` becomes XML elements beside Code and Message; `headers` go out as they are."""

    def __init__(self, code, message, status=None, headers=None, extra=None):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status or STATUS_OF_CODE[code]
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def xml(self, resource, request_id):
        fields = {"Code": self.code, "Message": self.message, **self.extra, "Resource": resource,
                  "RequestId": request_id, "HostId": "test-server"}
        inner = "".join(f"<{name}>{xml_text(value)}</{name}>" for name, value in fields.items())
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'.encode()


def xml_text(value):
    """Escapes for element content. Control characters become references as S3 sends them, though XML 1.0 forbids
    most of those: that is why clients ask for encoding-type=url."""
    text = escape(str(value), {'"': "&quot;"})
    return "".join(f"&#x{ord(c):x};" if c < " " and c not in "\t\n" or c == "\x7f" else c for c in text)
