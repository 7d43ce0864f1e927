#!/usr/bin/env python3
"""A group of mappers and reducers on the cluster makes the bytes that `af run` makes of the same input."""
import os
import unittest

from support import EXAMPLES, read
from task_support import OS_COUNT, TaskCase, shares

MAPPER = "return [(value['info']['OS'], os.path.basename(file) + ':' + uuid[:4])]"
# Joins the values of a key in the order they come in: any other order shows.
ORDERED = dict(mapper=f"import os\ndef mapper(uuid, file, value):\n    {MAPPER}\n",
               reducer="return [(key, ','.join(values))]")
LINES = "return [('line', file.rsplit('-', 1)[-1] + uuid)]"


class Groups(TaskCase):
    def run_here(self, job, *options):
        run = self.af("run", "--job", job, self.data, "-o", self.result, *options)
        self.assertEqual(run.status, 0, str(run))
        return read(self.result) if os.path.exists(self.result) else None

    def mappers(self, count, names, **env):
        return [self.mapper(share, env) for share in shares(names, count)]

    def test_twenty_mappers_and_a_reducer(self):
        names = self.files(40)
        truth = self.run_here(OS_COUNT)
        self.worker()
        mappers = self.mappers(20, names)
        reducer = self.reducer(mappers)
        self.assertEqual(self.result_of(reducer), truth)
        manifest = self.task_manifest(reducer)
        self.assertEqual([task["task_id"] for task in manifest["input_tasks"]], mappers)
        self.assertEqual(manifest["input"]["objects_read"], 40)
        self.assertEqual(manifest["input"]["records_mapped"], 1600)
        self.assertEqual(len(manifest["objects"]), 40)
        self.assertEqual(self.published(mappers[0]), ["af/manifest.json", "af/part-00000.txt.zst"])
        self.assertEqual(self.published(reducer), ["af/manifest.json", "af/result.txt"])

    def test_three_reducers_whose_function_sees_the_order_of_values(self):
        names = self.files(12)
        job = self.python_job(**ORDERED)
        self.run_here(job, "--reducers", "3")
        self.worker()
        env = {"AF_JOB": job, "AF_REDUCERS": "3"}
        mappers = self.mappers(5, names, **env)
        reducers = [self.reducer(mappers, {**env, "REDUCER_ID": str(number)}) for number in range(3)]
        for number, reducer in enumerate(reducers):
            truth = read(os.path.join(self.out, f"result-{number:05}.txt"))
            self.assertEqual(self.result_of(reducer), truth)
        self.assertEqual(len(self.published(mappers[0])), 4)

    def test_mergers_between_mappers_and_reducers(self):
        names = self.files(12)
        job = self.python_job(**ORDERED)
        self.run_here(job, "--reducers", "2")
        self.worker()
        env = {"AF_JOB": job, "AF_REDUCERS": "2"}
        mappers = self.mappers(6, names, **env)
        mergers = [self.reducer(share, env, "merge") for share in shares(mappers, 2)]
        for number in range(2):
            reducer = self.reducer(mergers, {**env, "REDUCER_ID": str(number)})
            self.assertEqual(self.result_of(reducer), read(os.path.join(self.out, f"result-{number:05}.txt")))
            self.assertEqual(self.task_manifest(reducer)["input"]["objects_read"], 12)
        self.assertEqual(len(self.published(mergers[0])), 3)

    def test_a_map_only_job_with_and_without_mergers(self):
        names = self.files(9)
        job = self.python_job(LINES)
        truth = self.run_here(job)
        self.worker()
        env = {"AF_JOB": job}
        mappers = self.mappers(4, names, **env)
        mergers = [self.reducer(share, env, "merge") for share in shares(mappers, 2)]
        reducers = [self.reducer(mappers, env), self.reducer(mergers, env)]
        for reducer in reducers:
            self.assertEqual(self.result_of(reducer), truth)

    def test_a_combiner_and_artifacts_in_the_object_service(self):
        names = self.files(6)
        job = os.path.join(EXAMPLES, "os-count-combiner")
        truth = self.run_here(job)
        self.worker(storage="object")
        env = {"AF_JOB": job, "AF_SORT_MEMORY": "1000000"}
        reducer = self.reducer(self.mappers(3, names, **env), env)
        self.assertEqual(self.result_of(reducer), truth)

    def test_keys_from_a_manifest_and_tasks_from_a_variable(self):
        names = self.files(4)
        truth = self.run_here(OS_COUNT)
        listing = self.path("keys.tsv")
        with open(listing, "w", encoding="utf-8") as file:
            file.write("".join(f"{name}\t{os.path.getsize(os.path.join(self.data, name))}\n" for name in names[:3]))
        self.worker()
        mappers = [self.task(["map", "--manifest", listing]), self.mapper(names[3:])]
        for mapper in mappers:
            self.ended(mapper)
        reducer = self.reducer([], {"INPUT_TASK_IDS": " ".join(mappers)})
        self.assertEqual(self.result_of(reducer), truth)
        self.assertEqual(self.task_manifest(mappers[0])["input"]["objects_read"], 3)


if __name__ == "__main__":
    unittest.main()
