"""The notify service: mail, chat and pulse go to an outbox; duplicates are sent once; routes "notify.…" of tasks.

The texts of `extra.notify` may hold ${taskId}, ${status.state}, ${task.metadata.name} and such, the part of the real
template language that plain messages use.
"""
import json
import re
import threading

from taskcluster.api import Common, entry
from taskcluster.http_layer import text_response
from taskcluster.values import MINUTE

MAILS_A_WINDOW = 50
WINDOW_MS = 10 * MINUTE
INSERTION = re.compile(r"\$\{([\w.]+)\}")
FINAL = ("completed", "failed", "exception")


class NotifyService(Common):
    """`outbox` is a list of {kind, ...what was sent}. Threads: any."""

    def __init__(self, services, queue):
        super().__init__(services)
        self.lock = threading.Lock()
        self.outbox, self.sent, self.denied, self.mail_times = [], [], set(), {}
        queue.changed.append(self.on_change)

    def send(self, kind, target, **message):
        """Puts it into the outbox unless it was sent before, is denied or is one too many."""
        identity = json.dumps([kind, target, message], sort_keys=True)
        now = self.services.clock.now()
        with self.lock:
            recent = [moment for moment in self.mail_times.get(target, []) if moment > now - WINDOW_MS]
            if identity in self.sent or (kind, target) in self.denied or len(recent) >= MAILS_A_WINDOW:
                return
            self.mail_times[target] = [*recent, now] if kind == "email" else recent
            self.sent = [identity, *self.sent][:1000]
            self.outbox.append({"kind": kind, "to": target, **message})

    @entry("POST", "/email", "notify:email:<address>", body="email-request")
    def email(self, call):
        message = call.payload
        call.authorize(address=message["address"])
        self.send("email", message["address"], **{name: message[name] for name in ("subject", "content", "link",
                                                                                  "template") if name in message})
        return text_response("OK")

    @entry("POST", "/pulse", "notify:pulse:<routingKey>", body="pulse-request")
    def pulse(self, call):
        call.authorize(routingKey=call.payload["routingKey"])
        self.send("pulse", call.payload["routingKey"], message=call.payload["message"])
        return text_response("OK")

    @entry("POST", "/matrix", "notify:matrix-room:<roomId>", body="matrix-request")
    def matrix(self, call):
        call.authorize(roomId=call.payload["roomId"])
        self.send("matrix-room", call.payload["roomId"], body=call.payload["body"])
        return {}

    @entry("POST", "/slack", "notify:slack-channel:<channelId>", body="slack-request")
    def slack(self, call):
        call.authorize(channelId=call.payload["channelId"])
        self.send("slack-channel", call.payload["channelId"], text=call.payload["text"])
        return {}

    def on_change(self, what, task):
        if what == "exception" and task.runs[-1]["reasonResolved"] == "canceled":
            return  # a person did that
        for route in task["routes"]:
            head, _, rest = route.partition(".")
            kind, _, rest = rest.partition(".")
            target, _, decider = rest.rpartition(".")
            wanted = {"on-transition", f"on-{what}", *(("on-any", "on-resolved") if what in FINAL else ())}
            if head == "notify" and decider in wanted:
                self.notify(kind, target, what, task)

    def notify(self, kind, target, state, task):
        name, root = task["metadata"]["name"], self.services.root_url
        href, extra = f"{root}/tasks/{task.id}", task["extra"].get("notify", {})
        context = {"task": task.definition, "status": task.status(), "taskId": task.id, "rootUrl": root}
        if kind == "email":
            mail = extra.get("email", {})
            content = (f"\nTask [`{task.id}`]({href}) in task-group [`{task['taskGroupId']}`]"
                       f"({root}/tasks/groups/{task['taskGroupId']}/tasks) is complete.\n\n**Status:** {state} "
                       f"(in {len(task.runs)} run{'' if len(task.runs) == 1 else 's'})\n**Name:** {name}\n")
            message = {"subject": f"Task {state}: {name} - {task.id}", "content": content,
                       "link": {"text": "Inspect Task", "href": href}, "template": "simple", **mail}
            self.send(kind, target, **inserted(message, context))
        elif kind == "slack-channel":
            text = extra.get("slackText", f"*<{href}|{name}>* transitioned to _{state}_")
            self.send(kind, target, text=inserted(text, context))
        elif kind == "matrix-room":
            body = extra.get("matrixBody", f"'{name}' resolved as '{state}': {href}")
            self.send(kind, target, body=inserted(body, context))
        elif kind == "pulse":
            self.send(kind, target, message=task.status())


def inserted(value, context):
    if isinstance(value, dict):
        return {name: inserted(item, context) for name, item in value.items()}
    if not isinstance(value, str):
        return value
    return INSERTION.sub(lambda match: str(looked_up(match[1], context)), value)


def looked_up(path, context):
    for step in path.split("."):
        context = context[step] if isinstance(context, dict) and step in context else f"(no {path})"
    return context
