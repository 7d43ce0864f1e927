"""The queue service: the state machine and the artifacts behind their API entries."""
from taskcluster.api import Common
from taskcluster.bucket import GET_SECONDS
from taskcluster.paging import Tokens
from taskcluster.queue_artifacts import ArtifactEntries
from taskcluster.queue_tasks import TaskEntries
from taskcluster.queue_work import WorkEntries


class QueueService(TaskEntries, WorkEntries, ArtifactEntries, Common):
    """`claim_wait_seconds`: how long an empty claimWork waits (20 in production). `url_seconds`: the life of a signed
    URL (1800 there)."""

    def __init__(self, services, queue, artifacts, bucket, objects, claim_wait_seconds=20, url_seconds=GET_SECONDS):
        super().__init__(services)
        self.queue, self.artifacts, self.bucket, self.objects = queue, artifacts, bucket, objects
        self.claim_wait_seconds, self.url_seconds = claim_wait_seconds, url_seconds
        self.tokens = Tokens()
