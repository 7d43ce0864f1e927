"""Both feeders, asked over the protocol. Run: /usr/bin/python3 tests/container/test_feeders.py"""

import os
import re
import tempfile
import textwrap
import threading
import unittest

from feeder_client import Feeder, reduce

PING = b'41550578-ba6c\t{"info": {"OS": "%s", "n": 3}}\n'


class FeederTest(unittest.TestCase):
    language = "python"

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def script(self, text, name=None):
        name = name or {"python": "mapper.py", "javascript": "mapper.js"}[self.language]
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text).lstrip("\n"))
        return path

    def mapper(self, text, format="uuid-json", options=(), name=None, **others):
        path = self.script(text, name)
        return Feeder(self.language, "map", path, "mapper", ["--format", format, *options], **others)

    def reducer(self, text, lines, **others):
        return reduce(self.language, self.script(text), "reduce", lines, **others)


class CommonBehaviour:
    """What both languages do; each class that inherits it brings the scripts."""

    def test_greets_with_protocol_and_language(self):
        with self.mapper(self.OS_COUNT) as feeder:
            self.assertEqual(feeder.greeting, "ready")
            self.assertEqual(feeder.account["protocol"], 1)
            self.assertEqual(feeder.account["language"], self.language)
            self.assertEqual(feeder.end(), 0)

    def test_maps_records_in_order_and_ends_with_status_0(self):
        with self.mapper(self.OS_COUNT) as feeder:
            first = feeder.ask(PING % b"WINNT" + PING % b"Linux")
            self.assertEqual(first.lines, b"WINNT 1\nLinux 1\n")
            self.assertEqual(first.meta, {"records": 2, "bad": [], "counters": {}})
            self.assertEqual(feeder.ask(b"").meta["records"], 0)
            self.assertEqual(feeder.end(), 0)

    def test_reads_payloads_from_shared_memory_and_through_the_pipe_in_turn(self):
        first, second = PING % b"WINNT" + PING % b"Linux", PING % b"Darwin"
        with tempfile.TemporaryFile() as memory:
            memory.write(b"x" * 5000 + first + b"y" * 100 + second)
            memory.truncate(1 << 20)
            memory.flush()
            with self.mapper(self.OS_COUNT, options=["--memory", str(1 << 20)], memory=memory) as feeder:
                self.assertIs(feeder.account["memory"], True)
                feeder.send_place(0, 5000, len(first))
                self.assertEqual(feeder.answer().lines, b"WINNT 1\nLinux 1\n")
                self.assertEqual(feeder.ask(PING % b"Android").lines, b"Android 1\n")
                feeder.send_place(2, 5000 + len(first) + 100, len(second))
                self.assertEqual(feeder.answer().lines, b"Darwin 1\n")
                self.assertEqual(feeder.end(), 0)

    def test_descriptor_3_that_is_something_else_is_left_alone(self):
        with tempfile.TemporaryFile() as other:
            with self.mapper(self.OS_COUNT, options=["--memory", "4096"], memory=other) as feeder:
                self.assertIs(feeder.account["memory"], False)
                self.assertEqual(feeder.ask(PING % b"Linux").lines, b"Linux 1\n")
                self.assertEqual(feeder.end(), 0)
        with self.mapper(self.OS_COUNT, options=["--memory", "4096"]) as feeder:
            self.assertIs(feeder.account["memory"], False)
            self.assertEqual(feeder.ask(PING % b"Linux").lines, b"Linux 1\n")
            self.assertEqual(feeder.end(), 0)

    def test_bad_records_are_reported_by_number_and_kind_and_the_others_count(self):
        payload = b"no tab here\n" + PING % b"A" + b"u\t{broken\n" + b'u\t{"info": {}}\n' + PING % b"B"
        with self.mapper(self.OS_COUNT_STRICT) as feeder:
            answer = feeder.ask(payload)
            self.assertEqual(answer.lines, b"A 1\nB 1\n")
            self.assertEqual(answer.meta["records"], 5)
            self.assertEqual([entry[:2] for entry in answer.bad], [[0, "format"], [2, "json"], [3, "mapper"]])
            self.assertRegex(answer.bad[2][2], self.STRICT_REASON)
            self.assertEqual(feeder.end(), 0)
            self.assertIn("record 3 of a batch of telemetry/a.lzma", feeder.errors)

    def test_arguments_file_and_uuid_reach_the_script(self):
        with self.mapper(self.ECHO, arguments=["--depth", "3", "ü"]) as feeder:
            answer = feeder.ask(PING % b"x", name="day/ü.lzma")
            self.assertEqual(answer.lines.decode(), "--depth 3 ü|day/ü.lzma|41550578-ba6c\n")

    def test_pairs_none_and_generators(self):
        with self.mapper(self.RESULTS, format="lines") as feeder:
            answer = feeder.ask(b"pairs\nnothing\nempty\ngenerator\ntwo lines\n")
            self.assertEqual(answer.lines, b"a\t1\nb\t2\ng\t1\ng\tx y\nl1\nl2\n")
            self.assertEqual(answer.bad, [])

    def test_results_that_are_no_output_are_bad_records(self):
        with self.mapper(self.RESULTS, format="lines") as feeder:
            answer = feeder.ask(b"number\ntab in key\nnewline in value\ntriple\nhalf\npairs\n")
            self.assertEqual([entry[:2] for entry in answer.bad], [[i, "mapper"] for i in range(5)])
            self.assertEqual(answer.lines, b"a\t1\nb\t2\n", "a record that raises half way leaves nothing")

    def test_formats_json_lines_and_tsv(self):
        with self.mapper(self.DESCRIBE, format="json-lines") as feeder:
            self.assertEqual(feeder.ask(b'{"a": [1]}\n3\n').lines, b'|{"a":[1]}\n|3\n')
        with self.mapper(self.DESCRIBE, format="tsv") as feeder:
            self.assertEqual(feeder.ask(b"x\t\ty\nalone\n").lines, b'x|["x","","y"]\nalone|["alone"]\n')
        with self.mapper(self.DESCRIBE, format="lines") as feeder:
            self.assertEqual(feeder.ask(b"a\tb\n\n").lines, b'|"a\\tb"\n|""\n')

    def test_missing_function_names_those_that_exist(self):
        with self.mapper(self.OTHER_NAMES) as feeder:
            self.assertEqual(feeder.greeting, "failed")
            self.assertIn("no function 'mapper'", feeder.account["error"])
            self.assertIn("map_it", feeder.account["error"])
            self.assertEqual(feeder.end(), 1)

    def test_a_script_that_does_not_load_is_told_in_the_greeting(self):
        for text, expected in self.BROKEN:
            with self.subTest(expected), self.mapper(text) as feeder:
                self.assertEqual(feeder.greeting, "failed")
                self.assertRegex(feeder.account["error"], expected)
                self.assertEqual(feeder.end(), 1)

    def test_a_missing_script_is_told_in_the_greeting(self):
        with Feeder(self.language, "map", "/nowhere/mapper.py", "mapper") as feeder:
            self.assertEqual(feeder.greeting, "failed")
            self.assertIn("no script at /nowhere/mapper.py", feeder.account["error"])

    def test_printing_goes_to_stderr_and_counters_into_the_account(self):
        with self.mapper(self.NOISY, format="lines") as feeder:
            answer = feeder.ask(b"x\ny\n")
            self.assertEqual(answer.lines, b"x\t1\ny\t1\n")
            self.assertEqual(answer.meta["counters"], {"group\tseen, by name": 4})
            self.assertEqual(feeder.ask(b"").meta["counters"], {}, "counted once")
            self.assertEqual(feeder.end(), 0)
            for text in ("to stdout", "to stderr", "reporter:status:at x", "reporter:counter:broken"):
                self.assertIn(text, feeder.errors)
            self.assertNotIn("reporter:counter:group", feeder.errors)

    def test_user_code_reading_stdin_gets_nothing_and_the_protocol_goes_on(self):
        with self.mapper(self.READS_STDIN, format="lines") as feeder:
            self.assertEqual(feeder.ask(b"x\n").lines, b"read\t0\n")
            self.assertEqual(feeder.ask(b"x\n").lines, b"read\t0\n")

    def test_exit_status_of_user_code_is_the_status_of_the_process(self):
        with self.mapper(self.EXITS, format="lines") as feeder:
            feeder.send(0, b"x\n")
            self.assertIsNone(feeder.answer())
            self.assertEqual(feeder.end(), 7)

    def test_flood_on_stderr_does_not_disturb_the_answers(self):
        with self.mapper(self.FLOOD, format="lines") as feeder:
            answer = feeder.ask(b"x\n" * 50)
            self.assertEqual(answer.lines, b"x\t1\n" * 50)
            self.assertEqual(feeder.end(), 0)
            self.assertGreater(len(feeder.errors), 0)
            self.assertGreaterEqual(feeder.stderr_bytes, 50 * 140_000)

    def test_large_batches_and_output_in_parts_of_whole_lines(self):
        line = b"x" * 999 + b"\n"
        with self.mapper(self.REPEAT, format="lines") as feeder:
            payload = line * 20_000
            sender = threading.Thread(target=feeder.send, args=(0, payload))
            sender.start()
            answer = feeder.answer()
            sender.join()
            self.assertEqual(answer.meta["records"], 20_000)
            self.assertEqual(answer.lines, line * 40_000)
            self.assertGreater(answer.parts, 30)

    def test_one_line_of_many_megabytes(self):
        with self.mapper(self.REPEAT, format="lines") as feeder:
            payload = b"y" * (20 << 20) + b"\n"
            sender = threading.Thread(target=feeder.send, args=(0, payload))
            sender.start()
            answer = feeder.answer()
            sender.join()
            self.assertEqual(answer.lines, payload * 2)

    def test_many_batches_with_two_in_flight(self):
        batches = 200
        room = threading.Semaphore(2)
        with self.mapper(self.REPEAT, format="lines") as feeder:

            def send_all():
                for sequence in range(batches):
                    room.acquire()
                    feeder.send(sequence, b"%d\n" % sequence * 20_000)

            sender = threading.Thread(target=send_all)
            sender.start()
            for sequence in range(batches):
                answer = feeder.answer()
                room.release()
                self.assertEqual(answer.sequence, sequence)
                self.assertEqual(answer.lines, b"%d\n" % sequence * 40_000)
            sender.join()
            self.assertEqual(feeder.end(), 0)

    def test_the_engine_closing_inside_a_batch_ends_the_process_with_status_1(self):
        with self.mapper(self.REPEAT, format="lines") as feeder:
            feeder.process.stdin.write(b"batch 0 1 0 100\nfx")
            self.assertEqual(feeder.end(), 1)

    def test_reduces_each_run_of_equal_keys(self):
        lines = b"Darwin\t1\nLinux\t2\nLinux\t40\nWINNT\t5\n"
        status, output, _ = self.reducer(self.SUM, lines)
        self.assertEqual((status, output), (0, b"Darwin 1\nLinux 42\nWINNT 5\n"))

    def test_reduces_nothing_to_nothing(self):
        self.assertEqual(self.reducer(self.SUM, b"")[:2], (0, b""))

    def test_reduces_lines_without_tab_and_odd_bytes(self):
        status, output, _ = self.reducer(self.JOIN, "ü\ta\tb\nü\t\nz\n".encode())
        self.assertEqual((status, output), (0, "ü\t[a\tb][]\nz\t[]\n".encode()))

    def test_reduces_a_group_of_a_million_values(self):
        status, output, _ = self.reducer(self.SUM, b"k\t7\n" * 1_000_000)
        self.assertEqual((status, output), (0, b"k 7000000\n"))

    def test_reduces_a_million_groups(self):
        lines = b"".join(b"%07d\t1\n" % i for i in range(300_000))
        status, output, _ = self.reducer(self.SUM, lines)
        self.assertEqual((status, output), (0, lines.replace(b"\t", b" ")))

    def test_a_reducer_that_raises_ends_with_status_1_and_its_trace(self):
        status, output, errors = self.reducer(self.SUM, b"a\t1\nb\tx1\n")
        self.assertEqual(status, 1)
        self.assertNotIn(b"b ", output)
        self.assertRegex(errors, self.SUM_ERROR)

    def test_a_reducer_that_raises_says_the_key_in_its_last_line(self):
        for key, shown in (("b", '"b"'), ('q"ü', '"q\\"ü"'), ("k" * 500, '"' + "k" * 77 + '..."')):
            with self.subTest(shown):
                _, _, errors = self.reducer(self.SUM, f"a\t1\n{key}\tx1\n".encode())
                self.assertRegex(errors.splitlines()[-1],
                                 rf"^key {re.escape(shown)}: \w*Error: .* at mapper\.(py:4|js:3)$")


