#!/usr/bin/env python3
"""af and the peers that are installed, in turns, on the same data; prints how many times as long each peer takes.

  af-bench compare                                   all of it, on made data of 100 MB
  af-bench compare --set DIR --rows os-count,fetch   on what `af-bench generate --out DIR` made
  af-bench compare --from-s3 --rows builtin,languages   af reads it from a signed S3 server, peers from files
  af-bench compare --short --expected bench/expected.json      what CI runs: fails when a ratio fell by more than 25 %

A row of the table is af against one peer: wall seconds of both, and peer / af, the median of the pairs with its range;
more is better. With --from-s3 (not for fetch, where all do, nor reduce) what the server took of the same processors is
told behind the ratio, in CPU seconds while af ran. Peers that are not installed are skipped with one line. Where both
print the same answer it is compared too. Exit status 0; 3, with a line for each, when ratios fell; else as in the table
of the README.
"""
import argparse
import contextlib
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
sys.path[:0] = [HERE, os.path.join(TOP, "tests", "support", "servers")]
from compare import run_once, spread  # noqa: E402  (their folders are known only now)
from running_server import RunningServer  # noqa: E402

PYTHON = "/usr/bin/python3"
EXAMPLES = os.path.join(TOP, "container", "examples")
OS_COUNT = os.path.join(EXAMPLES, "os-count")
OS_COUNT_JS = os.path.join(EXAMPLES, "os-count-js")
BUILTIN = os.path.join(EXAMPLES, "os-count-builtin")
DUCKDB = os.path.join("node_modules", "@duckdb", "node-api")
ALLOWED_FALL = 0.25
CODECS = ("lzma", "gz", "zst")

# The os-count of an analyst who needs all of a record: each value of it is visited, as by plain_python.py --touch-all.
TOUCH_ALL = """def leaves(value):
    if isinstance(value, dict):
        return sum(map(leaves, value.values()))
    if isinstance(value, list):
        return sum(map(leaves, value))
    return 1


def mapper(uuid, file, js):
    leaves(js)
    return js['info']['OS'] + ' 1\\n'
"""
TOUCH_ALL_JOB = """map: {language: python, script: mapper.py}
reduce: {language: python, script: reducer.py}
"""


class Row:
    """af and one peer: shell commands. `needs`: programs without which it is skipped. `same`: their answers must agree.
    `judged`: by wall seconds where the peer keeps all processors busy too; by CPU seconds where it has one thread, so
    that what else the machine does tells on both alike. `server`: whom ours asks, where that is to be told."""

    def __init__(self, name, ours, peer, needs=(), same=True, judged="wall", server=None):
        self.name, self.ours, self.peer, self.needs, self.same, self.judged = name, ours, peer, needs, same, judged
        self.server = server

    def missing(self):
        return [program for program in self.needs if not shutil.which(program) and not os.path.exists(program)]


def write(path, text, mode=0o644):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def job(folder, name, yaml, **scripts):
    place = os.path.join(folder, name)
    os.mkdir(place)
    write(os.path.join(place, "analysis-tools.yml"), yaml)
    for script, text in scripts.items():
        write(os.path.join(place, script), text, 0o755)
    return place


def signed(server):
    return (f"env AWS_ENDPOINT_URL={server.url} AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret "
            "AWS_REGION=us-east-1")


