"""Who may ask for what: Signature Version 4 in the header and the query form, as S3 checks it.

Keys of federated users (aws_federation) are good when one of the credentials here has asked for them; the policy of
their session then decides about each request (s3_permissions).

Source: "Authenticating Requests (AWS Signature Version 4)" in the S3 API reference; codes as S3 answers them.
"""
import calendar
import dataclasses
import email.utils
import hmac
import importlib
import re
import time

import aws_federation
from s3_errors import S3Error
from s3_permissions import permits_of

MAX_SKEW_SECONDS = 15 * 60
MAX_EXPIRES_SECONDS = 7 * 24 * 3600
AUTHORIZATION = re.compile(r"AWS4-HMAC-SHA256\s+Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*"
                           r"Signature=([0-9a-f]+)$")


@dataclasses.dataclass
class Credential:
    access_key: str
    secret: str
    token: str = ""
    expires_at: float = float("inf")  # unix seconds; set when the metadata endpoint issues it
    policy: str | None = None  # of the session; None: everything is allowed


@dataclasses.dataclass
class Claim:
    """What a request says about its own signature."""
    access_key: str
    day: str
    region: str
    service: str
    signed_headers: list
    signature: str
    timestamp: str
    token: str
    expires_seconds: int = 0  # of a presigned URL; 0 for the header form


class Authenticator:
    """Threads: `check` only reads; `Credential.expires_at` is written by the metadata endpoint, one float at a time."""

    def __init__(self, credentials, region, bucket_regions, anonymous_buckets, now):
        self.credentials = {c.access_key: c for c in credentials}
        self.region = region
        self.bucket_regions = bucket_regions
        self.anonymous_buckets = set(anonymous_buckets)
        self.now = now
        # botocore takes most of a second to load: only where there is a secret to sign with
        self.signature = importlib.import_module("s3_signature") if credentials else None

    def check(self, request):
        """The access key that signed, "" for an allowed unsigned request; raises S3Error otherwise. Sets
        request.permits for a signer whom a policy binds."""
        claim = claim_of(request)
        if claim is None:
            if request.bucket and request.bucket in self.anonymous_buckets:
                return ""
            raise S3Error("AccessDenied", "Access Denied")
        self._check_scope(request, claim)
        self._check_time(claim)
        credential = self._credential(claim)
        self._check_headers(request, claim)
        wanted = self.signature.signature_of(request, claim, credential)
        if not hmac.compare_digest(wanted, claim.signature):
            raise S3Error("SignatureDoesNotMatch", "The request signature we calculated does not match the signature "
                          "you provided. Check your key and signing method.",
                          extra={"AWSAccessKeyId": claim.access_key,
                                 "CanonicalRequest": self.signature.canonical_request(request, claim, credential)})
        request.permits = permits_of(credential)
        return claim.access_key

    def _check_scope(self, request, claim):
        code = "AuthorizationQueryParametersError" if claim.expires_seconds else "AuthorizationHeaderMalformed"
        home = self.bucket_regions.get(request.bucket)
        if home and claim.region != home:
            raise S3Error("PermanentRedirect", "The bucket you are attempting to access must be addressed using the "
                          "specified endpoint. Please send all future requests to this endpoint.",
                          headers={"x-amz-bucket-region": home},
                          extra={"Endpoint": f"{request.bucket}.s3.{home}.amazonaws.com", "Bucket": request.bucket})
        expected = home or self.region
        if claim.region != expected:
            raise S3Error(code, f"The authorization header is malformed; the region '{claim.region}' is wrong; "
                          f"expecting '{expected}'", headers={"x-amz-bucket-region": expected},
                          extra={"Region": expected})
        if claim.service != "s3":
            raise S3Error(code, f"The credential scope names the service '{claim.service}'; it must be 's3'.")
        if claim.day != claim.timestamp[:8]:
            raise S3Error(code, f"Invalid credential date '{claim.day}'; it is not that of the request.")

    def _check_time(self, claim):
        signed, now = unix_time(claim.timestamp), self.now()
        times = {"RequestTime": claim.timestamp, "ServerTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
                 "MaxAllowedSkewMilliseconds": MAX_SKEW_SECONDS * 1000}
        if claim.expires_seconds:
            if now > signed + claim.expires_seconds:
                raise S3Error("AccessDenied", "Request has expired", extra={"X-Amz-Expires": claim.expires_seconds})
            if now < signed - MAX_SKEW_SECONDS:
                raise S3Error("AccessDenied", "Request is not yet valid")
        elif abs(now - signed) > MAX_SKEW_SECONDS:
            raise S3Error("RequestTimeTooSkewed", "The difference between the request time and the current time is "
                          "too large.", extra=times)

    def _credential(self, claim):
        credential = self.credentials.get(claim.access_key) or aws_federation.read(claim.token, self.credentials)
        if credential is None or credential.access_key != claim.access_key or (credential.token and not claim.token):
            raise S3Error("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.",
                          extra={"AWSAccessKeyId": claim.access_key})
        if not hmac.compare_digest(credential.token.encode(), claim.token.encode()):
            raise S3Error("InvalidToken", "The provided token is malformed or otherwise invalid.")
        if self.now() >= credential.expires_at:
            raise S3Error("ExpiredToken", "The provided token has expired.")
        return credential

    @staticmethod
    def _check_headers(request, claim):
        unsigned = [name for name in request.lower if name.startswith("x-amz-") and name not in claim.signed_headers]
        if "host" not in claim.signed_headers:
            unsigned.append("host")
        if unsigned:
            raise S3Error("AccessDenied", "There were headers present in the request which were not signed",
                          extra={"HeadersNotSigned": ", ".join(unsigned)})
        if not claim.expires_seconds and not request.header("x-amz-content-sha256"):
            raise S3Error("InvalidRequest", "Missing required header for this request: x-amz-content-sha256")


