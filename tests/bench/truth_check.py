#!/usr/bin/env python3
"""Makes a set with every codec and checks that an independent reader (Python's decoders) finds the truth in it, and
that af-floor decodes as many bytes.  truth_check.py AF_BENCH AF_FLOOR PLAIN_PYTHON"""
import json
import pathlib
import subprocess
import sys
import tempfile


def main(af_bench, af_floor, plain_python):
    with tempfile.TemporaryDirectory() as folder:
        made = pathlib.Path(folder) / "set"
        subprocess.run([af_bench, "generate", "--out", made, "--bytes", "6MB", "--objects", "12", "--codec-mix",
                        "--bad-records", "5"], check=True, stdout=subprocess.DEVNULL, timeout=60)
        truth = json.loads((made / "truth.json").read_text())
        assert {entry["codec"] for entry in truth["objects"]} == {"lzma", "xz", "gz", "zst", "bz2", "none"}

        counted = subprocess.run([sys.executable, plain_python, made / "data"], capture_output=True, text=True,
                                 timeout=60)
        assert counted.returncode == 0, counted.stderr
        assert counted.stdout == (made / "truth/os-count.txt").read_text(), counted.stdout
        assert counted.stderr == "5 bad lines\n", counted.stderr

        for entry in truth["objects"]:
            if entry["codec"] == "bz2":  # which the floor only reads
                (made / "data" / entry["key"]).unlink()
        floor = subprocess.run([af_floor, "-t", "2", made / "data"], capture_output=True, text=True, timeout=60)
        assert floor.returncode == 0, floor.stderr
        words = floor.stdout.split()
        decoded = int(words[words.index("inflated_bytes") + 1])
        assert decoded == sum(e["bytes_inflated"] for e in truth["objects"] if e["codec"] != "bz2"), floor.stdout

        victim = max((made / "data").rglob("*.gz"), key=lambda path: path.stat().st_size)
        victim.write_bytes(victim.read_bytes()[:-20])
        for reader in ([sys.executable, plain_python], [af_floor]):
            cut = subprocess.run([*reader, victim], capture_output=True, text=True, timeout=60)
            assert cut.returncode == 1 and victim.name in cut.stderr, (reader, cut)


main(*sys.argv[1:])
