#!/usr/bin/env python3
"""A group of mappers and reducers on the cluster makes the bytes that `af run` makes of the same input."""
import os
import unittest

from support import read
from task_support import OS_COUNT, TaskCase, shares

# Joins the values of a key in the order they come in: any other order of the input shows.
ORDERED = {"mapper": "return [(value['info']['OS'], file.rsplit('/', 1)[-1] + ':' + uuid[:4])]",
           "reducer": "return [(key, ','.join(values))]"}


class Groups(TaskCase):
    def run_here(self, job, *options):
        run = self.af("run", "--job", job, self.data, "-o", self.result, *options)
        self.assertEqual(run.status, 0, str(run))

    def test_twenty_mappers_and_a_reducer(self):
        names = self.files(40)
        self.run_here(OS_COUNT)
        self.worker()
        mappers = [self.mapper(share) for share in shares(names, 20)]
        reducer = self.reducer(mappers)
        self.assertEqual(self.result_of(reducer), read(self.result))
        manifest = self.task_manifest(reducer)
        self.assertEqual([task["task_id"] for task in manifest["input_tasks"]], mappers)
        self.assertEqual(manifest["input"]["objects_read"], 40)
        self.assertEqual(manifest["input"]["records_mapped"], 1600)
        self.assertEqual(len(manifest["objects"]), 40)
        self.assertEqual(self.published(mappers[0]), ["af/manifest.json", "af/part-00000.txt.zst"])


if __name__ == "__main__":
    unittest.main()
