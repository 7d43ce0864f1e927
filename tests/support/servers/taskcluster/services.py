"""All services in one process: the API below one root URL, the bucket on a second port, one clock, one fault engine."""
import json
import threading
import uuid
from urllib.parse import quote

from taskcluster.api import Api, Common
from taskcluster.artifacts import Artifacts
from taskcluster.authenticator import Authenticator
from taskcluster.bucket import GET_SECONDS, Bucket
from taskcluster.control import Control
from taskcluster.errors import ApiError
from taskcluster.faults import Faults
from taskcluster.http_layer import CORS, HttpServer, Response, json_response, text_response
from taskcluster.index_service import IndexService
from taskcluster.notify_service import NotifyService
from taskcluster.object_service import ObjectService
from taskcluster.queue_service import QueueService
from taskcluster.queue_state import Queue
from taskcluster.schema import Schemas
from taskcluster.small_services import AuthService, SecretsService
from taskcluster.values import Clock

NO_S3 = {"buckets": [], "credentials": [], "lifetime_seconds": 3600}


class Services:
    """Running from construction until `stop`. `schemas` is the path of schemas.json, None for no schema checks;
    times are seconds, as in production unless given. `latency_seconds` goes by before each answer of the API, whatever
    else is being answered."""

    def __init__(self, schemas=None, port=0, bucket_port=0, claim_seconds=1200, claim_wait_seconds=20,
                 url_seconds=GET_SECONDS, deadline_lag_seconds=0, s3=None, clock=None, latency_seconds=0):
        self.stopping = threading.Event()
        self.clock = clock or Clock()
        self.started = self.clock.now()
        self.latency_seconds = latency_seconds
        self.faults = Faults(self.clock.now)
        self.authenticator = Authenticator(self.clock.signature_time)
        self.schemas = Schemas.load(schemas) if schemas else None
        self.bucket = Bucket(self.clock)
        self.artifacts = Artifacts()
        self.queue = Queue(self.clock, int(claim_seconds * 1000), int(deadline_lag_seconds * 1000))
        self.object_service = ObjectService(self, self.bucket)
        self.queue_service = QueueService(self, self.queue, self.artifacts, self.bucket, self.object_service,
                                          claim_wait_seconds, url_seconds)
        self.index_service = IndexService(self, self.queue)
        self.secrets_service = SecretsService(self)
        self.auth_service = AuthService(self, self.authenticator, s3 or NO_S3)
        self.notify_service = NotifyService(self, self.queue)
        self.control = Control(self)
        parts = {"queue": self.queue_service, "index": self.index_service, "object": self.object_service,
                 "secrets": self.secrets_service, "auth": self.auth_service, "notify": self.notify_service,
                 "worker-manager": Common(self)}
        self.apis = {name: Api(self, name, part, self.schemas) for name, part in parts.items()}
        self.bucket_server = HttpServer(self.answer_bucket, bucket_port, self.seconds)
        self.bucket.url = self.bucket_server.url
        self.root_url = "http://127.0.0.1:0"  # until the server below has its port
        self.server = HttpServer(self.answer, port, self.seconds, compresses=True)
        self.root_url = self.server.url

    def seconds(self):
        return self.clock.signature_time() / 1000

    def answer(self, request):
        if request.method == "OPTIONS":
            return Response(200, CORS)
        parts = request.path.split("/", 4)
        if parts[:2] == ["", "control"]:
            return self.answer_control(request, parts[2])
        api = self.apis.get(parts[2]) if len(parts) == 5 and parts[1] == "api" and parts[3] == "v1" else None
        if api is None:
            return text_response("no such service", 404, {"content-type": "text/plain", **CORS})
        path = "/" + parts[4]
        found = api.find(request.method, path)
        name = found[0].entry.name if found else "?"
        response = self.faults.answer(parts[2], name, request, lambda: api.answer(request, path))
        response.delay = response.delay or self.latency_seconds
        return response

    def answer_bucket(self, request):
        name = "PUT" if request.method == "PUT" else "GET"
        return self.faults.answer("bucket", name, request, lambda: self.bucket.answer(request))

    def answer_control(self, request, name):
        try:
            result = self.control.call(name, json.loads(request.body or b"{}"))
        except (KeyError, TypeError, ValueError) as error:
            return json_response({"error": f"{type(error).__name__}: {error}"}, 400)
        return json_response({"result": result})

    def artifact_url(self, task_id, name):
        return f"{self.root_url}/api/queue/v1/task/{task_id}/artifacts/{quote(name, safe='')}"

    @staticmethod
    def internal_error():
        return ApiError("InternalServerError", f"Internal Server Error, incidentId {uuid.uuid4()}.")

    def stop(self):
        self.stopping.set()
        self.server.stop()
        self.bucket_server.stop()
