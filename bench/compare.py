#!/usr/bin/env python3
"""Runs two commands in turns, A B A B ..., over whole processes, and says how they compare.

  compare.py --runs 5 --a 'build/release/bin/af run --job os-count set/data' \\
             --b '/usr/bin/python3 bench/peers/plain_python.py set/data' --expect-same-output --json out.json

wall      seconds from start to exit
cpu       user + system seconds of the process and of every descendant it waited for
rss       largest peak of any one process in that tree, not their sum

Turns make both meet the same noise; the ratio of each pair is taken before the median, so that a machine that slows
down between pairs does not count. Before them each command runs once uncounted, to fill the page cache (--warm).
Commands run by /bin/sh. Exit status 1 when a command fails or, with --expect-same-output, prints something else.
"""
import argparse
import hashlib
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time

MEASURES = ("wall_s", "cpu_s", "rss_bytes")


def run_once(command, deadline):
    """One run of a shell command, in a process group of its own so that a timeout ends all of it."""
    with tempfile.TemporaryFile() as out:
        start = time.monotonic()
        child = subprocess.Popen(["/bin/sh", "-c", "exec " + command], stdout=out, start_new_session=True)
        signal.signal(signal.SIGALRM, lambda *_: os.killpg(child.pid, signal.SIGKILL))
        signal.alarm(deadline)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.monotonic() - start
        signal.alarm(0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        digest = hashlib.file_digest(out, "sha256").hexdigest()
    return {"wall_s": wall, "cpu_s": used.ru_utime + used.ru_stime, "rss_bytes": used.ru_maxrss * 1024,
            "status": child.returncode, "stdout_sha256": digest}


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def compare(pairs):
    result = {}
    for measure in MEASURES:
        a = [pair[0][measure] for pair in pairs]
        b = [pair[1][measure] for pair in pairs]
        result[measure] = {"a": spread(a), "b": spread(b), "a_over_b": spread([x / y for x, y in zip(a, b)])}
    return result


def table(result):
    lines = [f"{'':10}{'A median':>14}{'B median':>14}{'A/B median':>12}  (min - max of pairs)"]
    for measure in MEASURES:
        row = result[measure]
        scale, name = (1e6, "rss_MB") if measure == "rss_bytes" else (1, measure)
        ratio = row["a_over_b"]
        lines.append(f"{name:10}{row['a']['median'] / scale:14.3f}{row['b']['median'] / scale:14.3f}"
                     f"{ratio['median']:12.3f}  ({ratio['min']:.3f} - {ratio['max']:.3f})")
    return "\n".join(lines)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--a", required=True, metavar="CMD")
    parser.add_argument("--b", required=True, metavar="CMD")
    parser.add_argument("--runs", type=int, default=5, help="pairs")
    parser.add_argument("--warm", type=int, default=1, help="uncounted pairs before")
    parser.add_argument("--expect-same-output", action="store_true")
    parser.add_argument("--timeout", type=int, default=1800, help="seconds for one run")
    parser.add_argument("--json", metavar="FILE", help="write every run and the figures there")
    options = parser.parse_args()
    if options.runs < 1 or options.warm < 0 or options.timeout < 1:
        parser.error("--runs and --timeout start at 1, --warm at 0")
    return options


def check(runs, options):
    for name, run in zip("AB", runs):
        if run["status"] != 0:
            sys.exit(f"compare.py: {name} ended with status {run['status']}")
    if options.expect_same_output and runs[0]["stdout_sha256"] != runs[1]["stdout_sha256"]:
        sys.exit("compare.py: A and B printed different things")


def main():
    options = parse_arguments()
    pairs = []
    for turn in range(options.warm + options.runs):
        pair = [run_once(command, options.timeout) for command in (options.a, options.b)]
        check(pair, options)
        if turn >= options.warm:
            pairs.append(pair)
            print(f"pair {len(pairs)}: A {pair[0]['wall_s']:.3f} s, B {pair[1]['wall_s']:.3f} s", file=sys.stderr)
    result = compare(pairs)
    print(table(result))
    if options.json:
        machine = {"cores": os.cpu_count(), "machine": platform.machine(), "system": platform.platform()}
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump({"a": options.a, "b": options.b, "machine": machine, "result": result, "pairs": pairs}, out,
                      indent=1)
            out.write("\n")


if __name__ == "__main__":
    main()
