#!/usr/bin/env python3
"""How the user's code comes to a task, and as whom it runs there."""
import base64
import hashlib
import io
import json
import os
import subprocess
import tarfile
import unittest
import zipfile

from support import EXAMPLES, os_count, read, write
from task_support import BIN, OS_COUNT, TaskCase

TELLING = """import json, os
def mapper(uuid, file, value):
    with open(os.path.join(os.environ['TMPDIR'], 'mine'), 'w') as mine:
        mine.write('x')
    status = open('/proc/self/status').read().split()
    return 'seen ' + json.dumps({
        'uid': os.getuid(), 'groups': os.getgroups(), 'no_new_privs': status[status.index('NoNewPrivs:') + 1],
        'environ': sorted(os.environ)})
"""


def bundle_of(folder):
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        archive.add(folder, ".")
    return subprocess.run(["zstd", "-q", "-c"], input=plain.getvalue(), stdout=subprocess.PIPE, check=True).stdout


def wheel(folder, name, text):
    """A Python package of one module, version 1.0, as a wheel in the folder."""
    info = f"{name}-1.0.dist-info"
    files = {f"{name}.py": text, f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
             f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
    record = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    os.makedirs(folder)
    with zipfile.ZipFile(os.path.join(folder, f"{name}-1.0-py3-none-any.whl"), "w") as archive:
        for path, content in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(path, content)


def escaping_bundle():
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../outside"))
    return plain.getvalue()


def named(source, data):
    return {"AF_JOB_BUNDLE": source, "AF_JOB_BUNDLE_SHA256": hashlib.sha256(data).hexdigest()}


def inline(data):
    return named("base64:" + base64.b64encode(data).decode(), data)


class Bundles(TaskCase):
    def setUp(self):
        super().setUp()
        self.names = self.files(2)
        self.truth = os_count(b"".join(read(os.path.join(self.data, name)) for name in self.names))
        self.bundle = bundle_of(OS_COUNT)
        self.cluster.start_worker(binaries=BIN, environment={"LANG": "C.UTF-8"}, parallel=2)

    def env(self, source, data=None):
        return inline(data) if data is not None else named(source, self.bundle)

    def run_with(self, env):
        reducer = self.reducer([self.mapper(self.names, env)], env)
        self.assertEqual(self.result_of(reducer), self.truth)

    def test_inline(self):
        self.run_with(self.env(None, self.bundle))

    def test_from_an_artifact_or_its_url(self):
        path = self.path("job.tar.zst")
        with open(path, "wb") as file:
            file.write(self.bundle)
        made = self.cluster.create(command=["cp", path, "job.tar.zst"], payload={
            "artifacts": {"public/job.tar.zst": {"type": "file", "path": "/home/worker/job.tar.zst"}}})
        self.ended(made)
        self.run_with(self.env(f"artifact:{made}/0/public/job.tar.zst"))
        self.run_with(self.env(f"{self.cluster.root_url}/api/queue/v1/task/{made}/artifacts/public%2Fjob.tar.zst"))

    def test_with_what_its_requirements_name(self):
        folder = self.path("with-requirements")
        wheel(os.path.join(folder, "wheels"), "counting", "ONE = '1'\n")
        write(os.path.join(folder, "requirements.txt"), "--no-index\n--find-links wheels\ncounting == 1.0\n")
        write(os.path.join(folder, "analysis-tools.yml"), read(os.path.join(OS_COUNT, "analysis-tools.yml")))
        write(os.path.join(folder, "reducer.py"), read(os.path.join(OS_COUNT, "reducer.py")))
        write(os.path.join(folder, "mapper.py"), "import counting\ndef mapper(uuid, file, js):\n"
              "    return js['info']['OS'] + ' ' + counting.ONE + '\\n'\n")
        self.run_with(self.env(None, bundle_of(folder)))
        write(os.path.join(folder, "requirements.txt"), "--no-index\nno-such-package\n")
        task = self.mapper(self.names, self.env(None, bundle_of(folder)))
        self.assert_failed(task, 78, "CONFIG", "requirements.txt", "no-such-package")

    def test_refusals(self):
        good = self.env(None, self.bundle)
        cases = (({**good, "AF_JOB_BUNDLE_SHA256": "0" * 64}, 65, "DATA", ""),
                 ({"AF_JOB_BUNDLE": good["AF_JOB_BUNDLE"]}, 64, "USAGE", "AF_JOB_BUNDLE_SHA256"),
                 ({**good, "AF_JOB_BUNDLE": "base64:?"}, 64, "USAGE", "base64"),
                 (self.env(None, escaping_bundle()), 78, "CONFIG", "outside"),
                 (self.env("http://169.254.169.254/latest/meta-data/"), 69, "REFUSED", "link-local"),
                 (self.env("http://example.invalid/job.tar.zst"), 69, "REFUSED", "https"),
                 (self.env(self.cluster.root_url + "/nothing"), 66, "NO_INPUT", "404"))
        tasks = [self.mapper(self.names, env) for env, _, _, _ in cases]
        for task, (_, status, name, word) in zip(tasks, cases):
            self.assert_failed(task, status, name, word)


class Users(TaskCase):
    def seen(self, env):
        job = self.python_job(TELLING, "return [(key, values[0])]")
        names = self.files(1, 1)
        reducer = self.reducer([self.mapper(names, {"AF_JOB": job, **env})], {"AF_JOB": job})
        return json.loads(self.result_of(reducer).decode().split("\t", 1)[1])

    @unittest.skipUnless(os.geteuid() == 0, "only root runs code as somebody else")
    def test_code_runs_as_nobody_unless_told_otherwise(self):
        self.worker()
        seen = self.seen({"SECRET_OF_THE_TASK": "x"})
        self.assertEqual((seen["uid"], seen["groups"], seen["no_new_privs"]), (65534, [], "1"))
        self.assertEqual([name for name in seen["environ"] if name.startswith(("TASK", "AF_", "AWS", "SECRET"))], [])
        self.assertEqual(self.seen({"AF_RUN_AS": "12345:6789"})["uid"], 12345)

    def test_a_program_inherits_no_descriptor(self):
        self.worker()
        job = self.job("map: {language: binary, script: mapper.sh}\n",
                       mapper_sh="#!/bin/sh\ncat >/dev/null\nls /proc/self/fd\n")
        result = self.result_of(self.reducer([self.mapper(self.files(1), {"AF_JOB": job})], {"AF_JOB": job}))
        self.assertEqual(result.split(), [b"0", b"1", b"2", b"3"])  # 3: the listing itself

    @unittest.skipUnless(os.geteuid() == 0, "only root runs code as somebody else")
    def test_every_language_and_form_of_input_as_nobody(self):
        names = self.files(2)
        self.worker()
        truth = os_count(b"".join(read(os.path.join(self.data, name)) for name in names))
        for example in ("os-count-js", "os-count-binary"):
            env = {"AF_JOB": os.path.join(EXAMPLES, example)}
            counts = self.result_of(self.reducer([self.mapper(names, env)], env)).replace(b"\t", b" ")
            self.assertEqual(counts, truth, example)
        files = self.job("map: {language: python, script: mapper.py, input: files}\n",
                         mapper_py="def mapper(uuid, file, path):\n    return open(path).readline()[:36]\n")
        result = self.result_of(self.reducer([self.mapper(names, {"AF_JOB": files})], {"AF_JOB": files}))
        self.assertEqual(result.split(), [read(os.path.join(self.data, name))[:36] for name in names])

    @unittest.skipUnless(os.geteuid() == 0, "only root may change the user")
    def test_a_task_whose_image_is_not_roots(self):
        self.worker(user=65534)
        names = self.files(1)
        env = {"AF_RUN_AS": "1234"}
        self.assert_failed(self.mapper(names, env), 64, "USAGE", "root")
        self.assertEqual(self.result_of(self.reducer([self.mapper(names)])),
                         os_count(read(os.path.join(self.data, names[0]))))


class Usage(TaskCase):
    def test_what_is_refused_before_any_work(self):
        for words, env, word in (((), {}, "command"), (("mop",), {}, "mop"), (("reduce", "x"), {}, "arguments"),
                                 (("map",), {}, "no keys"), (("map", "--manifest"), {}, "--manifest"),
                                 (("map", "-x"), {}, "-x"), (("map", "a"), {"AF_INPUT": None}, "AF_INPUT"),
                                 (("map", "../a"), {}, "AF_INPUT"), (("map", "a\nb"), {}, "control"),
                                 (("reduce",), {"INPUT_TASK_IDS": "no"}, "INPUT_TASK_IDS"),
                                 (("reduce",), {"REDUCER_ID": "-1"}, "REDUCER_ID"),
                                 (("reduce",), {"AF_ARTIFACTS": "../x"}, "AF_ARTIFACTS")):
            with self.subTest(words, env=env):
                started, folder = self.start_here(*words, env=env)
                run = started.wait()
                self.assertEqual(run.status, 64, str(run))
                self.assertEqual(len(run.errors()), 1, str(run))
                self.assertIn(word, run.errors()[0])
                self.assertIn(os.listdir(folder), ([], ["af"]))


if __name__ == "__main__":
    unittest.main()
