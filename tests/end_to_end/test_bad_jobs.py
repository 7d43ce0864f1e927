#!/usr/bin/env python3
"""Job files, scripts and options that cannot work are refused before the first request, with the line they stand in."""
import os
import unittest

from support import EXAMPLES, Case, aws, records

GOOD = "def mapper(uuid, file, value):\n    return 'a 1'\n"
GOOD_REDUCE = "def reduce(key, values):\n    return key + ' 1'\n"
YAML = (
    # (what is wrong, the file, the line to be named, a word of the message)
    ("a number that is text", "map: {language: python, script: mapper.py}\nreducers: many\n", 2, "reducers"),
    ("a list that is text", "map:\n  language: python\n  script: mapper.py\n  arguments: -x\n", 4, "arguments"),
    ("text that is a list", "map:\n  language: python\n  script: [mapper.py]\n", 3, "script"),
    ("a map that is text", "map: mapper.py\n", 1, "map"),
    ("an unknown key", "map:\n  language: python\n  scrpt: mapper.py\n  script: mapper.py\n", 3, "scrpt"),
    ("an unknown key on top", "map: {language: python, script: mapper.py}\nreducer: {}\n", 2, "reducer"),
    ("an unknown language", "map:\n  language: perl\n  script: mapper.py\n", 2, "perl"),
    ("an unknown format", "map: {language: python, script: mapper.py}\nrecords:\n  format: xml\n", 3, "xml"),
    ("a limit that is none", "map: {language: python, script: mapper.py}\nrecords: {max_bad: some}\n", 2, "max_bad"),
    ("a key that stands twice", "map: {language: python, script: mapper.py}\nreducers: 1\nreducers: 2\n", 3,
     "reducers"),
    ("a script that is not there", "map:\n  language: python\n  script: gone.py\n", 3, "gone.py"),
    ("a script outside of the job", "map:\n  language: python\n  script: ../mapper.py\n", 3, "../mapper.py"),
    ("no script", "map:\n  language: javascript\n", 2, "script"),
    ("neither form", "language_of_map: python\n", 1, "map"),
    ("no YAML", "map: {language: python\n", 2, ""),
    ("an alias", "map: &a {language: python, script: mapper.py}\nreduce: *a\n", 1, ""),
)
SCRIPTS = (
    ("a module that is not there", "import no_such_module\n" + GOOD, "no_such_module"),
    ("a syntax error", "def mapper(uuid, file, value)\n    return 1\n", "SyntaxError"),
    ("no function of that name", "def other(uuid, file, value):\n    return ''\n", "mapper"),
    ("an exception while loading", "raise RuntimeError('not today')\n" + GOOD, "not today"),
)


