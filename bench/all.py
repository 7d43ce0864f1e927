#!/usr/bin/env python3
"""Every measurement there is, in ten minutes at most, into one dated file.

  all.py --bin build/release/bin --out build/bench

micro       af-bench-micro, Google Benchmark's own JSON
compare     af-bench compare: af against the peers that are installed
tune        af-bench tune of the os-count job on made data, one minute

Exit status 1 when one of them fails; what the others found is kept.
"""
import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
OS_COUNT = os.path.join(os.path.dirname(HERE), "container", "examples", "os-count")


def commands(binaries, folder, data):
    """Name -> (command, seconds it may take, the JSON it writes)."""
    def program(name):
        return os.path.join(binaries, name)

    out = {name: os.path.join(folder, name + ".json") for name in ("micro", "compare", "tune")}
    return {
        "micro": ([program("af-bench-micro"), "--benchmark_min_time=0.1", "--benchmark_out_format=json",
                   "--benchmark_out=" + out["micro"]], 120, out["micro"]),
        "compare": ([program("af-bench"), "compare", "--bytes", "60MB", "--pairs", "1000000", "--runs", "3", "--json",
                     out["compare"]],
                    300, out["compare"]),
        "tune": ([program("af-bench"), "tune", "--job", OS_COUNT, data, "--seconds", "60", "--write",
                  os.path.join(folder, "af-tuning.yml"),
                  "--json", out["tune"]], 150, out["tune"]),
    }


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    now = datetime.datetime.now(datetime.timezone.utc)
    found, failed = {"date": now.isoformat(timespec="seconds"), "processors": len(os.sched_getaffinity(0)),
                     "system": os.uname().release}, []
    with tempfile.TemporaryDirectory(prefix="af-bench-") as folder:
        made = os.path.join(folder, "set")
        subprocess.run([os.path.join(options.bin, "af-bench"), "generate", "--out", made, "--bytes", "300MB"],
                       check=True, stdout=subprocess.DEVNULL)
        for name, (command, seconds, result) in commands(options.bin, folder, os.path.join(made, "data")).items():
            print(f"--- {name}", flush=True)
            try:
                subprocess.run(command, check=True, timeout=seconds)
                found[name] = read_json(result)
            except (subprocess.SubprocessError, OSError) as error:
                failed.append(name)
                print(f"{name} failed: {error}", file=sys.stderr)
    os.makedirs(options.out, exist_ok=True)
    path = os.path.join(options.out, now.strftime("%Y-%m-%dT%H%M%SZ.json"))
    with open(path, "w", encoding="utf-8") as file:
        json.dump(found, file, indent=1)
        file.write("\n")
    print("written to " + path)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
