#!/usr/bin/env python3
"""How well fetching and mapping overlap: the whole job against the slower of its two halves, in turns in one run.

  overlap.py --bin build/release/bin --set DIR [--job container/examples/os-count] [--runs 5]

whole       the job over s3://, from the S3 test server on loopback with a first byte after --latency-ms and
            --bandwidth bytes a second on each connection
fetch-only  the same objects from the same server, to a program that throws them away undecoded
map-only    the job over the same files on this disk

Prints the median of each and of whole / max(fetch-only, map-only), with its range. DIR is what `af-bench generate`
made.
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "tests", "support", "servers"))
from running_server import RunningServer  # noqa: E402  (its folder is known only now)

DRAIN = "map: {language: binary, script: drain.sh, decompress: false}\nrecords: {format: lines}\n"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(TOP, "build", "release", "bin"))
    parser.add_argument("--set", required=True)
    parser.add_argument("--job", default=os.path.join(TOP, "container", "examples", "os-count"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--latency-ms", type=int, default=50)
    parser.add_argument("--bandwidth", type=int, default=20_000_000)
    return parser.parse_args()


def seconds(command, env):
    begun = time.monotonic()
    subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - begun


def drain_job(folder):
    with open(os.path.join(folder, "analysis-tools.yml"), "w", encoding="utf-8") as file:
        file.write(DRAIN)
    script = os.path.join(folder, "drain.sh")
    with open(script, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\nexec cat >/dev/null\n")
    os.chmod(script, 0o755)
    return folder


def main():
    options = parse_arguments()
    data = os.path.join(os.path.abspath(options.set), "data")
    shaping = ["--latency-ms", str(options.latency_ms), "--bandwidth", str(options.bandwidth)]
    with tempfile.TemporaryDirectory() as folder, RunningServer({}, "--credential", "key:secret", *shaping) as server:
        os.symlink(data, os.path.join(server.root, "tele"))
        env = {**os.environ, "AWS_ENDPOINT_URL": server.url, "AWS_ACCESS_KEY_ID": "key",
               "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
        af = [os.path.join(options.bin, "af"), "run", "-q", "--job"]
        commands = {"whole": [*af, options.job, "s3://tele/"], "fetch-only": [*af, drain_job(folder), "s3://tele/"],
                    "map-only": [*af, options.job, data]}
        rounds = []
        for number in range(options.runs + 1):
            times = {name: seconds(command, env) for name, command in commands.items()}
            print(f"round {number}: " + ", ".join(f"{name} {took:.2f} s" for name, took in times.items()),
                  file=sys.stderr)
            if number > 0:  # the first one fills the page cache
                rounds.append(times)
    ratios = [times["whole"] / max(times["fetch-only"], times["map-only"]) for times in rounds]
    for name in commands:
        print(f"{name:11}{statistics.median(times[name] for times in rounds):8.2f} s")
    print(f"whole / slower half: {statistics.median(ratios):.3f} ({min(ratios):.3f} - {max(ratios):.3f})")


if __name__ == "__main__":
    main()
