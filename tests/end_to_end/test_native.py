#!/usr/bin/env python3
"""language: native: shared objects in C and C++, what they are handed, and what becomes of those that fail."""
import json
import os
import subprocess
import unittest

from support import EXAMPLES, TOP, Case, compress, os_count, read, records
from task_support import TaskCase, shares

INCLUDE = os.path.join(TOP, "container", "include")
NATIVE = os.path.join(EXAMPLES, "os-count-native")
JOB = "map: {language: native, script: mapper.so}\n"
SUM = "reduce: {language: builtin, operation: sum}\n"
# What a test replaces is the body of map, or of init.
MAPPER = """
#include <af_mapper.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#define SAY(text) out->error(out->context, text, strlen(text))
#define EMIT(key, value) out->emit(out->context, key, strlen(key), value, strlen(value))
static int init(int argc, const char *const *argv, const af_output *out, void **state) { %(init)s }
static int map(void *state, const af_record *record, const af_output *out) { %(map)s }
static int finish(void *state, const af_output *out) { %(finish)s }
const af_mapper *af_mapper_v1(void) {
    static const af_mapper mapper = {sizeof(af_mapper), %(abi)s, init, map, finish};
    return &mapper;
}
"""


def build(source, target):
    compiler = ["g++", "-std=c++17"] if source.endswith(".cpp") else ["gcc"]
    subprocess.run([*compiler, "-O1", "-w", "-shared", "-fPIC", "-I", INCLUDE, "-o", target, source], timeout=120,
                   check=True)
    os.chmod(target, 0o755)


class NativeJobs:
    def example(self, source, more=""):
        folder = self.job("map: {language: native, script: mapper.so" + more + "}\n" + SUM)
        build(os.path.join(NATIVE, source), os.path.join(folder, "mapper.so"))
        return folder

    def native(self, body, yaml=JOB, init="return 0;", finish="return 0;", abi="AF_MAPPER_ABI"):
        folder = self.job(yaml, mapper_c=MAPPER % {"map": body, "init": init, "finish": finish, "abi": abi})
        build(os.path.join(folder, "mapper.c"), os.path.join(folder, "mapper.so"))
        return folder


