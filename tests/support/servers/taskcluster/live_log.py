"""Logs of runs that are still under way, as the live log server of a worker gives them out: a stream without a length
that ends with the run."""
import secrets

from taskcluster.http_layer import CORS, HttpServer, Response, text_response

LOOK_AGAIN_SECONDS = 0.1
PIECE_BYTES = 64 << 10


class LiveLogs:
    """Threads: any."""

    def __init__(self):
        self.logs = {}  # secret path -> (file, event that is set when the run is over)
        self.server = HttpServer(self.answer)

    def add(self, path, done):
        """The URL at which the growing file `path` can be read until `done` is set."""
        name = "/log/" + secrets.token_urlsafe(12)
        self.logs[name] = (path, done)
        return self.server.url + name

    def answer(self, request):
        if request.path not in self.logs:
            return text_response("no such log", 404, CORS)
        return Response(200, {"content-type": "text/plain; charset=utf-8", **CORS}, stream(*self.logs[request.path]))

    def stop(self):
        self.server.stop()


def stream(path, done):
    try:
        with open(path, "rb") as file:
            while True:
                over = done.is_set()
                while piece := file.read(PIECE_BYTES):
                    yield piece
                if over:
                    return
                done.wait(LOOK_AGAIN_SECONDS)
    except FileNotFoundError:
        return  # the run is over and its folder is gone
