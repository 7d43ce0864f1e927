#!/usr/bin/env python3
"""One right answer, whatever the codec, the place the input comes from and the language of the functions."""
import gzip
import json
import lzma
import os
import unittest

from support import CODECS, EXAMPLES, TOP, Case, aws, compress, inflate_zst, os_count, read, records

JOB = os.path.join(EXAMPLES, "os-count")
COUNTING = ("os-count", "os-count-js", "os-count-binary", "os-count-combiner")
TELEMETRY = os.environ.get("AF_TELEMETRY", os.path.join(TOP, "..", "shared", "telemetry"))


class Inputs(Case):
    """Six objects, one in each codec, of different lengths."""

    def setUp(self):
        super().setUp()
        self.objects, self.plain = {}, b""
        for number, codec in enumerate(CODECS):
            lines = records(range(number * 100, number * 100 + 10 + number))
            self.plain += lines
            self.objects[f"part-{number}.{codec}"] = compress(lines, codec)
        for name, data in self.objects.items():
            self.file(name, data)
        self.truth = os_count(self.plain)
        self.names = [os.path.join(self.data, name) for name in sorted(self.objects)]

    def serve(self):
        return self.server({f"tele/some/prefix/{name}": data for name, data in self.objects.items()})

    def test_a_folder_in_every_codec(self):
        self.assertEqual(self.run_job(JOB, self.data), self.truth)

    def test_each_codec_by_itself(self):
        for number, name in enumerate(self.names):
            with self.subTest(name):
                lines = records(range(number * 100, number * 100 + 10 + number))
                self.assertEqual(self.run_job(JOB, name), os_count(lines))

    def test_files_named_one_by_one(self):
        self.assertEqual(self.run_job(JOB, *self.names), self.truth)

    def test_a_file_named_twice_is_read_once(self):
        run = self.af("run", "--job", JOB, self.names[0], self.names[0], self.data)
        self.assertEqual((run.status, run.stdout), (0, self.truth), str(run))
        self.assertIn("named more than once", run.stderr)

    def test_names_on_stdin(self):
        names = "".join(name + "\n" for name in self.names).encode()
        self.assertEqual(self.run_job(JOB, "-", stdin=names), self.truth)

    def test_manifests_of_all_three_forms(self):
        rows = [{"file_name": name, "size": os.path.getsize(name)} for name in self.names]
        forms = {"m.json": json.dumps(rows), "files.json": json.dumps({"files": rows}),
                 "m.jsonl": "".join(json.dumps(row) + "\n" for row in rows),
                 "m.tsv": "".join(f"{row['file_name']}\t{row['size']}\n" for row in rows)}
        for name, text in forms.items():
            with self.subTest(name):
                path = self.path(name)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
                self.assertEqual(self.run_job(JOB, path), self.truth)

    def test_a_wrong_suffix_does_not_matter(self):
        folder = self.path("wrong")
        os.mkdir(folder)
        kept = ("lzma",)  # has no magic number: only its name tells it
        others = [codec for codec in CODECS if codec not in kept]
        suffixes = [*kept, *others[1:], others[0]]
        for (name, data), suffix in zip(sorted(self.objects.items()), suffixes, strict=True):
            with open(os.path.join(folder, name.split(".")[0] + "." + suffix), "wb") as file:
                file.write(data)
        self.assertEqual(self.run_job(JOB, folder), self.truth)

    def test_a_signed_bucket(self):
        server = self.serve()
        for place in ("s3://tele", "s3://tele/", "s3://tele/some/prefix", "s3://tele/some/prefix/"):
            with self.subTest(place):
                self.assertEqual(self.run_job(JOB, place, env=aws(server)), self.truth)

    def test_one_object_of_a_bucket(self):
        server = self.serve()
        lines = records(range(0, 10))
        self.assertEqual(self.run_job(JOB, "s3://tele/some/prefix/part-0.lzma", env=aws(server)), os_count(lines))

    def test_a_listing_of_many_pages(self):
        server = self.server({f"tele/{number:03}.txt": records([number]) for number in range(23)}, "--page-size", "5")
        self.assertEqual(self.run_job(JOB, "s3://tele/", env=aws(server)), os_count(records(range(23))))

    def test_keys_that_must_be_quoted_in_urls(self):
        keys = ("a b+c&d=e", "100%25", "ü/ß.txt", "q?x#y", "semi;colon", "~tilde(1)")
        server = self.server({f"tele/{key}": records([number]) for number, key in enumerate(keys)})
        self.assertEqual(self.run_job(JOB, "s3://tele/", env=aws(server)), os_count(records(range(len(keys)))))

    def test_a_manifest_of_s3_names_as_af_index_prints_it(self):
        server = self.serve()
        index = self.af("index", "-q", "s3://tele/", env=aws(server))
        self.assertEqual(index.status, 0, str(index))
        path = self.path("m.tsv")
        with open(path, "wb") as file:
            file.write(index.stdout)
        self.assertEqual(self.run_job(JOB, path, env=aws(server)), self.truth)

    def test_temporary_credentials_a_profile_and_a_public_bucket(self):
        files = {f"tele/{name}": data for name, data in self.objects.items()}
        server = self.server(files, "--credential", "AKTEMP:temp/secret:the+token/==", "--anonymous-bucket", "tele")
        temporary = aws(server, "AKTEMP", "temp/secret", AWS_SESSION_TOKEN="the+token/==")
        self.assertEqual(self.run_job(JOB, "s3://tele/", env=temporary), self.truth)
        os.mkdir(os.path.join(self.home, ".aws"))
        with open(os.path.join(self.home, ".aws", "credentials"), "w", encoding="utf-8") as file:
            file.write("[work]\naws_access_key_id = AKTEMP\naws_secret_access_key = temp/secret\n"
                       "aws_session_token = the+token/==\n")
        profile = {"AWS_ENDPOINT_URL": server.url, "AWS_PROFILE": "work"}
        self.assertEqual(self.run_job(JOB, "s3://tele/", env=profile), self.truth)
        self.assertEqual(self.run_job(JOB, "--no-sign-request", "--endpoint-url", server.url, "s3://tele/"), self.truth)

    def test_every_example_agrees(self):
        for example in COUNTING:
            with self.subTest(example):
                answer = self.run_job(os.path.join(EXAMPLES, example), self.data)
                self.assertEqual(answer.replace(b"\t", b" "), self.truth)

    def test_the_map_only_example_keeps_the_order_of_the_input(self):
        expected = b""
        for line in self.plain.splitlines():
            uuid, value = line.split(b"\t", 1)
            info = json.loads(value)["info"]
            expected += b"\t".join([uuid, info["OS"].encode(), info["appVersion"].encode()]) + b"\n"
        self.assertEqual(self.run_job(os.path.join(EXAMPLES, "map-only"), self.data), expected)

    def test_result_files_may_be_compressed(self):
        self.run_job(JOB, self.data, "-o", self.result)
        self.assertEqual(read(self.result), self.truth)
        for suffix, opened in ((".gz", gzip.decompress), (".zst", inflate_zst)):
            with self.subTest(suffix):
                self.run_job(JOB, self.data, "-o", self.result + suffix)
                packed = read(self.result + suffix)
                self.assertNotEqual(packed, self.truth)
                self.assertEqual(opened(packed), self.truth)


