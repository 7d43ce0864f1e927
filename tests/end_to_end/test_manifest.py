#!/usr/bin/env python3
"""The manifest says what was read and what came of it, also when nothing came of it."""
import hashlib
import json
import os
import unittest

from support import EXAMPLES, Case, aws, compress, read, records

JOB = os.path.join(EXAMPLES, "os-count")


class Manifest(Case):
    def test_it_equals_what_was_read_and_written(self):
        plain = {f"part-{n}.xz": records(range(n * 50, n * 50 + 20 + n)) for n in range(5)}
        stored = {name: compress(data, "xz") for name, data in plain.items()}
        for name, data in stored.items():
            self.file(name, data)
        self.run_job(JOB, self.data, "-o", self.result)
        manifest = self.manifest()
        lines = sum(data.count(b"\n") for data in plain.values())
        facts = {"objects_asked": 5, "objects_read": 5, "objects_lost": 0, "lines": lines, "records_mapped": lines,
                 "bad": 0, "bytes_asked": sum(map(len, stored.values())), "bytes_read": sum(map(len, stored.values())),
                 "bytes_inflated": sum(map(len, plain.values()))}
        self.assertEqual({name: manifest["input"][name] for name in facts}, facts)
        self.assertEqual((manifest["status"], manifest["version"]), ("complete", 2))
        result = read(self.result)
        self.assertEqual(manifest["output"], [{"name": self.result, "bytes": len(result), "lines": result.count(b"\n"),
                                               "sha256": hashlib.sha256(result).hexdigest()}])
        for name, entry in zip(sorted(plain), manifest["objects"], strict=True):
            self.assertEqual(entry["name"], os.path.join(self.data, name))
            facts = {"status": "whole", "size": len(stored[name]), "bytes_read": len(stored[name]),
                     "bytes_inflated": len(plain[name]), "lines": plain[name].count(b"\n"), "bad": 0}
            self.assertEqual({key: entry[key] for key in facts}, facts)

    def test_the_digest_of_a_compressed_result_is_that_of_the_file(self):
        self.file("a.txt", records(range(20)))
        self.result += ".zst"
        self.run_job(JOB, self.data, "-o", self.result)
        output, = self.manifest()["output"]
        self.assertEqual((output["sha256"], output["bytes"]),
                         (hashlib.sha256(read(self.result)).hexdigest(), os.path.getsize(self.result)))

    def test_the_job_digest_changes_with_the_code_and_only_with_it(self):
        self.file("a.txt", records(range(3)))
        digests = []
        for mapper in ("return 'a 1'", "return 'b 1'", "return 'a 1'"):
            self.run_job(self.python_job(mapper), self.data, "-o", self.result)
            digests.append(self.manifest()["job_sha256"])
        self.assertNotEqual(digests[0], digests[1])
        self.assertEqual(digests[0], digests[2])

    def test_a_failed_run_leaves_a_manifest_that_says_so_and_no_result(self):
        self.file("bad.xz", compress(records(range(100)), "xz")[:-20])
        self.file("good.xz", compress(records(range(7)), "xz"))
        run = self.af("run", "--job", JOB, self.data, "-o", self.result)
        self.assert_refused(run, 65, "DATA", "bad.xz")
        manifest = self.manifest()
        error = manifest["error"]
        self.assertEqual((manifest["status"], error["name"], error["exit"]), ("failed", "DATA", 65))
        self.assertEqual(manifest["output"], [])
        bad, good = manifest["objects"]
        self.assertEqual((bad["status"], bad["error"]["name"]), ("lost", "DATA"))
        self.assertEqual((good["status"], good["lines"]), ("whole", 7))

    def test_a_run_says_which_files_beside_it_are_of_an_earlier_one(self):
        self.file("a.txt", records(range(50)) + b"no tab here\n")
        self.run_job(JOB, self.data, "--max-bad", "1", "-o", self.result)
        earlier = read(self.result)
        run = self.af("run", "--job", JOB, self.data, "--max-bad", "0", "-o", self.result)
        self.assertEqual(run.status, 65, str(run))
        self.assertIn("result.txt is of an earlier run", run.stderr)
        self.assertEqual(read(self.result), earlier)
        self.file("a.txt", records(range(50)))
        run = self.af("run", "--job", JOB, self.data, "-o", self.result)
        self.assertEqual(run.status, 0, str(run))
        self.assertNotIn("earlier run", run.stderr)
        self.assertFalse(os.path.exists(self.result + ".bad.jsonl"))

    def test_a_missing_object_may_be_allowed_by_number_and_then_the_status_says_partial(self):
        server = self.server({"tele/a": records(range(5)), "tele/b": records(range(5, 9))})
        names = b"s3://tele/a\ns3://tele/gone\ns3://tele/b\n"
        options = ("run", "--job", JOB, "-", "-o", self.result)
        self.assert_refused(self.af(*options, stdin=names, env=aws(server)), 66, "NO_INPUT", "s3://tele/gone")
        run = self.af(*options, "--allow-missing", 1, stdin=names, env=aws(server))
        self.assertEqual(run.status, 3, str(run))
        self.assertIn("s3://tele/gone", run.stderr)
        manifest = self.manifest()
        self.assertEqual(manifest["status"], "partial")
        self.assertEqual([entry["status"] for entry in manifest["objects"]], ["whole", "whole", "lost"])
        self.assertEqual(manifest["input"]["records_mapped"], 9)

    def test_bad_records_are_kept_with_object_line_kind_and_reason(self):
        lines = records(range(6)).splitlines(keepends=True)
        lines[1] = b"no tab here\n"
        lines[3] = b"id-3\t{broken\n"
        lines[4] = b'id-4\t{"info": {}}\n'
        path = self.file("a.txt", b"".join(lines))
        self.run_job(JOB, self.data, "--max-bad", "3", "-o", self.result)
        found = [(letter["object"], letter["line"], letter["kind"]) for letter in self.dead_letters()]
        self.assertEqual(found, [(path, 2, "format"), (path, 4, "json"), (path, 5, "mapper")])
        for letter in self.dead_letters():
            self.assertTrue(letter["reason"])
            self.assertEqual(letter["record"].encode(), lines[letter["line"] - 1].rstrip(b"\n"))
        self.assertIn("KeyError", self.dead_letters()[2]["reason"])
        manifest = self.manifest()
        self.assertEqual(manifest["input"]["bad_by_kind"], {"format": 1, "json": 1, "mapper": 1})
        facts = manifest["input"]
        self.assertEqual((facts["bad"], facts["lines"], manifest["objects"][0]["bad"]), (3, 6, 3))
        self.assertEqual(facts["bad_records_file"], self.result + ".bad.jsonl")

    def test_manifest_and_bad_records_go_where_they_are_told(self):
        self.file("a.txt", records(range(6)) + b"bad\n")
        manifest, bad = os.path.join(self.out, "m.json"), os.path.join(self.out, "b.jsonl")
        answer = self.run_job(JOB, self.data, "--max-bad", "1", "--manifest", manifest, "--bad-records", bad)
        self.assertTrue(answer)
        self.assertEqual(sorted(os.listdir(self.out)), ["b.jsonl", "m.json"])
        output, = json.loads(read(manifest))["output"]
        self.assertEqual((output["name"], output["sha256"]), ("-", hashlib.sha256(answer).hexdigest()))


if __name__ == "__main__":
    unittest.main()
