#!/usr/bin/env python3
"""Compares the filter with an independent reading of features.md 1b over random filters and paths.

usage: oracle.py PROBE [CASES] [SEED]
The random filters hold what people write, and what they get wrong; the paths mostly lie near what the filter names, so
that about half of the cases match.
"""
import json
import os
import random
import subprocess
import sys
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, os.pardir, "support"))
from filter_semantics import NAMES, expected, sanitise  # noqa: E402  (its folder is known only now)

WORDS = [
    ["saved_session", "saved-session", "idle_daily", "idle-daily", "OTHER", "UNKNOWN"],
    ["Firefox", "Fennec", "Thunderbird", "OTHER", "my app", "Fir\u00e9fox"],
    ["nightly", "aurora", "beta", "release", "release-cck", "default", ""],
    ["22.0a1", "9.0", "27.0", "27.0.1", "30.0a1", "OTHER", "3.6/b"],
    ["20130314030914", "20130607030201", "20130607", "20140228", "UNKNOWN", "2013.06"],
    ["20130601", "20130607", "20131119", "20140228", "20131120", "OTHER"],
]
TODAY = 20131121


def random_allowed(rng, level, depth=0):
    words = WORDS[level]
    roll = rng.random()
    if roll < 0.4:
        return "*"
    if roll < 0.6:
        return rng.sample(words + ["*"], rng.randrange(1, 6))
    if roll < 0.66:
        return rng.choice(words)
    if roll < 0.67:
        return rng.choice([None, True, 7, 1.5, ["a", 3], {"min": 20130601}, {"max": None}, {"glob": 4}])
    allowed = {}
    for key in ("min", rng.choice(["max", "through"]), rng.choice(["min", "min", "min", "max"])):
        if rng.random() < 0.3:
            allowed[key] = rng.choice(words)
    if rng.random() < 0.12:
        word = rng.choice(words)
        cut = rng.randrange(0, len(word) + 1)
        allowed["glob"] = rng.choice([word[:cut] + "*", "*" + word[cut:], word[:cut] + "?" + word[cut + 1:],
                                      "[!a-f0-2]*",
                                      "*[2-4]*", "[" + word, "*.*", "[]x-]*"])
    if rng.random() < (0.4 if level > 3 and not allowed else 0.01):
        allowed["days"] = rng.choice([1, 2, 3, 30, 365, 0, -1, 40000])
    if rng.random() < 0.15 and depth < 3:
        allowed["not"] = random_allowed(rng, level, depth + 1)
    if rng.random() < 0.05:
        allowed["unknown"] = 1
    return allowed


def random_filter(rng):
    dimensions = [{"field_name": name, "allowed_values": random_allowed(rng, i)} for i, name in enumerate(NAMES)]
    filter_value = {"version": 1, "dimensions": dimensions}
    roll = rng.random()
    if roll < 0.01:
        filter_value["version"] = rng.choice([0, 2, "1", None])
    elif roll < 0.02:
        dimensions.pop(rng.randrange(6))
    elif roll < 0.03:
        i, j = rng.sample(range(6), 2)
        dimensions[i], dimensions[j] = dimensions[j], dimensions[i]
    elif roll < 0.04:
        dimensions.append({"field_name": "more", "allowed_values": "*"})
    return filter_value


def random_path(rng, filter_value):
    values = []
    for level in range(6):
        value = rng.choice(WORDS[level])
        allowed = "*"
        if level < len(filter_value["dimensions"]):
            allowed = filter_value["dimensions"][level]["allowed_values"]
        if isinstance(allowed, list) and allowed and rng.random() < 0.8:
            value = str(rng.choice(allowed))
        elif isinstance(allowed, str) and allowed != "*" and rng.random() < 0.8:
            values.append(allowed)
            continue
        values.append(sanitise(value) if rng.random() < 0.95 else value)
    tail = rng.choice([".v2.log.0123456789abcdef.lzma", ".log.0123.xz", ""])
    path = "/".join(values[:4]) + "/" + values[4] + "." + values[5] + tail
    if rng.random() < 0.05:
        path = path.replace(rng.choice(["/", "."]), rng.choice(["", "/", "."]), 1)
    return path


def main():
    probe = sys.argv[1]
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else 20000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    rng = random.Random(seed)
    questions, answers = [], []
    for _ in range(cases):
        filter_value = random_filter(rng)
        path = random_path(rng, filter_value)
        questions.append({"filter": json.dumps(filter_value), "path": path, "today": TODAY})
        answers.append(expected(filter_value, path, TODAY))
    stdin = "".join(json.dumps(q) + "\n" for q in questions)
    run = subprocess.run([probe], input=stdin, capture_output=True, text=True, timeout=100, check=True)
    got = run.stdout.split()
    if len(got) != len(answers):
        sys.exit(f"{len(answers)} questions, {len(got)} answers")
    wrong = [i for i in range(cases) if got[i] != answers[i]]
    for i in wrong[:10]:
        print(f"expected {answers[i]}, got {got[i]}: {questions[i]['path']} {questions[i]['filter']}")
    print(f"{cases} cases, seed {seed}: {dict(Counter(answers))}, {len(wrong)} differ")
    if min(Counter(answers).get(kind, 0) for kind in ("0", "1", "error", "misfit")) < cases // 1000:
        sys.exit("the random cases do not cover every answer")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
