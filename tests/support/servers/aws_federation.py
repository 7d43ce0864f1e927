"""Keys of federated users, without a store: the session token itself says, sealed, whose keys they are.

The STS test server makes them, the S3 test server believes them; all that the two share is the permanent credential
that asked for them. As with AWS, nobody keeps a list of what was handed out.

token   base64 of: seal (HMAC-SHA-256 by the owner's secret), deflated JSON {owner, key, name, expires, policy}
secret  base64 of HMAC-SHA-256 by the owner's secret over the access key id and the token's seal
"""
import base64
import dataclasses
import hmac
import json
import secrets
import zlib

SEAL_BYTES = 32
ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclasses.dataclass
class FederatedUser:
    access_key: str
    secret: str
    token: str
    name: str
    expires_at: float  # unix seconds
    policy: str        # "": no permission at all


def issue(owner, name, policy, expires_at):
    """Fresh keys for `name`, from the permanent credential `owner`."""
    access_key = "ASIA" + "".join(secrets.choice(ID_LETTERS) for _ in range(16))
    said = {"owner": owner.access_key, "key": access_key, "name": name, "expires": expires_at, "policy": policy}
    content = zlib.compress(json.dumps(said, separators=(",", ":")).encode(), 9)
    seal = hmac.digest(owner.secret.encode(), content, "sha256")
    return made(owner, said, seal, base64.b64encode(seal + content).decode())


def read(token, credentials):
    """The FederatedUser of a token; None when none of `credentials` ({access key: credential}) sealed it."""
    try:
        raw = base64.b64decode(token, validate=True)
        seal, content = raw[:SEAL_BYTES], raw[SEAL_BYTES:]
        said = json.loads(zlib.decompress(content))
        owner = credentials.get(said["owner"])
    except (ValueError, KeyError, TypeError, zlib.error):
        return None
    if owner is None or not hmac.compare_digest(seal, hmac.digest(owner.secret.encode(), content, "sha256")):
        return None
    return made(owner, said, seal, token)


def made(owner, said, seal, token):
    secret = hmac.digest(owner.secret.encode(), said["key"].encode() + seal, "sha256")
    return FederatedUser(said["key"], base64.b64encode(secret).decode(), token, said["name"], said["expires"],
                         said["policy"])