def claim_of(request):
    """The claim in the Authorization header or the query; None when the request carries neither."""
    header, in_query = request.header("authorization"), "X-Amz-Signature" in request.args
    if header and in_query:
        raise S3Error("InvalidArgument", "Only one auth mechanism allowed")
    if header:
        return header_claim(request, header)
    return query_claim(request.args) if in_query else None


def header_claim(request, header):
    found = AUTHORIZATION.match(header)
    if not found:
        raise S3Error("AuthorizationHeaderMalformed", "The authorization header is malformed.")
    timestamp = request.header("x-amz-date")
    if not timestamp and (date := email.utils.parsedate_tz(request.header("date"))):
        timestamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(email.utils.mktime_tz(date)))
    if not re.fullmatch(r"\d{8}T\d{6}Z", timestamp):
        raise S3Error("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header")
    access_key, day, region, service = split_scope(found[1], "AuthorizationHeaderMalformed")
    return Claim(access_key, day, region, service, found[2].split(";"), found[3], timestamp,
                 request.header("x-amz-security-token"))


def query_claim(args):
    code = "AuthorizationQueryParametersError"
    missing = [name for name in ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires",
                                 "X-Amz-SignedHeaders") if name not in args]
    if missing:
        raise S3Error(code, f"Query-string authentication version 4 requires the parameters {', '.join(missing)}")
    if args["X-Amz-Algorithm"] != "AWS4-HMAC-SHA256":
        raise S3Error(code, 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"')
    if not re.fullmatch(r"\d{8}T\d{6}Z", args["X-Amz-Date"]):
        raise S3Error(code, 'X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd\'T\'HHmmss\'Z\'"')
    expires = args["X-Amz-Expires"]
    if not expires.isdigit() or not 0 < int(expires) <= MAX_EXPIRES_SECONDS:
        raise S3Error(code, "X-Amz-Expires must be between 1 second and one week (in seconds)")
    access_key, day, region, service = split_scope(args["X-Amz-Credential"], code)
    return Claim(access_key, day, region, service, args["X-Amz-SignedHeaders"].split(";"), args["X-Amz-Signature"],
                 args["X-Amz-Date"], args.get("X-Amz-Security-Token", ""), int(expires))


def split_scope(text, code):
    parts = text.rsplit("/", 4)
    if len(parts) != 5 or parts[4] != "aws4_request":
        raise S3Error(code, "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/"
                      "aws4_request\".")
    return parts[:4]


def unix_time(timestamp):
    try:
        return calendar.timegm(time.strptime(timestamp, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise S3Error("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header") from None
