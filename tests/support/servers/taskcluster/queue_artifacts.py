"""Entries of the queue about artifacts: create, finish, get (a redirect), content, info, list."""
from taskcluster.api import entry
from taskcluster.artifacts import check_open, described, is_there, requested
from taskcluster.bucket import PUT_SECONDS
from taskcluster.errors import ApiError
from taskcluster.http_layer import Response, json_response
from taskcluster.paging import page
from taskcluster.values import MINUTE, iso, slugid

GET_SCOPES = {"AllOf": [{"for": "name", "in": "names", "each": "queue:get-artifact:<name>"}]}
PAGES = ("continuationToken", "limit")
PUT_URL_MS = 45 * MINUTE


class ArtifactEntries:
    """Mixed into the queue service, which also has `artifacts`, `bucket` and `objects`."""

    @entry("POST", "/task/<taskId>/runs/<runId>/artifacts/<name>", "queue:create-artifact:<taskId>/<runId>",
           body="post-artifact-request", wide=True)
    def create_artifact(self, call):
        task, run = self.run_of(call)
        now, wanted = self.services.clock.now(), requested(call.params["name"], call.payload)
        check_open(task, run, now)
        if wanted["expires"] > task.expires:
            raise ApiError("InputError", f"Artifact expires ({iso(wanted['expires'])}) after the task expiration "
                                         f"{task['expires']} (task.expires < expires) - this is not allowed, artifacts "
                                         "may not expire after the task they belong to expires")
        if wanted["storageType"] == "object":
            wanted.update(uploadId=slugid(), present=False)
        made = self.artifacts.put(task.id, run["runId"], wanted)
        reply = {"storageType": made["storageType"]}
        if made["storageType"] == "s3":
            url = self.bucket.signed("PUT", self.blob(task.id, run["runId"], made), PUT_SECONDS)
            reply.update(contentType=made["contentType"], expires=iso(now + PUT_URL_MS), putUrl=url)
        elif made["storageType"] == "object":
            name = object_name(task.id, run["runId"], made)
            scope = f"object:upload:{task['projectId']}:{name}"
            owner = f"artifact-upload/{task.id}/{run['runId']}/on/{run['workerGroup']}/{run['workerId']}"
            reply.update(name=name, projectId=task["projectId"], uploadId=made["uploadId"],
                         expires=iso(made["expires"]), credentials=self.temporary(owner, [scope], now + 60 * MINUTE))
        return reply

    @entry("PUT", "/task/<taskId>/runs/<runId>/artifacts/<name>", "queue:create-artifact:<taskId>/<runId>",
           body="finish-artifact-request", wide=True)
    def finish_artifact(self, call):
        task, run = self.run_of(call)
        artifact = self.artifacts.find(task.id, run["runId"], call.params["name"])
        if not artifact:
            raise ApiError("ResourceNotFound", "Artifact not found")
        if artifact["storageType"] != "object":
            raise ApiError("InputError", "Only object artifacts can be finished")
        if not self.objects.finished(object_name(task.id, run["runId"], artifact)):
            raise ApiError("InputError", "Object storing artifact data does not exist")
        if artifact["uploadId"] != call.payload["uploadId"]:
            raise ApiError("InputError", "Incorrect uploadId")
        artifact["present"] = True
        if "contentLength" in artifact:
            raise self.services.internal_error()  # what v106 does: its own message schema refuses the length
        return Response(204)

    @entry("GET", "/task/<taskId>/runs/<runId>/artifacts/<name>", GET_SCOPES, wide=True)
    def get_artifact(self, call):
        return self.redirected(call, int(call.params["runId"]))

    @entry("GET", "/task/<taskId>/artifacts/<name>", GET_SCOPES, wide=True)
    def get_latest_artifact(self, call):
        return self.redirected(call, self.latest_run(call))

    def redirected(self, call, run_id):
        artifact = self.readable(call, run_id)
        kind = {"x-taskcluster-artifact-storage-type": artifact["storageType"]}
        if artifact["storageType"] == "error":
            return json_response({"reason": artifact["reason"], "message": artifact["message"]}, 424, kind)
        url = self.download_url(call.params["taskId"], run_id, artifact)
        return json_response({"storageType": artifact["storageType"], "url": url}, 303, {"location": url, **kind})

    @entry("GET", "/task/<taskId>/runs/<runId>/artifact-content/<name>", GET_SCOPES, wide=True)
    def artifact(self, call):
        return self.content(call, int(call.params["runId"]))

    @entry("GET", "/task/<taskId>/artifact-content/<name>", GET_SCOPES, wide=True)
    def latest_artifact(self, call):
        return self.content(call, self.latest_run(call))

    def content(self, call, run_id):
        artifact = self.readable(call, run_id)
        kind = artifact["storageType"]
        if kind == "error":
            return {"storageType": kind, "reason": artifact["reason"], "message": artifact["message"]}
        if kind == "object":
            name = object_name(call.params["taskId"], run_id, artifact)
            credentials = self.temporary(f"artifact-download/{name.removeprefix('t/')}", [f"object:download:{name}"],
                                         self.services.clock.now() + 60 * MINUTE)
            return {"storageType": kind, "name": name, "credentials": credentials}
        return {"storageType": kind, "url": self.download_url(call.params["taskId"], run_id, artifact)}

    @entry("GET", "/task/<taskId>/runs/<runId>/artifact-info/<name>", "queue:list-artifacts:<taskId>:<runId>",
           wide=True)
    def artifact_info(self, call):
        return self.info(call, int(call.params["runId"]))

    @entry("GET", "/task/<taskId>/artifact-info/<name>", "queue:list-artifacts:<taskId>", wide=True)
    def latest_artifact_info(self, call):
        return self.info(call, self.latest_run(call))

    def info(self, call, run_id):
        found = self.artifacts.find(call.params["taskId"], run_id, call.params["name"])
        if not found or not is_there(found, self.services.clock.now()):
            raise ApiError("ResourceNotFound", "Artifact not found")
        return described(found)

    @entry("GET", "/task/<taskId>/runs/<runId>/artifacts", "queue:list-artifacts:<taskId>:<runId>", query=PAGES)
    def list_artifacts(self, call):
        _, run = self.run_of(call)
        return self.listed(call, run["runId"])

    @entry("GET", "/task/<taskId>/artifacts", "queue:list-artifacts:<taskId>", query=PAGES)
    def list_latest_artifacts(self, call):
        return self.listed(call, self.latest_run(call))

    def listed(self, call, run_id):
        found = self.artifacts.listing(call.params["taskId"], run_id, self.services.clock.now())
        found, more = page(found, call, self.tokens)
        return {"artifacts": [described(each) for each in found], **more}

    def readable(self, call, run_id):
        """The artifact that the call may read, its links followed."""
        names, artifact = self.artifacts.chain(call.params["taskId"], run_id, call.params["name"])
        call.authorize(names=names)
        if not artifact or not is_there(artifact, self.services.clock.now()):
            raise ApiError("ResourceNotFound", "Artifact not found")
        return artifact

    def download_url(self, task_id, run_id, artifact):
        if artifact["storageType"] == "reference":
            return artifact["url"]
        return self.bucket.signed("GET", self.blob(task_id, run_id, artifact), self.url_seconds)

    def run_of(self, call):
        task = self.task_of_run(call)
        run_id = int(call.params["runId"])
        if run_id >= len(task.runs):
            raise ApiError("ResourceNotFound", f"Run {run_id} not found on task `{task.id}`.")
        return task, task.runs[run_id]

    def latest_run(self, call):
        task = self.queue.find(call.params["taskId"])
        if not task:
            raise ApiError("ResourceNotFound", "Task not found")
        if not task.runs:
            raise ApiError("ResourceNotFound", "Task doesn't have any runs")
        return len(task.runs) - 1

    @staticmethod
    def blob(task_id, run_id, artifact):
        """Where the bucket holds it."""
        if artifact["storageType"] == "object":
            return "object-bucket/" + object_name(task_id, run_id, artifact)
        bucket = "public-bucket" if artifact["name"].startswith("public/") else "private-bucket"
        return f"{bucket}/{task_id}/{run_id}/{artifact['name']}"


def object_name(task_id, run_id, artifact):
    return f"t/{task_id}/{run_id}/{artifact['name']}"
