"""Every recorded exchange with real Taskcluster services is replayed against ours and must be answered the same."""
import time
import unittest

from support import SECONDS
from recording import WHY_SKIPPED, scenarios, whole
from replay import Replay
from taskcluster.queue_tasks import DEFAULTS
from taskcluster.values import slugid

RECORDINGS = scenarios()

# Exchanges that are not replayed: (scenario, number) -> why.
A_500 = "the recording's storage lost an object whose name has a space: a fault of that set-up, not of the service"
LEFT_OUT = {("05-object-artifacts", 15): A_500, ("05-object-artifacts", 16): A_500, ("05-object-artifacts", 17): A_500}

# Exchanges whose answer depends on how far the recording's worker was: fields that are not compared.
RACES = {("04-map-reduce-group", 7): ("state", "runs"), ("04-map-reduce-group", 10): ("state", "runs")}
MADE_IDS = ("taskId", "taskGroupId")  # of tasks whose creation was not recorded
LOGS = ("contentLength",)  # of the log, which our worker words in its own way
WORDED = {("04-map-reduce-group", 14): LOGS, ("04-map-reduce-group", 16): LOGS,
          ("09-paging-large-group", 1): MADE_IDS}

DONE = ("completed", "failed", "exception")


def wait(replay, task_ids, states=DONE):
    """Until our worker has brought the tasks into one of the states."""
    until = time.monotonic() + SECONDS
    queue = replay.services.queue
    while any(queue.find(task_id) is None or queue.find(task_id).state not in states for task_id in task_ids):
        queue.wait_for_work(0.05)
        if time.monotonic() > until:
            raise AssertionError({each: queue.find(each) and queue.find(each).status() for each in task_ids})


def created(replay, upto):
    """The ids of the tasks that the first exchanges created."""
    return [exchange["request"]["path"].rsplit("/", 1)[1] for exchange in replay.recording["exchanges"][:upto]
            if exchange["request"]["method"] == "PUT"]


def run_group(replay):
    worker = replay.run_worker("proj-test/ci")
    wait(replay, created(replay, 4))
    worker.stop()


def run_rerun(number):
    def step(replay):
        task_id = replay.recording["exchanges"][number]["request"]["path"].split("/")[-2]
        worker = replay.run_worker("proj-test/ci")
        wait(replay, [task_id])
        worker.stop()
    return step


def run_objects(replay):
    replay.run_worker("proj-test/obj", storage="object")
    wait(replay, created(replay, 1))


def run_outcomes(replay):
    queue = replay.recording["exchanges"][0]["request"]["body"]["taskQueueId"]
    workers = [replay.run_worker(queue), replay.run_worker(queue + "b", encoding="gzip")]
    child = replay.recording["exchanges"][18]["request"]["path"].split("/")[-2]
    wait(replay, [*created(replay, 9), child])
    wait(replay, created(replay, 10)[-1:], ("running",))
    for worker in workers:
        worker.retire()
        worker.thread.join(SECONDS)


def make_page_group(replay):
    first = replay.recording["exchanges"][0]
    asked = replay.recording["exchanges"][2]["request"]
    asked["body"]["taskIds"] = whole(asked["body"]["taskIds"], [])
    shown = first["response"]["body"]["tasks"][0]["task"]
    ids = asked["body"]["taskIds"] + [slugid(), slugid()]
    replay.create_all(ids, {**DEFAULTS, **shown})


def make_canceled(replay):
    first, fifth = replay.recording["exchanges"][0]["request"], replay.recording["exchanges"][4]["request"]
    first["body"]["dependencies"] = fifth["body"]["dependencies"] = whole(first["body"]["dependencies"], [])
    own = {**DEFAULTS, **first["body"], "dependencies": [], "provisionerId": "proj-test", "workerType": "paging"}
    replay.create_all(first["body"]["dependencies"], own, canceled=True)


def own_folder(request):
    """The container's /builds/worker is our worker's folder."""
    payload = request["body"]["payload"]
    command = [part.replace("/builds/worker", "$AF_WORK_DIR") for part in payload["command"]]
    artifacts = {name: {**each, "path": each["path"].replace("/builds/worker", "/home/worker")}
                 for name, each in payload["artifacts"].items()}
    return {**request, "body": {**request["body"], "payload": {**payload, "command": command, "artifacts": artifacts}}}


# What happened between the exchanges: (scenario, number of the exchange before which it did) -> step.
STEPS = {("04-map-reduce-group", 11): run_group, ("04-map-reduce-group", 44): run_rerun(43),
         ("04-map-reduce-group", 52): run_rerun(51), ("05-object-artifacts", 1): run_objects,
         ("10-miniworker-outcomes", 10): run_outcomes, ("09-paging-large-group", 0): make_page_group,
         ("11-http-details", 0): make_canceled}
EDITS = {("10-miniworker-outcomes", 7): own_folder}


@unittest.skipUnless(RECORDINGS, WHY_SKIPPED)
class RecordedExchanges(unittest.TestCase):
    """One test for each scenario, added below."""

    def replay(self, name):
        replay = Replay(RECORDINGS[name])
        self.addCleanup(replay.stop)
        for number, exchange in enumerate(RECORDINGS[name]["exchanges"]):
            at = (name, number)
            if at in STEPS:
                STEPS[at](replay)
            if at in LEFT_OUT:
                continue
            with self.subTest(number=number, label=exchange["label"]):
                found = replay.send(exchange, EDITS.get(at, lambda request: request),
                                    RACES.get(at, ()) + WORDED.get(at, ()))
                self.assertEqual(found, [])

    def test_every_exchange_that_is_left_out_exists(self):
        for name, number in LEFT_OUT:
            self.assertLess(number, len(RECORDINGS[name]["exchanges"]))


def add_test(name):
    setattr(RecordedExchanges, "test_" + name.replace("-", "_"), lambda self: self.replay(name))


for scenario in RECORDINGS:
    add_test(scenario)

if __name__ == "__main__":
    unittest.main()
