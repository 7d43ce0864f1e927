"""What a session policy says about S3 requests: which action, on which resource, under which condition keys.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3".
"""
import functools

from aws_policy import Policy
from s3_errors import S3Error

ACTIONS = {"GetObject": "s3:GetObject", "HeadObject": "s3:GetObject", "PutObject": "s3:PutObject",
           "DeleteObject": "s3:DeleteObject", "ListObjectsV2": "s3:ListBucket", "HeadBucket": "s3:ListBucket",
           "ListBuckets": "s3:ListAllMyBuckets", "GetBucketLocation": "s3:GetBucketLocation"}
CONTEXT = {"prefix": "s3:prefix", "delimiter": "s3:delimiter", "max-keys": "s3:max-keys"}


def permits_of(credential):
    """None for a credential that no policy binds, else a function (action, resource, context) -> bool. A federated user
    without a policy may do nothing."""
    if credential.policy is None:
        return None
    return known_policy(credential.policy).allows if credential.policy else lambda *_: False


@functools.lru_cache(maxsize=256)
def known_policy(text):
    return Policy(text)


def authorize(request):
    """Raises AccessDenied for what the signer may not do. `request` has its operation, bucket, key and signer."""
    action = ACTIONS.get(request.operation)
    if request.permits and action and not request.permits(action, resource(request), context_of(request)):
        raise S3Error("AccessDenied", "Access Denied")


def may_see_absence(request):
    """Whether a missing object is answered with 404: S3 says 403 to those who may not list the bucket."""
    return not request.permits or request.permits("s3:ListBucket", f"arn:aws:s3:::{request.bucket}", secure({}))


def resource(request):
    if not request.bucket:
        return "*"
    return f"arn:aws:s3:::{request.bucket}" + (f"/{request.key}" if request.key else "")


def context_of(request):
    listing = request.operation == "ListObjectsV2"
    return secure({key: request.args[name] for name, key in CONTEXT.items() if listing and name in request.args})


def secure(context):
    return {**context, "aws:SecureTransport": "true"}  # loopback stands for https