class Native(NativeJobs, Case):
    def setUp(self):
        super().setUp()
        self.plain = records(range(500))
        self.file("part.xz", compress(self.plain, "xz"))

    def test_the_examples_in_c_and_in_cpp_count_as_python_does(self):
        for source in ("mapper.c", "mapper.cpp"):
            job = self.example(source)
            for workers in (1, 3):
                with self.subTest(source=source, workers=workers):
                    answer = self.run_job(job, "--workers", workers, self.data)
                    self.assertEqual(answer.replace(b"\t", b" "), os_count(self.plain))

    def test_arguments_and_counters(self):
        job = self.example("mapper.cpp", ", arguments: [appVersion]")
        self.assertEqual(self.run_job(job, self.data), b"28.0a1\t500\n")
        job = self.example("mapper.cpp", ", arguments: [nothing]")
        self.run_job(job, self.data, "-o", self.result)
        self.assertEqual(self.manifest()["counters"], {"os-count": {"without": 500}})

    def test_a_record_is_seen_as_it_is(self):
        self.file("part.xz", compress(b'id-1\t{"a": "b"}\nid-2\t[1]\n', "xz"))
        job = self.native("char text[200]; snprintf(text, sizeof text, \"%.*s;%.*s;%d\", (int)record->uuid.size, "
                          "record->uuid.data,"
                          " (int)record->value.size, record->value.data, record->value.data[record->value.size]);"
                          " return out->emit(out->context, record->file.data, record->file.size, text, strlen(text));")
        path = os.path.join(self.data, "part.xz")
        self.assertEqual(self.run_job(job, self.data).decode(), f'{path}\tid-1;{{"a": "b"}};10\n{path}\tid-2;[1];10\n')

    def test_a_crash_is_told_with_its_place_and_leaves_no_result(self):
        self.file("part.xz", compress(b"".join(b"id-%d\t%d\n" % (n, n) for n in range(1000)), "xz"))
        crashes = {"*(volatile int *)8 = 1;": "signal 11 ", "abort();": "signal 6 ",
                   "volatile char deep[100000]; deep[0] = (char)map(state, record, out);": "signal 11 ",
                   "raise(SIGFPE);": "signal 8 "}
        for crash, signal in crashes.items():
            with self.subTest(crash):
                job = self.native(f'if (record->uuid.size == 6 && memcmp(record->uuid.data, "id-417", 6) == 0) '
                                  f'{{ {crash} }}'
                                  ' return EMIT("k", "1");', JOB + SUM)
                run = self.af("run", "--job", job, self.data, "-o", self.result)
                self.assert_refused(run, 81, "CHILD_SIGNAL", "part.xz", "lines 1-1000", signal,
                                    "at record 418 of these, uuid id-417")

    def test_exit_in_the_middle_is_told(self):
        run = self.af("run", "--job", self.native("exit(7);"), self.data, "-o", self.result)
        self.assert_refused(run, 80, "CHILD_EXIT", "7")

    def test_one_that_hangs_is_told(self):
        job = self.native("for (;;) pause();", "map: {language: native, script: mapper.so, timeout: 2}\n")
        self.assert_refused(self.af("run", "--job", job, self.data, "-o", self.result), 82, "CHILD_HANG", "part.xz")

    def test_records_it_does_not_take_are_bad_and_count_wholly_or_not_at_all(self):
        self.file("part.xz", compress(b"a\t1\nno tab\nb\tnot json\nc\t2\nd\t3\ne\t4\nf\t5\n", "xz"))
        job = self.native(
            'EMIT("seen", "1"); switch (record->uuid.data[0]) {'
            ' case \'c\': SAY("not this one"); out->count(out->context, "g", "lost", 1); return 3;'
            ' case \'d\': return EMIT("a\\tb", "1");'
            ' case \'e\': EMIT("a", "x\\ny"); return 0;'
            ' case \'f\': return 9; }'
            ' out->count(out->context, "g", "kept", 2); return 0;', JOB + SUM + "records: {max_bad: 100%}\n")
        self.assertEqual(self.run_job(job, self.data, "-o", self.result), b"")
        self.assertEqual(read(self.result), b"seen\t1\n")
        self.assertEqual([(one["line"], one["kind"], one["reason"]) for one in self.dead_letters()],
                         [(2, "format", "no TAB between uuid and JSON"), (3, "json", "not valid JSON"),
                          (4, "mapper", "not this one"),
                          (5, "mapper", "a key that holds a TAB or a newline"),
                          (6, "mapper", "a value that holds a newline"),
                          (7, "mapper", "map returned 9")])
        self.assertEqual(self.manifest()["counters"], {"g": {"kept": 2}})

    def test_an_exception_of_cpp_is_the_records_fault(self):
        folder = self.job(JOB + "records: {max_bad: 100%}\n", mapper_cpp="""
            #include <af_mapper.h>
            #include <stdexcept>
            static int map(void *, const af_record *, const af_output *) { throw std::runtime_error("thrown"); }
            extern "C" const af_mapper *af_mapper_v1(void) {
                static const af_mapper mapper{sizeof(af_mapper), AF_MAPPER_ABI, nullptr, map, nullptr};
                return &mapper;
            }""")
        build(os.path.join(folder, "mapper.cpp"), os.path.join(folder, "mapper.so"))
        self.file("part.xz", compress(b"a\t1\n", "xz"))
        self.run_job(folder, self.data, "-o", self.result)
        self.assertEqual([one["reason"] for one in self.dead_letters()], ["thrown"])

    def test_what_does_not_load_is_refused_before_any_input_is_read(self):
        job = self.native("return 0;")
        refusals = {"no reason": ("return 0;", {"init": 'SAY("no reason"); return 5;'}),
                    "version 2": ("return 0;", {"abi": "2"})}
        for words, (body, how) in refusals.items():
            run = self.af("run", "--job", self.native(body, **how), self.data, "-o", self.result)
            self.assert_refused(run, 78, "CONFIG", "does not load", words)
        with open(os.path.join(job, "mapper.so"), "wb") as file:
            file.write(b"not an object")
        self.assert_refused(self.af("run", "--job", job, self.data, "-o", self.result), 78, "CONFIG", "does not load",
                            "mapper.so")
        run = self.af("run", "--job", self.job("map: {language: native, script: other.so}\n"), self.data)
        self.assert_refused(run, 78, "CONFIG", "there is no")

    def test_what_it_prints_goes_to_the_log_and_not_into_the_answers(self):
        job = self.native('printf("done 0 2\\n{}"); fflush(stdout); return EMIT("k", "1");', JOB + SUM)
        self.assertEqual(self.run_job(job, self.data), b"k\t500\n")
        job = self.native('char c; return read(0, &c, 1) == 0 ? EMIT("empty", "1") : 1;', JOB + SUM)
        self.assertEqual(self.run_job(job, self.data), b"empty\t500\n")

    def test_a_finish_that_fails_ends_the_job(self):
        job = self.native("return 0;", finish='SAY("too late"); return 1;')
        self.assert_refused(self.af("run", "--job", job, self.data, "-o", self.result), 80, "CHILD_EXIT", "too late")

    def test_large_answers_come_whole(self):
        self.file("part.xz", compress(b"".join(b"u%d\t%d\n" % (n, n) for n in range(40)), "xz"))
        job = self.native("static char big[300000]; memset(big, 'x', sizeof big);"
                          " for (int i = 0; i < 10; ++i) out->emit(out->context, record->uuid.data, record->uuid.size, "
                          "big, sizeof big);"
                          " return 0;")
        truth = b"".join(b"u%d\t%s\n" % (n, b"x" * 300000) * 10 for n in range(40))
        self.assertTrue(self.run_job(job, self.data) == truth)


class NativeInTasks(NativeJobs, TaskCase):
    def test_mappers_and_a_reducer_as_another_user(self):
        names = self.files(4, 50)
        job = self.example("mapper.c")
        self.worker()
        env = {"AF_JOB": job}
        mappers = [self.mapper(part, env) for part in shares(names, 2)]
        answer = self.result_of(self.reducer(mappers, env))
        self.assertEqual(answer.replace(b"\t", b" "), os_count(records(range(200))))

    def test_a_crash_fails_the_task_with_its_place(self):
        names = self.files(1, 10)
        job = self.native("abort();")
        self.worker()
        task = self.mapper(names, {"AF_JOB": job})
        self.assert_failed(task, 81, "CHILD_SIGNAL", "signal 6 ", "at record 1 of these")


if __name__ == "__main__":
    unittest.main()