class PythonFeeder(CommonBehaviour, FeederTest):
    OS_COUNT = """
        def mapper(uuid, file, js):
            return str(js['info']['OS'] + ' 1\\n')
    """
    OS_COUNT_STRICT = OS_COUNT
    STRICT_REASON = r"^KeyError: 'OS' at mapper\.py:2$"
    ECHO = """
        import sys
        def mapper(uuid, file, js):
            return " ".join(sys.argv[1:]) + "|" + file + "|" + uuid
    """
    RESULTS = """
        def generate():
            yield "g", 1
            yield b"g", "x y"

        def half():
            yield "half", 1
            raise ValueError("half way")

        def mapper(uuid, file, line):
            return {
                "pairs": [("a", 1), ["b", "2"]], "nothing": None, "empty": "", "generator": generate(),
                "two lines": "l1\\nl2", "number": 3, "tab in key": [("a\\tb", 1)], "newline in value": [("a", "1\\n")],
                "triple": [(1, 2, 3)], "half": half(),
            }[line]
    """
    DESCRIBE = """
        import json
        def mapper(uuid, file, value):
            return uuid + "|" + json.dumps(value, separators=(",", ":"))
    """
    OTHER_NAMES = """
        import os
        def map_it(uuid, file, js): pass
        def helper(): pass
    """
    BROKEN = [
        ("import no_such_module_here\ndef mapper(u, f, j): pass",
         r"^ModuleNotFoundError: No module named 'no_such_module_here' at mapper\.py:1$"),
        ("def mapper(:\n", r"^SyntaxError: .* at mapper\.py:1$"),
        ("x = 1\ny = x / 0\n", r"^ZeroDivisionError: division by zero at mapper\.py:2$"),
    ]
    NOISY = """
        import sys
        def mapper(uuid, file, line):
            print("to stdout")
            print("to stderr", file=sys.stderr)
            print("reporter:counter:group,seen, by name,2", file=sys.stderr)
            sys.stderr.write("reporter:counter:broken,x\\n")
            sys.stderr.write("reporter:status:at x\\n")
            return [(line, 1)]
    """
    READS_STDIN = """
        import os, sys
        def mapper(uuid, file, line):
            return [("read", len(sys.stdin.read()) + len(os.read(0, 100)))]
    """
    EXITS = """
        import sys
        def mapper(uuid, file, line):
            sys.exit(7)
    """
    FLOOD = """
        import sys
        def mapper(uuid, file, line):
            sys.stderr.write(("z" * 99 + "\\n") * 1400)
            return [(line, 1)]
    """
    REPEAT = """
        def mapper(uuid, file, line):
            return line + "\\n" + line
    """
    SUM = """
        def reduce(key, values):
            count = 0
            for v in values:
                count += int(v)
            return str(key) + " " + str(count)
    """
    SUM_ERROR = r"mapper\.py\", line 4(.|\n)*ValueError"
    JOIN = """
        def reduce(key, values):
            yield key, "".join("[" + v + "]" for v in values)
    """

    def test_bytes_that_are_not_utf8_pass_unchanged(self):
        with self.mapper(self.REPEAT, format="lines") as feeder:
            self.assertEqual(feeder.ask(b"a\xff\xfe\n").lines, b"a\xff\xfe\n" * 2)
        with self.mapper("def mapper(u, f, js): return [(js['k'], f)]") as feeder:
            self.assertEqual(feeder.ask(b'u\t{"k": "\xff"}\n', name="n\udcff").lines, b"\xff\tn\xff\n")

    def test_the_main_part_of_a_script_does_not_run_and_neighbours_can_be_imported(self):
        self.script("SUFFIX = '!'\n", name="neighbour.py")
        text = ("import neighbour\ndef mapper(u, f, line): return line + neighbour.SUFFIX\n"
                "if __name__ == '__main__': 1 / 0\n")
        with self.mapper(text, format="lines") as feeder:
            self.assertEqual(feeder.ask(b"x\n").lines, b"x!\n")
        self.assertEqual(sorted(os.listdir(self.folder)), ["mapper.py", "neighbour.py"], "leaves nothing behind")

    def test_a_script_named_like_a_module_in_use(self):
        with self.mapper("def mapper(u, f, js): return js['k']\n", name="json.py") as feeder:
            self.assertEqual(feeder.ask(b'u\t{"k": "v"}\n').lines, b"v\n")

    def test_a_script_that_exits_while_it_is_loaded(self):
        with self.mapper("import sys\nsys.exit(9)\n") as feeder:
            self.assertIn("ended the process while it was loaded (exit status 9)", feeder.account["error"])
            self.assertEqual(feeder.end(), 9)

    def test_children_of_user_code_do_not_hold_the_protocol_open(self):
        text = """
            import subprocess
            def mapper(u, f, line):
                listing = subprocess.run(["ls", "/proc/self/fd"], stdout=subprocess.PIPE, check=True, close_fds=False)
                return [("fds", len(listing.stdout.split()))]
        """
        with self.mapper(text, format="lines") as feeder:
            self.assertEqual(feeder.ask(b"x\n").lines, b"fds\t4\n")

    def test_the_parser_can_be_chosen(self):
        with self.mapper(self.OS_COUNT, environment={"AF_JSON": "json"}) as feeder:
            self.assertEqual(feeder.account["json"], "json")
        with self.mapper(self.OS_COUNT, environment={"AF_JSON": "simplejson"}) as feeder:
            self.assertIn("not json or orjson", feeder.account["error"])

    def test_output_too_large_to_hold_back_ends_the_process_when_the_mapper_then_raises(self):
        text = """
            def mapper(u, f, line):
                for i in range(20):
                    yield "x" * (1 << 20)
                raise ValueError("too late")
        """
        with self.mapper(text, format="lines") as feeder:
            feeder.send(0, b"x\n")
            self.assertIsNone(feeder.answer())
            self.assertEqual(feeder.end(), 1)
            self.assertIn("too late", feeder.errors)