def cpu_seconds(process):
    """User and system seconds of a process so far, proc(5)."""
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Rows:
    """Makes the data that a row needs when it is asked for."""

    def __init__(self, options, folder, stack):
        self.options, self.folder, self.stack = options, folder, stack
        self.af = os.path.join(options.bin, "af")
        self.processors = len(os.sched_getaffinity(0))
        self.servers = {}

    def data(self, codec):
        if self.options.set:
            return os.path.join(os.path.abspath(self.options.set), "data")
        made = os.path.join(self.folder, codec)
        if not os.path.isdir(made):
            subprocess.run([os.path.join(self.options.bin, "af-bench"), "generate", "--out", made, "--bytes",
                            self.options.bytes, "--codec", codec], check=True, stdout=subprocess.DEVNULL)
        return os.path.join(made, "data")

    def codecs(self):
        return ("set",) if self.options.set else CODECS

    def server(self, data):
        """Serves `data` as the bucket "tele", to those who sign as key:secret and, where nothing is signed, to all."""
        if data not in self.servers:
            self.servers[data] = self.stack.enter_context(
                RunningServer({}, "--credential", "key:secret", "--anonymous-bucket", "tele"))
            os.symlink(data, os.path.join(self.servers[data].root, "tele"))
        return self.servers[data]

    def ours(self, job_folder, data):
        """The command of af for a job on `data`, and the server that it reads from, if any."""
        run = f"{self.af} run -q --no-tuning --job {job_folder}"
        if not self.options.from_s3:
            return f"{run} {data}", None
        server = self.server(data)
        return f"{signed(server)} {run} s3://tele/", server

    def floor_of(self, data):
        return f"{self.options.bin}/af-floor -t {self.processors} {data}"

    def os_count(self):
        for codec in self.codecs():
            data = self.data(codec)
            ours, server = self.ours(OS_COUNT, data)
            yield Row(f"os-count {codec}: plain Python", ours,
                      f"{PYTHON} {HERE}/peers/plain_python.py --processes {self.processors} {data}",
                      ("zstd",) if codec == "zst" else (), server=server)

    def floor(self):
        for codec in self.codecs():
            data = self.data(codec)
            ours, server = self.ours(OS_COUNT, data)
            yield Row(f"os-count {codec}: decoding alone", ours, self.floor_of(data), same=False, server=server)

    def languages(self):
        """JavaScript beside decoding, as `floor` has Python, and Python that touches every value beside a script."""
        data = self.data("lzma")
        ours, server = self.ours(OS_COUNT_JS, data)
        yield Row("os-count in JavaScript: decoding", ours, self.floor_of(data), ("node",), same=False, server=server)
        with open(os.path.join(OS_COUNT, "reducer.py"), encoding="utf-8") as file:
            scripts = {"mapper.py": TOUCH_ALL, "reducer.py": file.read()}
        ours, server = self.ours(job(self.folder, "touch-all", TOUCH_ALL_JOB, **scripts), data)
        yield Row("touch all, Python: plain Python", ours,
                  f"{PYTHON} {HERE}/peers/plain_python.py --touch-all --processes {self.processors} {data}",
                  server=server)

    def duckdb(self, question, data):
        place = os.path.abspath(self.options.duckdb)
        command = f"sh -c \"cd {place} && node {HERE}/peers/duckdb.mjs {question} {data}\""
        return command, ("node", os.path.join(place, DUCKDB))

    def builtin(self):
        """No function of the user: the engine alone, against decoding alone and a database that does the same."""
        for codec in self.codecs():
            data = self.data(codec)
            ours, server = self.ours(BUILTIN, data)
            yield Row(f"builtin os-count {codec}: decoding", ours, self.floor_of(data), same=False, server=server)
            if codec == "lzma":
                continue  # which DuckDB does not read
            peer, needs = self.duckdb("os-count", data)
            yield Row(f"builtin os-count {codec}: DuckDB", f"sh -c \"{ours} | tr '\\t' ' '\"", peer, needs,
                      server=server)

    def jq(self):
        data = self.data("lzma")
        each = "xz --format=lzma -dc \"$1\" | cut -f2 | jq -r .info.OS"
        ours, server = self.ours(OS_COUNT, data)
        yield Row("os-count lzma: xz | jq | sort", ours,
                  f"sh -c \"find {data} -type f -print0 | xargs -0 -n 1 -P {self.processors} sh -c '{each}' - | "
                  "sort | uniq -c | "
                  "awk '{print \\$2, \\$1}'\"".replace("\"$1\"", "\\\"\\$1\\\""), ("xz", "jq"), server=server)

    def fetch(self):
        """Signed S3 against curl, with signatures and without, each given the same names in the same order, from one
        server that costs more than any of its clients."""
        data = self.data("lzma")
        server = self.server(data)
        keys = sorted(os.path.relpath(os.path.join(place, name), data)
                      for place, _, names in os.walk(data) for name in names)
        urls = write(os.path.join(self.folder, "urls"),
                     "".join(f'url = "{server.url}/tele/{key}"\noutput = "/dev/null"\n' for key in keys))
        names = write(os.path.join(self.folder, "names"), "".join(f"s3://tele/{key}\n" for key in keys))
        ours = f"{signed(server)} sh -c \"{self.options.bin}/af-bench fetch - < {names}\""
        curl = f"curl -fsZ --parallel-max 16 -K {urls}"
        yield Row("fetch: curl -Z", ours, f"{curl} 2>/dev/null", ("curl",), same=False)
        yield Row("fetch: curl -Z --aws-sigv4", ours,
                  f"{curl} --aws-sigv4 aws:amz:us-east-1:s3 --user key:secret "
                  "-H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' 2>/dev/null", ("curl",), same=False)
        yield Row("fetch: rclone", ours,
                  f"env RCLONE_CONFIG_T_TYPE=s3 RCLONE_CONFIG_T_PROVIDER=Other RCLONE_CONFIG_T_ENDPOINT={server.url} "
                  "RCLONE_CONFIG_T_ACCESS_KEY_ID=key RCLONE_CONFIG_T_SECRET_ACCESS_KEY=secret "
                  "RCLONE_CONFIG_T_REGION=us-east-1 "
                  f"rclone --transfers 16 copy T:tele {self.folder}/rclone", ("rclone",), same=False)

    def pairs(self):
        made = os.path.join(self.folder, "pairs")
        if not os.path.isdir(made):
            subprocess.run([os.path.join(self.options.bin, "af-bench"), "generate-pairs", "--out", made, "--lines",
                            str(self.options.pairs),
                            "--keys", str(max(1, self.options.pairs // 20))], check=True, stdout=subprocess.DEVNULL)
        return made

    def reduce(self):
        """Sums of whole numbers by key: all of it, and beside programs that read lines, lines."""
        pairs = self.pairs()
        add = job(self.folder, "sum",
                  "map: {language: builtin, key: '[0]', value: '[1]', operation: sum}\nrecords: {format: tsv}\n")
        ours = f"{self.af} run -q --no-tuning --job {add} {pairs}"
        yield Row("reduce: a flat hash, one thread", ours, f"{self.options.bin}/af-flat-hash {pairs}", judged="cpu")
        yield Row("reduce: DuckDB", ours, *self.duckdb("sum", pairs))
        awk = "'{n[\\$1] += \\$2} END {for (k in n) print k \\\"\\t\\\" n[k]}'"
        yield Row("reduce: mawk", ours, f"sh -c \"mawk {awk} {pairs}/* | LC_ALL=C sort\"", ("mawk",), judged="cpu")
        grouped = ("'\\$1 != k {if (NR > 1) print k \\\"\\t\\\" n; k = \\$1; n = 0} "
                   "{n += \\$2} END {print k \\\"\\t\\\" n}'")
        yield Row("reduce: sort | mawk", ours, f"sh -c \"LC_ALL=C sort {pairs}/* | mawk {grouped}\"", ("mawk", "sort"),
                  judged="cpu")

    def all(self, chosen):
        for name in chosen:
            yield from getattr(self, name.replace("-", "_"))()


ROWS = ("os-count", "builtin", "floor", "languages", "jq", "fetch", "reduce")


STATUSES = {"USAGE": 2, "DATA": 65, "CHILD_EXIT": 80}


def fail(name, what, last, hint):
    """Ends with the one line and the status that every subcommand of af-bench ends with (bench/main.cpp)."""
    what, last, hint = (json.dumps(text, ensure_ascii=False) for text in (what, last, hint))
    print(f"af-bench: ERROR {name} exit={STATUSES[name]} what={what} last={last} hint={hint}", file=sys.stderr)
    sys.exit(STATUSES[name])


class Arguments(argparse.ArgumentParser):
    def error(self, message):
        fail("USAGE", self.prog, message, f"see {self.prog} --help")


def measure(row, options):
    """Pairs of a row, after one that is not counted; raises SystemExit when something failed."""
    pairs, served = [], []
    for turn in range(options.runs + 1):
        before = cpu_seconds(row.server.process) if row.server else 0
        ours = run_once(row.ours, options.timeout)
        after = cpu_seconds(row.server.process) if row.server else 0
        peer = run_once(row.peer, options.timeout)
        for who, run in (("af", ours), ("the peer", peer)):
            if run["status"] != 0:
                fail("CHILD_EXIT", row.name, f"{who} ended with status {run['status']}", "run it by hand")
        if row.same and ours["stdout_sha256"] != peer["stdout_sha256"]:
            fail("DATA", row.name, "af and the peer answer differently", "compare what both print")
        if turn:
            pairs.append((ours, peer))
            served.append(after - before)
    return {"name": row.name, "pairs": len(pairs), "af_s": spread([a["wall_s"] for a, _ in pairs]),
            "peer_s": spread([b["wall_s"] for _, b in pairs]),
            "server_cpu_s": spread(served) if row.server else None,
            "af_cpu_s": spread([a["cpu_s"] for a, _ in pairs]), "peer_cpu_s": spread([b["cpu_s"] for _, b in pairs]),
            "ratio": spread([b["wall_s"] / a["wall_s"] for a, b in pairs]),
            "judged": spread([b[f"{row.judged}_s"] / a[f"{row.judged}_s"] for a, b in pairs])}


def print_row(result):
    ratio, served = result["ratio"], result["server_cpu_s"]
    print(f"{result['name']:34}{result['af_s']['median']:9.2f}{result['peer_s']['median']:9.2f}{ratio['median']:9.2f}  "
          f"({ratio['min']:.2f} - {ratio['max']:.2f})" + (f"  server {served['median']:.2f} s" if served else ""),
          flush=True)


def expected_of(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)["peer_over_af"]
    except (OSError, ValueError, KeyError) as error:
        fail("USAGE", path, f"no ratios can be read from it: {error!r}", "--keep FILE writes what is measured")


def fallen(results, expected):
    """Lines about the rows whose best pair is more than 25 % below what is expected: noise seldom spares every pair."""
    lines = []
    for result in results:
        wanted = expected.get(result["name"])
        judged = result["judged"]
        if wanted is not None and judged["max"] < wanted * (1 - ALLOWED_FALL):
            lines.append(f"{result['name']}: peer/af was {wanted:.2f}, is {judged['median']:.2f} (at best "
                         f"{judged['max']:.2f})")
    return lines


def parse_arguments():
    parser = Arguments(prog="af-bench compare", description=__doc__,
                       formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(TOP, "build", "release", "bin"),
                        help="where af, af-bench and af-floor are")
    parser.add_argument("--set", help="data that af-bench generate made, instead of data made now")
    parser.add_argument("--bytes", default="100MB", help="of made data, uncompressed")
    parser.add_argument("--pairs", type=int, default=2_000_000, help="lines of the reduce rows")
    parser.add_argument("--rows", default=",".join(ROWS), help="some of " + ",".join(ROWS))
    parser.add_argument("--runs", type=int, default=5, help="pairs of a row")
    parser.add_argument("--from-s3", action="store_true", help="af reads from a signed S3 server on loopback")
    parser.add_argument("--short", action="store_true",
                        help="little data, three pairs, the rows that need nothing else installed")
    parser.add_argument("--expected", metavar="FILE", help="ratios; a fall of more than 25 %% is a failure")
    parser.add_argument("--keep", metavar="FILE",
                        help="write the ratios measured now there, to be expected from now on")
    parser.add_argument("--duckdb", metavar="DIR", default=".",
                        help="in whose node_modules npm put @duckdb/node-api (here)")
    parser.add_argument("--timeout", type=int, default=300, help="seconds for one run")
    parser.add_argument("--json", metavar="FILE", help="every figure, with the date and the machine")
    options = parser.parse_args()
    if options.short:
        options.bytes, options.pairs, options.runs, options.rows = "30MB", 1_000_000, 3, "os-count,builtin,reduce"
    options.rows = options.rows.split(",")
    if wrong := set(options.rows) - set(ROWS):
        parser.error(f"no rows called {', '.join(sorted(wrong))}")
    if options.from_s3 and (options.expected or options.keep):
        parser.error("--expected and --keep are of local files, not for --from-s3")
    if options.runs < 1 or options.pairs < 1:
        parser.error("--runs and --pairs start at 1")
    return options


def compare(options):
    results, skipped = [], {}
    with tempfile.TemporaryDirectory(prefix="af-bench-") as folder, contextlib.ExitStack() as stack:
        for row in Rows(options, folder, stack).all(options.rows):
            if missing := row.missing():
                skipped[row.name] = missing
                continue
            results.append(measure(row, options))
            print_row(results[-1])
    if skipped:
        print("skipped, not installed: " + "; ".join(f"{name} ({', '.join(programs)})"
                                                     for name, programs in skipped.items()))
    return results


def main():
    options = parse_arguments()
    print(f"{'':34}{'af s':>9}{'peer s':>9}{'peer/af':>9}  (of pairs)")
    results = compare(options)
    if options.json:
        load = os.getloadavg()
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
                       "processors": len(os.sched_getaffinity(0)), "system": os.uname().release,
                       "load_before_end": load,
                       "bytes": options.bytes, "from_s3": options.from_s3, "rows": results}, file, indent=1)
            file.write("\n")
    if options.keep:
        with open(options.keep, "w", encoding="utf-8") as file:
            json.dump({"about": "peer seconds / af seconds (of CPU, where the peer has one thread), medians of "
                                "`af-bench compare --short --keep FILE`",
                       "peer_over_af": {row["name"]: round(row["judged"]["median"], 2) for row in results}}, file,
                      indent=1)
            file.write("\n")
    if options.expected:
        expected = expected_of(options.expected)
        if not any(result["name"] in expected for result in results):
            fail("USAGE", options.expected, "it expects nothing of these rows", "--keep FILE writes what is measured")
        lines = fallen(results, expected)
        for line in lines:
            print("slower than it was: " + line, file=sys.stderr)
        if lines:
            sys.exit(3)


if __name__ == "__main__":
    main()
