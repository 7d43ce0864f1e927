#!/usr/bin/env python3
"""What map, combine and reduce functions are called with, and what is made of their answers."""
import hashlib
import json
import os
import unittest

from support import Case, compress, os_count, read, records

COUNTER = "reporter:counter:group,seen,1"


class Functions(Case):
    def setUp(self):
        super().setUp()
        self.parts = [records(range(0, 30)), records(range(30, 100)), records(range(100, 105))]
        for number, part in enumerate(self.parts):
            self.file(f"part-{number}.xz", compress(part, "xz"))
        self.plain = b"".join(self.parts)

    def test_a_key_lies_in_one_of_three_parts_and_all_parts_together_are_the_result(self):
        mapper, reducer = "return uuid[:2] + ' 1'", "return key + ' ' + str(len(values))"
        whole = self.run_job(self.python_job(mapper, reducer), self.data)
        self.run_job(self.python_job(mapper, reducer, "reducers: 3\n"), self.data, "-o", self.result)
        names = [f"result-{number:05}.txt" for number in range(3)]
        self.assertEqual([name for name in files_of(self.out) if name.endswith(".txt")], names)
        parts = [read(os.path.join(self.out, name)).splitlines() for name in names]
        for part in parts:
            self.assertEqual(part, sorted(part))
            self.assertTrue(part)
        self.assertEqual(sorted(sum(parts, [])), whole.splitlines())
        manifest = self.manifest()
        self.assertEqual([output["lines"] for output in manifest["output"]], [len(part) for part in parts])

    def test_parts_go_to_stdout_one_after_the_other(self):
        job = self.python_job("return uuid[:2] + ' 1'", "return key + ' ' + str(len(values))", "reducers: 3\n")
        self.run_job(job, self.data, "-o", self.result)
        parts = [read(os.path.join(self.out, f"result-{number:05}.txt")) for number in range(3)]
        self.assertEqual(self.run_job(job, self.data), b"".join(parts))

    def test_counters_of_python(self):
        self.check_counters(self.python_job(
            "import sys\ndef mapper(uuid, file, value):\n"
            f"    print('{COUNTER}', file=sys.stderr)\n    return 'all 1'\n",
            "import sys\ndef reduce(key, values):\n"
            "    print('reporter:counter:group,reduced,2', file=sys.stderr)\n    return str(len(values))\n"), 2)

    def test_counters_of_javascript(self):
        self.check_counters(self.job(
            "map: {language: javascript, script: mapper.js}\nreduce: {language: javascript, script: reducer.js}\n",
            mapper_js=f"exports.mapper = (uuid, file, value) => {{ console.error('{COUNTER}'); return 'all 1'; }};\n",
            reducer_js="exports.reduce = (key, values) => { console.error('reporter:counter:group,reduced,2');"
                       " return String(values.length); };\n"), 2)

    def test_counters_of_a_binary(self):
        self.check_counters(self.job(
            "map: {language: binary, script: mapper.sh}\nreduce: {language: binary, script: reducer.sh}\n",
            mapper_sh=f"#!/bin/sh\nwhile read -r line; do echo '{COUNTER}' >&2; echo 'all 1'; done\n",
            reducer_sh="#!/bin/sh\nwc -l\necho 'reporter:counter:group,reduced,2' >&2\n"), 2)

    def check_counters(self, job, reduced):
        self.run_job(job, self.data, "-o", self.result)
        self.assertEqual(read(self.result).strip(), b"105")
        self.assertEqual(self.manifest()["counters"], {"group": {"seen": 105, "reduced": reduced}})

    def test_a_users_combiner_sees_each_key_of_an_object_once(self):
        job = self.job("map: {language: python, script: mapper.py}\ncombine: {language: python, script: combiner.py}\n"
                       "reduce: {language: python, script: reducer.py}\n",
                       mapper_py="def mapper(uuid, file, value):\n    return value['info']['OS'] + ' 1'\n",
                       combiner_py="def reduce(key, values):\n    return f'{key} {sum(map(int, values))}'\n",
                       reducer_py="def reduce(key, values):\n    return key + ' ' + '+'.join(values)\n")
        expected = {}
        for part in self.parts:
            for line in os_count(part).decode().splitlines():
                system, count = line.split()
                expected.setdefault(system, []).append(count)
        truth = "".join(f"{system} {'+'.join(counts)}\n" for system, counts in sorted(expected.items()))
        self.assertEqual(self.run_job(job, self.data).decode(), truth)

    def test_builtin_operations(self):
        truth = {}
        for line in self.plain.splitlines():
            value = json.loads(line.split(b"\t", 1)[1])
            truth.setdefault(value["info"]["OS"], []).append(value["simpleMeasurements"]["uptime"])
        operations = {"sum": sum, "count": len, "min": min, "max": max}
        mapper = "yield value['info']['OS'], value['simpleMeasurements']['uptime']"
        for name, of in operations.items():
            with self.subTest(name):
                job = self.python_job(mapper, None, f"reduce: {{language: builtin, operation: {name}}}\n")
                answer = dict(line.split(b"\t") for line in self.run_job(job, self.data).splitlines())
                self.assertEqual(answer, {key.encode(): str(of(values)).encode() for key, values in truth.items()})

    def test_the_mean_is_that_of_all_values_with_a_combiner_too(self):
        more = "reduce: {language: builtin, operation: mean}\n"
        combine = "combine: {language: builtin, operation: mean}\n"
        mapper = "yield 'all', value['simpleMeasurements']['uptime']"
        for text in (more, combine + more):
            answer = self.run_job(self.python_job(mapper, None, text), self.data).split()
            self.assertEqual(answer[0], b"all")
            self.assertEqual(float(answer[1]), sum(range(105)) / 105)

    def test_arguments_reach_the_script_unchanged(self):
        words = ["plain", "two words", "; rm -rf $HOME", "$(id)", "ü"]
        job = self.python_job("import json, sys\ndef mapper(uuid, file, value):\n"
                              "    return 'all ' + json.dumps(sys.argv[1:])\n", None,
                              "")
        write_arguments(job, words)
        answer = self.run_job(job, os.path.join(self.data, "part-2.xz")).splitlines()
        self.assertEqual(json.loads(answer[0].split(b" ", 1)[1]), words)

    def test_input_files_gives_the_path_of_a_local_copy_and_nothing_is_left_of_it(self):
        job = self.python_job(
            "import hashlib\ndef mapper(uuid, file, path):\n"
            "    with open(path, 'rb') as stored:\n"
            "        return hashlib.sha256(stored.read()).hexdigest()\n")
        yaml = os.path.join(job, "analysis-tools.yml")
        for word, contents in (("false", [compress(part, "xz") for part in self.parts]), ("auto", self.parts)):
            with self.subTest(decompress=word):
                with open(yaml, "w", encoding="utf-8") as file:
                    file.write(f"map: {{language: python, script: mapper.py, input: files, decompress: {word}}}\n")
                truth = "".join(hashlib.sha256(data).hexdigest() + "\n" for data in contents)
                self.assertEqual(self.run_job(job, self.data).decode(), truth)

    def test_input_lines_gives_each_line_as_it_is(self):
        job = self.job("map: {language: python, script: mapper.py, input: lines}\n",
                       mapper_py="def mapper(uuid, file, line):\n    return 'line ' + line\n")
        truth = b"".join(b"line " + line + b"\n" for line in self.plain.splitlines())
        self.assertEqual(self.run_job(job, self.data), truth)


