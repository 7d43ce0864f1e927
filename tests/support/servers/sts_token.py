"""GetFederationToken: the parameters as STS checks them, and its answer.

The packed size of a policy is made up: AWS does not publish how it packs. Here it is the deflated document as a share
of 1,024 bytes, which a policy of 2,048 characters with few repeats exceeds.

Source: AWS STS API reference, version 2011-06-15, GetFederationToken.
"""
import json
import re
import time
import zlib
from xml.sax.saxutils import escape

import aws_federation
from aws_policy import Malformed, Policy
from sts_errors import NAMESPACE, StsError

ACCOUNT = "123456789012"
SHORTEST_SECONDS, LONGEST_SECONDS, USUAL_SECONDS, ROOT_SECONDS = 900, 129600, 43200, 3600
NAME_LENGTH, POLICY_LENGTH = (2, 32), (1, 2048)
NAME = re.compile(r"[\w+=,.@-]*", re.ASCII)
POLICY_CHARACTERS = re.compile("[\t\n\r -\xff]+")
PACKED_BYTES = 1024


def parameters(form):
    """(name, policy, seconds) of a call; one ValidationError names all that is wrong with it."""
    wrong = []

    def constraint(value, field, text):
        shown = "null" if value is None else f"'{value}'"
        wrong.append(f"Value {shown} at '{field}' failed to satisfy constraint: Member must {text}")

    def check_text(value, field, lengths, pattern, shown_pattern):
        if not pattern.fullmatch(value):
            constraint(value, field, f"satisfy regular expression pattern: {shown_pattern}")
        if len(value) < lengths[0]:
            constraint(value, field, f"have length greater than or equal to {lengths[0]}")
        if len(value) > lengths[1]:
            constraint(value, field, f"have length less than or equal to {lengths[1]}")

    name, policy, seconds = form.get("Name"), form.get("Policy"), form.get("DurationSeconds")
    if name is None:
        constraint(None, "name", "not be null")
    else:
        check_text(name, "name", NAME_LENGTH, NAME, r"[\w+=,.@-]*")
    if policy is not None:
        check_text(policy, "policy", POLICY_LENGTH, POLICY_CHARACTERS,
                   r"[\u0009\u000A\u000D\u0020-\u00FF]+")
    if seconds is not None and not re.fullmatch(r"-?[0-9]{1,9}", seconds):
        raise StsError("MalformedInput", "Invalid value for DurationSeconds")
    seconds = USUAL_SECONDS if seconds is None else int(seconds)
    if seconds < SHORTEST_SECONDS:
        constraint(seconds, "durationSeconds", f"have value greater than or equal to {SHORTEST_SECONDS}")
    if seconds > LONGEST_SECONDS:
        constraint(seconds, "durationSeconds", f"have value less than or equal to {LONGEST_SECONDS}")
    if wrong:
        count = f"{len(wrong)} validation error{'s' if len(wrong) > 1 else ''} detected: "
        raise StsError("ValidationError", count + "; ".join(wrong))
    return name, policy or "", seconds


def packed_percent(policy):
    """What the policy takes of the space for it, in percent; MalformedPolicyDocument when it is none."""
    if not policy:
        return None
    try:
        Policy(policy)
    except Malformed as error:
        raise StsError("MalformedPolicyDocument", str(error)) from None
    packed = zlib.compress(json.dumps(json.loads(policy), separators=(",", ":")).encode(), 9)
    return -(-len(packed) * 100 // PACKED_BYTES)


def get_federation_token(form, owner, is_root, now, told_percent=None):
    """The XML of the answer, without its request id. A root's keys live for an hour at most, whatever it asked for."""
    name, policy, seconds = parameters(form)
    percent = packed_percent(policy) if told_percent is None else told_percent
    if percent is not None and percent > 100:
        raise StsError("PackedPolicyTooLarge",
                       f"Packed policy consumes {percent}% of allotted space, please use smaller policy.")
    if is_root:
        seconds = min(seconds, ROOT_SECONDS)
    expires = int(now) + seconds
    user = aws_federation.issue(owner, name, policy, expires)
    packed = "" if percent is None else f"    <PackedPolicySize>{percent}</PackedPolicySize>\n"
    return (f'<GetFederationTokenResponse xmlns="{NAMESPACE}">\n  <GetFederationTokenResult>\n    <Credentials>\n'
            f"      <AccessKeyId>{user.access_key}</AccessKeyId>\n"
            f"      <SecretAccessKey>{user.secret}</SecretAccessKey>\n"
            f"      <SessionToken>{user.token}</SessionToken>\n"
            f"      <Expiration>{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(expires))}</Expiration>\n"
            "    </Credentials>\n    <FederatedUser>\n"
            f"      <Arn>{arn(name)}</Arn>\n      <FederatedUserId>{ACCOUNT}:{escape(name)}</FederatedUserId>\n"
            f"    </FederatedUser>\n{packed}  </GetFederationTokenResult>\n"
            "  <ResponseMetadata>\n    <RequestId>{request_id}</RequestId>\n  </ResponseMetadata>\n"
            "</GetFederationTokenResponse>\n")


def arn(name):
    return f"arn:aws:sts::{ACCOUNT}:federated-user/{escape(name)}"