@unittest.skipUnless(os.path.isdir(TELEMETRY), "the two real files are not on this machine")
class RealTelemetry(Case):
    """Two files of Firefox telemetry of 2013, five pings."""

    def test_as_stored_from_a_folder_and_from_s3(self):
        files = {f"tele/{name}": read(os.path.join(TELEMETRY, name)) for name in os.listdir(TELEMETRY)}
        server = self.server(files)
        for example in COUNTING:
            with self.subTest(example):
                job = os.path.join(EXAMPLES, example)
                for answer in (self.run_job(job, TELEMETRY), self.run_job(job, "s3://tele/", env=aws(server))):
                    self.assertEqual(answer.replace(b"\t", b" "), b"WINNT 5\n")

    def test_recompressed(self):
        for codec in CODECS:
            for name in os.listdir(TELEMETRY):
                plain = lzma.decompress(read(os.path.join(TELEMETRY, name)))
                self.file(f"{codec}/{name}.{codec}", compress(plain, codec))
            folder = os.path.join(self.data, codec)
            server = self.server({f"tele/{name}": read(os.path.join(folder, name)) for name in os.listdir(folder)})
            with self.subTest(codec):
                self.assertEqual(self.run_job(JOB, folder), b"WINNT 5\n")
                self.assertEqual(self.run_job(JOB, "s3://tele/", env=aws(server)), b"WINNT 5\n")

    def test_twenty_runs_of_different_widths_give_the_same_bytes(self):
        server = self.server({f"tele/{name}": read(os.path.join(TELEMETRY, name)) for name in os.listdir(TELEMETRY)})
        job = self.python_job("return uuid + ' ' + __import__('json').dumps(value, sort_keys=True)",
                              "return key + ' ' + ','.join(values)")
        answers = {self.run_job(job, "--workers", workers, "--depth", depth, "s3://tele/", env=aws(server))
                   for workers in (1, 2, 8) for depth in (1, 2, 4, 9) for _ in range(2)}
        self.assertEqual(len(answers), 1)


if __name__ == "__main__":
    unittest.main()