class Records(Case):
    def lines_job(self):
        return self.python_job("return 'x' + value", None, "records: {format: lines}\n")

    def test_json_lines(self):
        self.file("a.jsonl.gz", compress(b'{"n": 1}\n{"n": 2}\n[3]\n', "gz"))
        job = self.python_job("return repr((uuid, file[-10:], value))", None, "records: {format: json-lines}\n")
        self.assertEqual(self.run_job(job, self.data).decode().splitlines(),
                         [repr(("", "a.jsonl.gz", value)) for value in ({"n": 1}, {"n": 2}, [3])])

    def test_tsv(self):
        self.file("a.txt", b"id-1\tb\tc\nid-2\t\tx y\n")
        job = self.python_job("return repr((uuid, value))", None, "records: {format: tsv}\n")
        self.assertEqual(self.run_job(job, self.data).decode().splitlines(),
                         [repr(("id-1", ["id-1", "b", "c"])), repr(("id-2", ["id-2", "", "x y"]))])

    def test_a_uuid_ends_at_the_first_tab_and_keeps_its_last_character(self):
        self.file("a.txt", b'0123456789abcdef0123456789abcdef0123\t{"a": "b\\tc"}\nshort\t{"a": 1}\n')
        job = self.python_job("return repr((uuid, value))")
        self.assertEqual(self.run_job(job, self.data).decode().splitlines(),
                         [repr(("0123456789abcdef0123456789abcdef0123", {"a": "b\tc"})), repr(("short", {"a": 1}))])

    def test_bytes_of_lines_pass_unchanged(self):
        lines = [b"crlf\r", b"nul\0in it", b"", b"\xff\xfe not utf-8", "\u2028 ü".encode(), b"cr\rin it",
                 b"\xef\xbb\xbfbom"]
        truth = b"".join(b"x" + line + b"\n" for line in lines)
        for ending in (b"\n", b""):  # the last line may have no newline
            with self.subTest(ending=ending):
                self.file("a.xz", compress(b"\n".join(lines) + ending, "xz"))
                self.assertEqual(self.run_job(self.lines_job(), self.data), truth)

    def test_a_binary_sees_the_bytes_of_its_lines(self):
        data = b"crlf\r\nnul\0\n\n\xff\xfe\nlast"
        self.file("a.txt", data)
        job = self.job("map: {language: binary, script: mapper.sh}\nrecords: {format: lines}\n",
                       mapper_sh="#!/bin/sh\nexec od -An -v -tx1 -w4096\n")
        self.assertEqual(bytes.fromhex(self.run_job(job, self.data).decode()), data + b"\n")

    def test_empty_lines_and_empty_objects_are_counted_as_what_they_are(self):
        self.file("empty.txt", b"")
        self.file("empty.xz", compress(b"", "xz"))
        self.file("lines.txt", b"\n\n\n")
        self.assertEqual(self.run_job(self.lines_job(), self.data, "-o", self.result), b"")
        self.assertEqual(read(self.result), b"x\nx\nx\n")
        self.assertEqual([entry["lines"] for entry in self.manifest()["objects"]], [0, 0, 3])

    def test_a_map_output_line_is_split_at_its_first_tab_else_at_its_first_space(self):
        self.file("a.txt", b"a b\tc d\na b c\nalone\n")
        job = self.python_job("return value", "return repr((key, values))", "records: {format: lines}\n")
        self.assertEqual(self.run_job(job, self.data).decode().splitlines(),
                         [repr(("a", ["b c"])), repr(("a b", ["c d"])), repr(("alone", [""]))])

    def test_a_mapper_may_answer_with_nothing_lines_pairs_or_a_dict(self):
        self.file("a.txt", b"none\nempty\nlines\npairs\ndict\n")
        job = self.python_job(
            "ANSWERS = {'none': None, 'empty': '', 'lines': 'a 1\\nb 2\\n', 'pairs': [('c', 3), ('d', 4)],"
            " 'dict': {'e': 5}}\ndef mapper(uuid, file, value):\n    return ANSWERS[value]\n", None,
            "records: {format: lines}\n")
        self.assertEqual(self.run_job(job, self.data), b"a 1\nb 2\nc\t3\nd\t4\ne\t5\n")

    def test_an_async_mapper_of_an_es_module(self):
        self.file("a.txt", records(range(20)))
        job = self.job("map: {language: javascript, script: mapper.mjs}\n"
                       "reduce: {language: builtin, operation: sum}\n",
                       mapper_mjs="export async function mapper(uuid, file, ping) { return [[ping.info.OS, 1]]; }\n")
        self.assertEqual(self.run_job(job, self.data).replace(b"\t", b" "), os_count(records(range(20))))


def files_of(folder):
    return sorted(os.listdir(folder))


def write_arguments(job, words):
    with open(os.path.join(job, "analysis-tools.yml"), "w", encoding="utf-8") as file:
        file.write("map:\n  language: python\n  script: mapper.py\n  arguments: " + json.dumps(words) + "\n")


if __name__ == "__main__":
    unittest.main()