class JavaScriptFeeder(CommonBehaviour, FeederTest):
    language = "javascript"
    OS_COUNT = "exports.mapper = (uuid, file, js) => js.info.OS + ' 1\\n';"
    OS_COUNT_STRICT = """
        exports.mapper = (uuid, file, js) => {
          return js.info.OS.toString() + ' 1';
        };
    """
    STRICT_REASON = r"^TypeError: Cannot read properties of undefined \(reading 'toString'\) at mapper\.js:2$"
    ECHO = "exports.mapper = (uuid, file) => process.argv.slice(2).join(' ') + '|' + file + '|' + uuid;"
    RESULTS = """
        function* generate() { yield ['g', 1]; yield ['g', 'x y']; }
        function* half() { yield ['half', 1]; throw new Error('half way'); }
        exports.mapper = (uuid, file, line) => ({
          'pairs': [['a', 1], ['b', '2']], 'nothing': null, 'empty': '', 'generator': generate(),
          'two lines': 'l1\\nl2', 'number': 3, 'tab in key': [['a\\tb', 1]], 'newline in value': [['a', '1\\n']],
          'triple': [[1, 2, 3]], 'half': half(),
        })[line];
    """
    DESCRIBE = "exports.mapper = (uuid, file, value) => uuid + '|' + JSON.stringify(value);"
    OTHER_NAMES = "exports.map_it = () => null; exports.helper = () => null;"
    BROKEN = [
        ("require('no-such-module-here'); exports.mapper = () => 0;",
         r"^Error: Cannot find module 'no-such-module-here'.* at mapper\.js:1$"),
        ("exports.mapper = (;\n", r"^SyntaxError: .* at mapper\.js:1$"),
        ("let x = 1;\nx.y.z;\n", r"^TypeError: .* at mapper\.js:2$"),
    ]
    NOISY = """
        exports.mapper = (uuid, file, line) => {
          console.log('to stdout');
          console.error('to stderr');
          console.error('reporter:counter:group,seen, by name,2');
          process.stderr.write('reporter:counter:broken,x\\n');
          process.stderr.write('reporter:status:at x\\n');
          return [[line, 1]];
        };
    """
    READS_STDIN = """
        const fs = require('fs');
        exports.mapper = () => [['read', fs.readSync(0, Buffer.alloc(10)) + fs.readFileSync('/dev/stdin').length]];
    """
    EXITS = "exports.mapper = () => process.exit(7);"
    FLOOD = """
        exports.mapper = (uuid, file, line) => {
          process.stderr.write(('z'.repeat(99) + '\\n').repeat(1400));
          return [[line, 1]];
        };
    """
    REPEAT = "exports.mapper = (uuid, file, line) => line + '\\n' + line;"
    SUM = """
        exports.reduce = (key, values) => {
          const count = values.reduce((sum, v) => sum + Number(v), 0);
          if (Number.isNaN(count)) throw new Error(`not a number in ${key}`);
          return `${key} ${count}`;
        };
    """
    SUM_ERROR = r"not a number in b"
    JOIN = "exports.reduce = (key, values) => [[key, values.map((v) => `[${v}]`).join('')]];"

    def test_es_modules_and_default_exports(self):
        for text in (
            "export function mapper(u, f, line) { return line; }",
            "export default { mapper: (u, f, line) => line };",
            "export default function mapper(u, f, line) { return line; }",
        ):
            with self.subTest(text), self.mapper(text, format="lines", name="mapper.mjs") as feeder:
                self.assertEqual(feeder.ask(b"x\n").lines, b"x\n")

    def test_async_functions_and_async_generators(self):
        text = """
            exports.mapper = async (u, f, line) => {
              await new Promise((done) => setTimeout(done, 1));
              if (line === 'bad') throw new Error('later');
              return (async function* () { yield [line, 1]; yield [line, 2]; })();
            };
            exports.reduce = async (key, values) => `${key} ${values.length}`;
        """
        with self.mapper(text, format="lines") as feeder:
            answer = feeder.ask(b"x\nbad\ny\n")
            self.assertEqual(answer.lines, b"x\t1\nx\t2\ny\t1\ny\t2\n")
            self.assertEqual([entry[:2] for entry in answer.bad], [[1, "mapper"]])
        self.assertEqual(self.reducer(text, b"a\t1\na\t2\n")[:2], (0, b"a 2\n"))

    def test_bytes_that_are_not_utf8_make_a_bad_record(self):
        with self.mapper(self.REPEAT, format="lines") as feeder:
            answer = feeder.ask(b"a\xff\xc3\xbc\n\xc3\xbc\n")
            self.assertEqual(answer.bad, [[0, "format", "not UTF-8"]])
            self.assertEqual(answer.lines, b"\xc3\xbc\n" * 2)

    def test_es_module_syntax_in_a_js_file_is_explained_or_works(self):
        with self.mapper("export const mapper = (u, f, line) => line;", format="lines") as feeder:
            if feeder.greeting == "failed":
                self.assertIn(".mjs", feeder.account["error"])
            else:
                self.assertEqual(feeder.ask(b"x\n").lines, b"x\n")

    def test_writing_to_descriptor_1_does_not_reach_the_protocol(self):
        text = "const fs = require('fs'); exports.mapper = (u, f, line) => { fs.writeSync(1, 'sneaky'); return line; };"
        with self.mapper(text, format="lines") as feeder:
            self.assertEqual(feeder.ask(b"x\n").lines, b"x\n")
            self.assertEqual(feeder.end(), 0)
            self.assertIn("sneaky", feeder.errors)


if __name__ == "__main__":
    unittest.main()
