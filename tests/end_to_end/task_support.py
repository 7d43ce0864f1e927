"""What the tests of af-task share: a Taskcluster, workers that run af-task, and groups of mappers and reducers."""
import json
import os

from support import AF, EXAMPLES, Case, os_count, records, write  # noqa: F401  (for the tests)
from taskcluster import Cluster
from taskcluster.values import slugid

BIN = os.path.dirname(AF)
AF_TASK = os.path.join(BIN, "af-task")
SECONDS = 120
ARTIFACTS = {"af": {"type": "directory", "path": "/home/worker/af"}}
OS_COUNT = os.path.join(EXAMPLES, "os-count")


class TaskCase(Case):
    """A cluster whose workers find af-task in PATH and read from a folder as if it were a mounted bucket."""

    def setUp(self):
        super().setUp()
        os.chmod(self.folder, 0o755)  # the user's code runs as somebody else
        self.cluster = Cluster()
        self.addCleanup(self.cluster.stop)
        self.group = slugid()

    def worker(self, **options):
        options.setdefault("parallel", 2)
        return self.cluster.start_worker(binaries=BIN, environment={"LANG": "C.UTF-8", "AF_JOB": OS_COUNT,
                                                                    "AWS_EC2_METADATA_DISABLED": "true"}, **options)

    def files(self, count, each=40):
        """Files of records below data/; their names, sorted as af sorts them."""
        for number in range(count):
            self.file(f"file-{number:03}.txt", records(range(number * each, (number + 1) * each)))
        return [f"file-{number:03}.txt" for number in range(count)]

    def task(self, command, env=None, **fields):
        payload = {"artifacts": ARTIFACTS, "features": {"taskclusterProxy": True},
                   "onExitStatus": {"retry": [74, 75, 125]},
                   "env": {"AF_INPUT": self.data, **(env or {}), **fields.pop("more_env", {})}}
        return self.cluster.create(command=["af-task", *command], payload={**payload, **fields.pop("payload", {})},
                                   taskGroupId=self.group, name=fields.pop("name", command[0]), **fields)

    def mapper(self, keys, env=None, **fields):
        return self.task(["map", *keys], env, **fields)

    def reducer(self, mappers, env=None, command="reduce", **fields):
        fields.setdefault("scopes", ["queue:get-artifact:af/*"])
        return self.task([command], env, dependencies=mappers, **fields)

    def ended(self, task_id, state="completed"):
        """The status of the task, which must end like that."""
        status = self.cluster.wait_for_task(task_id, SECONDS)
        self.assertEqual(status["state"], state, self.log(task_id))
        return status

    def start_here(self, *arguments, env=None, **how):
        """af-task without a worker, in a new folder that stands for /home/worker: (what was started, the folder)."""
        self.jobs += 1
        folder = self.path(f"home-{self.jobs}")
        os.mkdir(folder)
        env = {"AF_JOB": OS_COUNT, "AF_INPUT": self.data, "TASK_GROUP_ID": self.group, **self.cluster.environment(),
               **(env or {})}
        return self.start(*arguments, env=env, cwd=folder, program=AF_TASK, **how), folder

    def log(self, task_id, run_id=None):
        return self.cluster.log(task_id, run_id)

    def result_of(self, task_id):
        self.ended(task_id)
        return self.cluster.artifact(task_id, "af/result.txt")

    def task_manifest(self, task_id, run_id=None):
        return json.loads(self.cluster.artifact(task_id, "af/manifest.json", run_id))

    def published(self, task_id, run_id=None):
        """The names of artifacts besides the log."""
        return sorted(name for name in self.cluster.artifacts(task_id, run_id) if not name.startswith("public/logs/"))

    def assert_failed(self, task_id, status, name, *words):
        """It ended with this status and one error line that holds the words, and has published at most a manifest."""
        self.ended(task_id, "failed")
        log = self.log(task_id)
        lines = [line for line in log.splitlines() if line.startswith("af: ERROR ")]
        self.assertEqual(len(lines), 1, log)
        self.assertTrue(lines[0].startswith(f"af: ERROR {name} exit={status} "), lines[0])
        self.assertIn(f"Exit code: {status}", log)
        for word in words:
            self.assertIn(word, lines[0])
        self.assertIn(self.published(task_id), ([], ["af/manifest.json"]), log)
        return lines[0]


def shares(names, count):
    """The names in `count` parts, not contiguous: each task gets every count-th."""
    return [names[number::count] for number in range(count)]
