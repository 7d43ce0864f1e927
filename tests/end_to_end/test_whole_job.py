#!/usr/bin/env python3
"""One small job through everything: S3, every codec, Python, a combiner, a sort on disk, a reducer, a bad record, a cut
connection. Small enough for the sanitizers."""
import os
import unittest

from support import CODECS, Case, aws, compress, os_count, read, records


class WholeJob(Case):
    def test_it_gives_the_right_answer_and_accounts_for_everything(self):
        plain, files = b"", {}
        for number, codec in enumerate(CODECS):
            lines = records(range(number * 100, number * 100 + 40))
            plain += lines
            files[f"tele/part-{number}.{codec}"] = compress(lines + b"no tab\n" * (number == 2), codec)
        rules = [{"match": {"operation": "GetObject"}, "share": 0.5, "seed": 1, "times": 1, "do": {"reset": 0.5}},
                 {"share": 0.2, "seed": 2, "do": {"status": 500}}]
        server = self.server(files, rules=rules)
        job = self.job("map: {language: python, script: mapper.py}\n"
                       "combine: {language: python, script: reducer.py}\n"
                       "reduce: {language: python, script: reducer.py}\nrecords: {max_bad: 1}\n",
                       mapper_py="def mapper(uuid, file, value):\n    return value['info']['OS'] + ' 1'\n",
                       reducer_py="def reduce(key, values):\n    return f'{key} {sum(map(int, values))}'\n")
        self.run_job(job, "s3://tele/", "-o", self.result, "--sort-memory", "64KiB", "--map-memory", "64KiB",
                     env=aws(server))
        self.assertEqual(read(self.result), os_count(plain))
        facts = self.manifest()["input"]
        self.assertEqual([facts[name] for name in ("objects_asked", "objects_read", "lines", "bad")],
                         [len(CODECS), len(CODECS), plain.count(b"\n") + 1, 1])
        letter, = self.dead_letters()
        self.assertEqual((letter["object"], letter["line"], letter["kind"]), ("s3://tele/part-2.gz", 41, "format"))


if __name__ == "__main__":
    unittest.main()
