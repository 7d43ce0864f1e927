#!/usr/bin/env python3
"""Feeder for Python scripts: hands records to the user's mapper, or groups to the user's reducer (PROTOCOL.md).

    python3 feeder.py map --script PATH --function NAME --format FORMAT [--lazy] [--memory BYTES] -- ARGUMENTS...
    python3 feeder.py reduce --script PATH --function NAME -- ARGUMENTS...

Python 3.9 or newer, standard library alone; orjson is used when it can be imported.
"""

import argparse
import gc
import json
import os
import sys

import af_lazy_gate
import af_map
import af_parse
import af_reduce
import af_script
import af_streams


def parse_arguments(argv):
    own, script_arguments = argv, []
    if "--" in argv:
        cut = argv.index("--")
        own, script_arguments = argv[:cut], argv[cut + 1 :]
    parser = argparse.ArgumentParser(prog="feeder.py", allow_abbrev=False)
    parser.add_argument("mode", choices=["map", "reduce"])
    parser.add_argument("--script", required=True)
    parser.add_argument("--function", required=True)
    parser.add_argument("--format", choices=["uuid-json", "json-lines", "lines", "tsv"], default="uuid-json")
    parser.add_argument("--lazy", action="store_true")
    parser.add_argument("--memory", type=int, default=0)
    options = parser.parse_args(own)
    options.arguments = script_arguments
    return options


def lazy_decision(options):
    """(may records be lazy, why not)"""
    if not options.lazy or options.mode != "map":
        return False, "not asked for"
    if options.format not in ("uuid-json", "json-lines"):
        return False, "records are not JSON"
    if os.environ.get("AF_LAZY", "1") == "0":
        return False, "AF_LAZY=0"
    reason = af_lazy_gate.objection(options.script)
    return reason is None, reason


def main():
    options = parse_arguments(sys.argv[1:])
    memory = af_streams.take_memory(options.memory) if options.memory else None
    requests, answers = af_streams.take_protocol_streams()
    counters = af_streams.redirect_user_streams(take_counters=options.mode == "map")
    sys.path.pop(0)  # the feeder's own folder
    try:
        parser = af_parse.choose(os.environ.get("AF_JSON"))
        function = af_script.load(options.script, options.function, options.arguments)
        options.lazy, why = lazy_decision(options)
    except BaseException as error:  # SystemExit too: the engine learns why before the process ends
        account = {"error": af_script.describe_load_error(error, options.script), "trace": af_script.short_trace(error)}
        answers.write(b"failed %s\n" % json.dumps(account).encode())
        answers.flush()
        if isinstance(error, Exception):
            sys.exit(1)
        raise
    version = "%d.%d.%d" % sys.version_info[:3]
    account = {"protocol": 1, "language": "python", "version": version, "json": parser.name, "lazy": options.lazy}
    account["memory"] = memory is not None
    if not options.lazy:
        account["why"] = why
    answers.write(b"ready %s\n" % json.dumps(account).encode())
    answers.flush()

    # What is loaded by now lives for good, and parsed JSON has no cycles: let the collector run seldom.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    if options.mode == "map":
        af_map.serve(requests, memory, answers, function, options, parser, counters)
    else:
        af_reduce.serve(requests, answers, function, options.script)


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        # The engine is gone: nobody is left to tell. Keep the interpreter from flushing into the broken pipe.
        os._exit(1)
