#!/usr/bin/env python3
"""af run --trace: when each stage worked and waited, in the trace event format, also of a run that failed."""
import collections
import json
import os
import unittest

from support import CODECS, Case, changed, compress, read, records

STAGES = {"map": {"list", "fetch", "decompress", "split", "map", "gather", "sort"}}
PHASES = {"M", "X"}


class Trace(Case):
    def setUp(self):
        super().setUp()
        self.trace = os.path.join(self.out, "trace.json")
        self.count = self.python_job("return value['info']['OS'] + ' 1'", "return f'{key} {sum(map(int, values))}'")

    def objects(self, broken=False):
        for number in range(12):
            codec = CODECS[number % 4]
            data = compress(records(range(number * 100, number * 100 + 80)), codec)
            self.file(f"part-{number:02}.{codec}", changed(data, 0.5) if broken and number == 7 else data)

    def read_trace(self):
        """Names of processes and threads, and complete events by thread; every event is checked on the way."""
        with open(self.trace, encoding="utf-8") as file:
            trace = json.load(file)
        processes, threads, spans = {}, {}, collections.defaultdict(list)
        for event in trace["traceEvents"]:
            self.assertIn(event["ph"], PHASES)
            if event["ph"] == "M":
                names = {"process_name": processes, "thread_name": threads}.get(event["name"])
                if names is not None:
                    names[event["pid"] if names is processes else (event["pid"], event["tid"])] = event["args"]["name"]
                continue
            self.assertIn(event["name"], ("busy", "starved", "blocked"))
            self.assertGreaterEqual(event["ts"], 0)
            self.assertGreaterEqual(event["dur"], 0)
            spans[event["pid"], event["tid"]].append(event)
        self.assertLessEqual(set(spans), set(threads))
        self.assertLessEqual({pid for pid, _ in threads}, set(processes))
        return trace, processes, threads, spans

    def sums(self, processes, threads, spans):
        """Nanoseconds by (pipeline, stage): starved and blocked as waited, alive as drawn."""
        sums = collections.defaultdict(collections.Counter)
        for thread, name in threads.items():
            stage = sums[processes[thread[0]], name.split(" ")[0]]
            stage["workers"] += "same time" not in name
            for event in spans[thread]:
                for kind in ("starved_ns", "blocked_ns"):
                    stage[kind] += event.get("args", {}).get(kind, 0)
                stage["alive_ns"] += 0 if "same time" in name else event["dur"] * 1000
        return sums

    def test_every_stage_is_in_it_with_the_times_of_the_report(self):
        self.objects()
        self.run_job(self.count, self.data, "-o", self.result, "--trace", self.trace, "--workers", "2")
        trace, processes, threads, spans = self.read_trace()
        sums = self.sums(processes, threads, spans)
        stages = trace["otherData"]["stages"]
        self.assertLessEqual(STAGES["map"], {stage["name"] for stage in stages if stage["pipeline"] == "map"})
        self.assertIn("reduce", {stage["pipeline"] for stage in stages})
        self.assertEqual(set(sums), {(stage["pipeline"], stage["name"]) for stage in stages})
        for stage in stages:
            mine = sums[stage["pipeline"], stage["name"]]
            for what in ("workers", "starved_ns", "blocked_ns"):
                self.assertEqual(mine[what], stage[what], (stage, what))
            if stage["starved_ns"] + stage["blocked_ns"] <= mine["alive_ns"] and stage["busy_ns"] > 0:
                alive = stage["busy_ns"] + stage["starved_ns"] + stage["blocked_ns"]
                self.assertAlmostEqual(mine["alive_ns"] / alive, 1, delta=0.02, msg=stage)

    def test_the_spans_of_a_worker_follow_one_another(self):
        self.objects()
        self.run_job(self.count, self.data, "-o", self.result, "--trace", self.trace)
        for events in self.read_trace()[3].values():
            for before, event in zip(events, events[1:]):
                self.assertGreaterEqual(event["ts"], before["ts"] + before["dur"] - 0.01)

    def test_a_run_that_failed_has_one_too(self):
        self.objects(broken=True)
        run = self.af("run", "--job", self.count, self.data, "-o", self.result, "--trace", self.trace)
        self.assertEqual(run.status, 65, str(run))
        trace, processes, _, spans = self.read_trace()
        self.assertIn("map", processes.values())
        self.assertTrue(spans)
        self.assertLessEqual(STAGES["map"], {stage["name"] for stage in trace["otherData"]["stages"]})

    def test_the_result_is_the_same_and_without_the_option_there_is_no_file(self):
        self.objects()
        self.run_job(self.count, self.data, "-o", self.result)
        plain = read(self.result)
        self.assertFalse(os.path.exists(self.trace))
        self.run_job(self.count, self.data, "-o", self.result, "--trace", self.trace)
        self.assertEqual(read(self.result), plain)

    def test_a_place_that_cannot_be_written_to_is_refused_before_any_work(self):
        self.objects()
        run = self.af("run", "--job", self.count, self.data, "-o", self.result, "--trace", "/nowhere/trace.json")
        self.assert_refused(run, 2, "USAGE", "/nowhere")

    def test_a_trace_in_the_place_of_the_result_is_refused(self):
        self.objects()
        run = self.af("run", "--job", self.count, self.data, "-o", self.result, "--trace", self.result)
        self.assert_refused(run, 2, "USAGE", "two outputs have one name")


if __name__ == "__main__":
    unittest.main()
