"""Who may ask STS: Signature Version 4 as AWS checks it for its query services, with STS's own words for a refusal.

Source: "Signature Version 4 signing process", "Troubleshooting"; messages as STS is seen to answer them.
"""
import hashlib
import hmac
import time

import aws_federation
import s3_auth
import s3_signature
from s3_errors import S3Error
from sts_errors import StsError

SERVICE = "sts"


class StsAuthenticator:
    """`credentials` are the permanent ones. Threads: any; only reads."""

    def __init__(self, credentials, regions, now):
        self.credentials = {credential.access_key: credential for credential in credentials}
        self.regions = regions
        self.now = now

    def check(self, request):
        """(the credential that signed, whether it is temporary); raises StsError otherwise."""
        try:
            claim = s3_auth.claim_of(request)
            if claim is None:
                raise StsError("MissingAuthenticationToken", "Request is missing Authentication Token")
            self._check_scope(claim)
            self._check_time(claim)
        except S3Error as error:  # in S3's words
            raise StsError("IncompleteSignature", error.message) from None
        credential = self._credential(claim)
        self._check_signature(request, claim, credential)
        return credential, bool(claim.token)

    def _check_scope(self, claim):
        if claim.region not in self.regions:
            raise mismatch("Credential should be scoped to a valid region. ")
        if claim.service != SERVICE:
            raise mismatch(f"Credential should be scoped to correct service: '{SERVICE}'. ")
        if claim.day != claim.timestamp[:8]:
            raise mismatch("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                           f"'{claim.day}' != '{claim.timestamp[:8]}', from '{claim.timestamp}'.")

    def _check_time(self, claim):
        signed, now = s3_auth.unix_time(claim.timestamp), self.now()
        life = claim.expires_seconds or s3_auth.MAX_SKEW_SECONDS
        if signed < now - life:
            raise mismatch(f"Signature expired: {claim.timestamp} is now earlier than {stamp(now - life)} "
                           f"({stamp(now)} - {life // 60} min.)")
        if signed > now + s3_auth.MAX_SKEW_SECONDS:
            raise mismatch(f"Signature not yet current: {claim.timestamp} is still later than "
                           f"{stamp(now + s3_auth.MAX_SKEW_SECONDS)} ({stamp(now)} + 15 min.)")

    def _credential(self, claim):
        found = self.credentials.get(claim.access_key) if not claim.token else \
            aws_federation.read(claim.token, self.credentials)
        if found is None or found.access_key != claim.access_key:
            raise StsError("InvalidClientTokenId", "The security token included in the request is invalid.")
        if claim.token and self.now() >= found.expires_at:
            raise StsError("ExpiredToken", "The security token included in the request is expired")
        return found

    @staticmethod
    def _check_signature(request, claim, credential):
        unsigned = {"host"} - set(claim.signed_headers)
        declared = request.header("x-amz-content-sha256", hashlib.sha256(request.content).hexdigest())
        honest = hmac.compare_digest(declared.encode(), hashlib.sha256(request.content).hexdigest().encode())
        wanted = s3_signature.signature_of(request, claim, credential)
        if unsigned or not honest or not hmac.compare_digest(wanted, claim.signature):
            raise mismatch("The request signature we calculated does not match the signature you provided. Check your "
                           "AWS Secret Access Key and signing method. Consult the service documentation for details.")


def mismatch(message):
    return StsError("SignatureDoesNotMatch", message)


def stamp(unix_seconds):
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(unix_seconds))
