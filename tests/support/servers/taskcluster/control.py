"""What a test does to the servers: faults, time, broken artifacts. Every method is also POST /control/<method>."""
import base64
import inspect

from taskcluster.values import parse_date


class Control:
    """Arguments and results are JSON values, so that the endpoint and Python callers see the same."""

    def __init__(self, services):
        self.services = services

    def add_fault(self, rule):
        self.services.faults.add(rule)

    def clear_faults(self):
        self.services.faults.clear()

    def requests(self, **match):
        return self.services.faults.requests(**match)

    def count(self, **match):
        return len(self.services.faults.requests(**match))

    def advance(self, seconds):
        """Moves the time of the queue and of signed URLs; signatures of requests go on by real time."""
        self.services.clock.advance(seconds)
        self.services.queue.wake()

    def skew(self, seconds):
        """Sets how far the clock that judges signatures is ahead."""
        self.services.clock.skew(seconds)

    def set_latency(self, seconds):
        """How long each answer of the API takes at least."""
        self.services.latency_seconds = seconds

    def expire_urls(self):
        self.services.bucket.expire_urls()

    def expire_artifact_urls_after(self, seconds):
        """The life of artifact URLs signed from now on."""
        self.services.queue_service.url_seconds = seconds

    def remove_artifact(self, task_id, name, run_id=0):
        """The queue forgets it: 404."""
        self.services.artifacts.remove(task_id, run_id, name)

    def remove_artifact_data(self, task_id, name, run_id=0):
        """The queue still lists it, the bucket answers 404."""
        self.services.bucket.remove(self.blob(task_id, name, run_id))

    def corrupt_artifact(self, task_id, name, run_id=0, at=0):
        """Flips one byte of the stored data (at: an offset, negative from the end)."""
        def flip(data):
            changed = bytearray(data)
            changed[at] ^= 0x01
            return bytes(changed)
        self.change(task_id, name, run_id, flip)

    def cut_artifact(self, task_id, name, run_id=0, keep=0):
        self.change(task_id, name, run_id, lambda data: data[:keep])

    def replace_artifact(self, task_id, name, data, run_id=0):
        """`data` in base64; the headers stay."""
        self.change(task_id, name, run_id, lambda _: base64.b64decode(data))

    def lie_about_hashes(self, task_id, name, run_id=0):
        """The object service states other hashes than those of the data."""
        hashes = self.services.object_service.objects[f"t/{task_id}/{run_id}/{name}"]["hashes"]
        hashes.update({kind: "0" * len(value) for kind, value in hashes.items()})

    def make_artifact(self, task_id, name, artifact, run_id=0):
        """Puts any artifact, whatever the state of the run: {"storageType": "error", "reason": ..., ...}."""
        task = self.services.queue.find(task_id)
        expires = parse_date(artifact["expires"]) if "expires" in artifact else task.expires
        made = {"contentType": "application/binary", **artifact, "name": name, "expires": expires}
        self.services.artifacts.remove(task_id, run_id, name)
        self.services.artifacts.put(task_id, run_id, made)

    def set_secret(self, name, secret, lifetime_seconds=86400):
        self.services.secrets_service.put(name, secret, self.services.clock.now() + lifetime_seconds * 1000)

    def add_client(self, client_id, access_token, scopes):
        self.services.authenticator.add_client(client_id, access_token, scopes)

    def set_s3_credentials(self, buckets, credentials, lifetime_seconds=3600):
        """What awsS3Credentials hands out: the next ones of the list with each call."""
        self.services.auth_service.s3 = {"buckets": buckets, "credentials": credentials,
                                         "lifetime_seconds": lifetime_seconds}
        self.services.auth_service.handed_out = 0

    def outbox(self):
        return self.services.notify_service.outbox

    def change(self, task_id, name, run_id, edit):
        blob = self.blob(task_id, name, run_id)
        data, headers = self.services.bucket.read(blob)
        self.services.bucket.write(blob, edit(data), headers)

    def blob(self, task_id, name, run_id):
        _, artifact = self.services.artifacts.chain(task_id, run_id, name)
        return self.services.queue_service.blob(task_id, run_id, artifact)

    def call(self, name, arguments):
        """What the endpoint runs; KeyError for a method that is none."""
        method = dict(inspect.getmembers(self, inspect.ismethod))[name]
        return method(**arguments)
