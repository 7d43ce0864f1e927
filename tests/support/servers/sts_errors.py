"""What STS answers when it refuses: its codes with their statuses, and the XML that carries them.

Source: AWS STS API reference, "Common Errors" and the errors of GetFederationToken.
"""
from s3_errors import xml_text

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
STATUS_OF_CODE = {
    "AccessDenied": 403,
    "ExpiredToken": 403,
    "IncompleteSignature": 400,
    "InternalFailure": 500,
    "InvalidAction": 400,
    "InvalidClientTokenId": 403,
    "MalformedInput": 400,
    "MalformedPolicyDocument": 400,
    "MissingAction": 400,
    "MissingAuthenticationToken": 403,
    "PackedPolicyTooLarge": 400,
    "RegionDisabledException": 403,
    "RequestLimitExceeded": 503,
    "ServiceUnavailable": 503,
    "SignatureDoesNotMatch": 403,
    "Throttling": 400,
    "ValidationError": 400,
}
CODE_OF_STATUS = {400: "Throttling", 403: "AccessDenied", 429: "Throttling", 500: "InternalFailure",
                  503: "ServiceUnavailable"}
MESSAGES = {"Throttling": "Rate exceeded", "RegionDisabledException": "STS is not activated in this region for "
            "account:123456789012. Your account administrator can activate STS in this region using the IAM Console."}


class StsError(Exception):
    """One refusal. The caller is to blame for those below 500."""

    def __init__(self, code, message=None, status=None, headers=None):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message or MESSAGES.get(code, "injected by a fault rule")
        self.status = status or STATUS_OF_CODE.get(code, 400)
        self.headers = dict(headers or {})

    def xml(self, request_id):
        blamed = "Sender" if self.status < 500 else "Receiver"
        return (f'<ErrorResponse xmlns="{NAMESPACE}">\n  <Error>\n    <Type>{blamed}</Type>\n'
                f"    <Code>{self.code}</Code>\n"
                f"    <Message>{xml_text(self.message)}</Message>\n  </Error>\n  <RequestId>{request_id}</RequestId>\n"
                "</ErrorResponse>\n").encode()