class BadJobs(Case):
    def setUp(self):
        super().setUp()
        self.served = self.server({"tele/a.txt": records(range(5))})

    def attempt(self, job, *options, **how):
        return self.af("run", "--job", job, "s3://tele/", "-o", self.result, *options, env=aws(self.served), **how)

    def test_the_job_file_is_refused_with_its_line_before_any_request(self):
        for what, text, line, word in YAML:
            with self.subTest(what):
                job = self.job(text, mapper_py=GOOD)
                run = self.attempt(job)
                self.assert_refused(run, 78, "CONFIG", f"{job}/analysis-tools.yml:{line}", word)
        self.assertEqual(self.served.log(), [])

    def test_a_job_that_is_not_there(self):
        self.assert_refused(self.attempt(self.path("nowhere")), 78, "CONFIG", self.path("nowhere"))
        os.mkdir(self.path("empty"))
        self.assert_refused(self.attempt(self.path("empty")), 78, "CONFIG", "analysis-tools.yml")
        self.assertEqual(self.served.log(), [])

    def test_a_script_that_does_not_load_is_the_error_and_no_object_is_read(self):
        for what, text, word in SCRIPTS:
            for place in ("map", "reduce", "combine"):
                with self.subTest(what, place=place):
                    as_reduce = place != "map"
                    broken = text.replace("mapper", "reduce") if as_reduce else text
                    said = word.replace("mapper", "reduce") if as_reduce else word
                    job = self.job(
                        "map: {language: python, script: mapper.py}\n"
                        "combine: {language: python, script: combiner.py}\n"
                        "reduce: {language: python, script: reducer.py}\n",
                        mapper_py=broken if place == "map" else GOOD,
                        combiner_py=broken if place == "combine" else GOOD_REDUCE,
                        reducer_py=broken if place == "reduce" else GOOD_REDUCE)
                    script = {"map": "mapper.py", "reduce": "reducer.py", "combine": "combiner.py"}[place]
                    self.assert_refused(self.attempt(job), 78, "CONFIG", said, script)
        self.assertEqual([entry for entry in self.served.log() if entry["operation"] == "GetObject"], [])

    def test_of_several_scripts_that_do_not_load_the_first_in_the_flow_is_told_not_the_fastest(self):
        broken = "import time\ntime.sleep(%s)\nraise RuntimeError('no %s today')\n"
        yaml = ("map: {language: python, script: mapper.py}\nreduce: {language: python, script: reducer.py}\n"
                "combine: {language: python, script: combiner.py}\n")
        scripts = {"mapper": (GOOD, 1), "reducer": (GOOD_REDUCE, 0.5), "combiner": (GOOD_REDUCE, 0)}
        for last in range(len(scripts)):
            names = list(scripts)[last:]
            with self.subTest(broken=names):
                texts = {name + "_py": broken % (scripts[name][1], name) if name in names else scripts[name][0]
                         for name in scripts}
                run = self.attempt(self.job(yaml, **texts))
                self.assert_refused(run, 78, "CONFIG", f"no {names[0]} today")

    def test_a_javascript_that_does_not_load(self):
        for text, word in (("require('no-such-module');\n", "no-such-module"), ("exports.mapper = (;\n", "SyntaxError"),
                           ("exports.other = 1;\n", "mapper")):
            with self.subTest(word):
                job = self.job("map: {language: javascript, script: mapper.js}\n", mapper_js=text)
                self.assert_refused(self.attempt(job), 78, "CONFIG", word)

    def test_a_binary_that_cannot_be_executed(self):
        job = self.job("map:\n  language: binary\n  script: mapper.sh\n", mapper_sh="#!/no/such/interpreter\n")
        self.assert_refused(self.attempt(job), 78, "CONFIG", "mapper.sh")
        os.chmod(os.path.join(job, "mapper.sh"), 0o644)
        if os.geteuid() != 0 or not os.access(os.path.join(job, "mapper.sh"), os.X_OK):
            self.assert_refused(self.attempt(job), 78, "CONFIG", "mapper.sh", ":3")

    def test_options_that_are_none(self):
        job = os.path.join(EXAMPLES, "os-count")
        for options in (["--no-such-option"], ["--workers", "many"], ["--on-bad", "perhaps"], ["--max-bad", "x"],
                        ["--max-bad", "-1"], ["--max-line", "1"], ["--max-line", "2GiB"], ["--sort-memory", "lots"],
                        ["--workers", "100000"], ["--reducers", "5000"], ["--cpu-threads", "100000"]):
            with self.subTest(options):
                self.assert_refused(self.attempt(job, *options, seconds=20), 2, "USAGE")
        self.assert_refused(self.af("run", "--job", job, "-o", self.result), 2, "USAGE", "INPUT")
        self.assert_refused(self.af("rnu"), 2, "USAGE", "rnu")
        self.assert_refused(self.af(), 2, "USAGE")
        self.assertEqual(self.served.log(), [])

    def test_an_output_that_cannot_be_written_is_refused_before_anything_is_mapped(self):
        job = os.path.join(EXAMPLES, "os-count")
        env = aws(self.served)
        for target in (self.path("nowhere", "result.txt"), self.out):
            with self.subTest(target):
                run = self.af("run", "--job", job, "s3://tele/", "-o", target, env=env)
                self.assertNotIn(run.status, (0, 66, 70), str(run))  # 66 is for input
                self.assertEqual(len(run.errors()), 1, str(run))
                self.assertIn(target, run.errors()[0])
                self.assertEqual((run.stdout, os.listdir(self.out)), (b"", []), str(run))
        self.assertEqual([entry for entry in self.served.log() if entry["operation"] == "GetObject"], [])


if __name__ == "__main__":
    unittest.main()
