"""The object service: uploads inline or by a signed PUT, downloads by signed URLs with hashes."""
import base64
import threading

from taskcluster.api import Common, entry
from taskcluster.bucket import PUT_SECONDS
from taskcluster.errors import ApiError
from taskcluster.http_layer import text_response
from taskcluster.values import iso, parse_date

GET_URL_SECONDS = 120
GET_URL_MARGIN_SECONDS = 60


class ObjectService(Common):
    """Objects by name: {projectId, uploadId, expires (ms), hashes, finished}. Threads: any."""

    def __init__(self, services, bucket):
        super().__init__(services)
        self.bucket = bucket
        self.lock = threading.Lock()
        self.objects = {}

    def finished(self, name):
        with self.lock:
            return self.objects.get(name, {}).get("finished", False)

    @entry("PUT", "/upload/<name>", "object:upload:<projectId>:<name>", body="create-upload-request")
    def create_upload(self, call):
        name, wanted = call.params["name"], call.payload
        call.authorize(projectId=wanted["projectId"])
        with self.lock:
            known = self.objects.setdefault(name, {"projectId": wanted["projectId"], "uploadId": wanted["uploadId"],
                                                   "expires": parse_date(wanted["expires"]), "hashes": {},
                                                   "finished": False})
            if known["uploadId"] != wanted["uploadId"] or known["expires"] != parse_date(wanted["expires"]):
                raise ApiError("RequestConflict", "Object already exists")
            add_hashes(known, wanted.get("hashes", {}))
        return {"projectId": known["projectId"], "uploadId": known["uploadId"], "expires": iso(known["expires"]),
                "uploadMethod": self.upload_method(name, wanted["proposedUploadMethods"])}

    def upload_method(self, name, proposed):
        if "dataInline" in proposed:
            inline = proposed["dataInline"]
            self.bucket.write("object-bucket/" + name, base64.b64decode(inline["objectData"]),
                              {"content-type": inline["contentType"]})
            return {"dataInline": True}
        if "putUrl" in proposed:
            form = proposed["putUrl"]
            headers = {"Content-Type": form["contentType"], "Content-Length": str(form["contentLength"])}
            return {"putUrl": {"url": self.bucket.signed("PUT", "object-bucket/" + name, PUT_SECONDS),
                               "expires": iso(self.services.clock.now() + PUT_SECONDS * 1000), "headers": headers}}
        return {}

    @entry("POST", "/finish-upload/<name>", "object:upload:<projectId>:<name>", body="finish-upload-request")
    def finish_upload(self, call):
        call.authorize(projectId=call.payload["projectId"])
        with self.lock:
            known = self.objects.get(call.params["name"])
            if not known:
                raise ApiError("ResourceNotFound", "Object not found")
            if known["uploadId"] != call.payload["uploadId"]:
                raise ApiError("RequestConflict", "Incorrect uploadId")
            add_hashes(known, call.payload.get("hashes", {}))
            known["finished"] = True
        return {}

    @entry("PUT", "/start-download/<name>", "object:download:<name>", body="download-object-request")
    def start_download(self, call):
        name, known = call.params["name"], self.found(call)
        accepted, now = call.payload["acceptDownloadMethods"], self.services.clock.now()
        if accepted.get("getUrl"):
            return {"method": "getUrl", "url": self.bucket.signed("GET", "object-bucket/" + name, GET_URL_SECONDS),
                    "expires": iso(now + (GET_URL_SECONDS - GET_URL_MARGIN_SECONDS) * 1000),
                    "hashes": known["hashes"]}
        if accepted.get("simple"):
            return {"method": "simple", "url": self.bucket.signed("GET", "object-bucket/" + name)}
        raise ApiError("ResourceNotFound", "No matching download method")

    @entry("GET", "/metadata/<name>", "object:download:<name>")
    def object(self, call):
        known = self.found(call)
        return {"projectId": known["projectId"], "expires": iso(known["expires"]), "hashes": known["hashes"]}

    @entry("GET", "/download/<name>", "object:download:<name>")
    def download(self, call):
        self.found(call)
        url = self.bucket.signed("GET", "object-bucket/" + call.params["name"])
        return text_response(f"See Other. Redirecting to {url}", 303, {"location": url})

    def found(self, call):
        with self.lock:
            known = self.objects.get(call.params["name"])
        if not known or not known["finished"] or known["expires"] <= self.services.clock.now():
            raise ApiError("ResourceNotFound", "Object not found")
        return known


def add_hashes(known, hashes):
    for name, value in hashes.items():
        if known["hashes"].setdefault(name, value) != value:
            raise ApiError("RequestConflict", "Hash values cannot be changed")
