"""The notify service: mail, chat and pulse go to an outbox; duplicates are sent once; routes "notify.…" of tasks.

The real service hears of tasks by the queue's messages; here the queue tells it. The texts of `extra.notify` are
templates: see message_template.py. Source: services/notify/src/handler.js.
"""
import json
import threading

from taskcluster.api import Common, entry
from taskcluster.http_layer import text_response
from taskcluster.message_template import TemplateError, render
from taskcluster.values import MINUTE

MAILS_A_WINDOW = 50
WINDOW_MS = 10 * MINUTE
FINAL = ("completed", "failed", "exception")
EMOJI = {"pending": ":hourglass:", "running": ":hammer_and_wrench:", "completed": ":heavy_check_mark:",
         "failed": ":x:", "exception": ":heavy_exclamation_mark:"}


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
        """What the handler of queue messages sends for one route."""
        root = self.services.root_url
        context = {"task": task.definition, "status": task.status(), "taskId": task.id, "rootUrl": root}
        make = {"email": mail, "slack-channel": slack_message, "matrix-room": matrix_message}.get(kind)
        if make:
            try:
                message = make(task, state, context)
            except TemplateError:
                return  # of a link: such a message is never sent
            self.send(kind, target, **message)
        elif kind == "pulse":
            self.send(kind, target, message=task.status())


def links(task, context):
    """(the task's page, its group's)."""
    root = context["rootUrl"]
    return f"{root}/tasks/{task.id}", f"{root}/tasks/groups/{task['taskGroupId']}/tasks"


def told(template, context):
    """A message's text; where it cannot be rendered, what is wrong with it."""
    try:
        return render(template, context)
    except TemplateError as error:
        return f"Error parsing custom message: {error}"


def mail(task, state, context):
    href, group_href = links(task, context)
    about, count, given = task["metadata"], len(task.runs), task["extra"].get("notify", {}).get("email", {})
    content = (f"\nTask [`{task.id}`]({href}) in task-group [`{task['taskGroupId']}`]({group_href}) is complete.\n\n"
               f"**Status:** {state} (in {count} run{'' if count == 1 else 's'})\n**Name:** {about['name']}\n"
               f"**Description:** {about['description']}\n**Owner:** {about['owner']}\n"
               f"**Source:** {about['source']}\n          ")
    return {"subject": told(given["subject"], context) if given.get("subject") else
            f"Task {state}: {about['name']} - {task.id}",
            "content": told(given["content"], context) if given.get("content") else content,
            "link": render(given["link"], context) if given.get("link") else {"text": "Inspect Task", "href": href},
            "template": render(given["template"], context) if given.get("template") else "simple"}


def slack_message(task, state, context):
    href, group_href = links(task, context)
    given = task["extra"].get("notify", {})
    text = f"{EMOJI.get(state, ':question:')} *<{href}|{task['metadata']['name']}>* transitioned to _{state}_"
    text = told(given["slackText"], context) if "slackText" in given else text
    group = f"Part of task group *<{group_href}|{task['taskGroupId']}>*"
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": text}},
              {"type": "context", "elements": [{"type": "mrkdwn", "text": group}]}]
    return {"text": text, "blocks": told(given["slackBlocks"], context) if "slackBlocks" in given else blocks,
            "attachments": told(given["slackAttachments"], context) if "slackAttachments" in given else []}


def matrix_message(task, state, context):
    given = task["extra"].get("notify", {})
    body = f"'{task['metadata']['name']}' resolved as '{state}': {links(task, context)[0]}"
    message = {"body": told(given["matrixBody"], context) if "matrixBody" in given else body,
               "msgtype": given.get("matrixMsgtype") or "m.notice"}
    if "matrixFormattedBody" in given:
        message["formattedBody"] = told(given["matrixFormattedBody"], context)
    if "matrixFormat" in given:
        message["format"] = given["matrixFormat"]
    return message
