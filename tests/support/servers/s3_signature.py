"""The arithmetic of Signature Version 4, done by botocore's own signer.

A request is rebuilt from what arrived, its path and query decoded and encoded again as S3 does it, and signed with the
known secret at the time it names. Services other than S3 sign their body (`request.content`) with it.
"""
from urllib.parse import quote

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest, HTTPHeaders
from botocore.credentials import Credentials


def signing_headers(request, claim):
    """Exactly the headers that SignedHeaders names; botocore alone would leave some out or add the host."""
    chosen = HTTPHeaders()
    for name, value in request.headers:
        if name.lower() in claim.signed_headers:
            chosen[name.lower()] = value
    return chosen


def rebuilt(request, claim):
    """The request as botocore sees one before it signs: the URL in S3's canonical encoding."""
    path = quote(request.path, safe="/-_.~")
    pairs = [(name, value) for name, value in request.query if name != "X-Amz-Signature"]
    query = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)
    url = f"http://{request.header('host')}{path}" + (f"?{query}" if query else "")
    again = AWSRequest(method=request.method, url=url, data=request.content)
    for name, value in request.headers:
        again.headers[name] = value
    again.context["timestamp"] = claim.timestamp
    return again


def signer_for(request, claim, credential):
    of_header, of_query = (S3SigV4Auth, S3SigV4QueryAuth) if claim.service == "s3" else (SigV4Auth, SigV4QueryAuth)
    kind = of_query if claim.expires_seconds else of_header
    signer = kind(Credentials(credential.access_key, credential.secret, credential.token or None), claim.service,
                  claim.region)
    signer.headers_to_sign = lambda _: signing_headers(request, claim)
    return signer


def canonical_request(request, claim, credential):
    return signer_for(request, claim, credential).canonical_request(rebuilt(request, claim))


def signature_of(request, claim, credential):
    signer, again = signer_for(request, claim, credential), rebuilt(request, claim)
    return signer.signature(signer.string_to_sign(again, signer.canonical_request(again)), again)
