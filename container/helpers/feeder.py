#!/usr/bin/env python3
"""Feeder for Python scripts: hands records to the user's mapper, or groups to the user's reducer (PROTOCOL.md).

    python3 feeder.py map --script PATH --function NAME --format FORMAT [--lazy] [--memory BYTES] -- ARGUMENTS...
    python3 feeder.py reduce --script PATH --function NAME -- ARGUMENTS...

Python 3.9 or newer, standard library alone; orjson is used when it can be imported.
"""

import gc
import json
import os
import sys

import af_parse
import af_script
import af_streams

FORMATS = ("uuid-json", "json-lines", "lines", "tsv")
USAGE = (
    "usage: feeder.py map|reduce --script PATH --function NAME [--format FORMAT] [--lazy] [--memory BYTES] "
    "[-- ARGUMENTS...]"
)


class Options:
    def __init__(self, argv):
        """`argv` without the program's own name; ends the process with status 2 for what the usage does not have."""
        cut = argv.index("--") if "--" in argv else len(argv)
        own, self.arguments = argv[:cut], argv[cut + 1 :]
        self.mode = own.pop(0) if own else None
        self.script = self.function = None
        self.format, self.lazy, self.memory = FORMATS[0], False, 0
        while own:
            name = own.pop(0)
            if name == "--lazy":
                self.lazy = True
            elif name in ("--script", "--function", "--format", "--memory") and own:
                setattr(self, name[2:], own.pop(0))
            else:
                refuse("%s is unknown, or without a value" % name)
        if self.mode not in ("map", "reduce"):
            refuse("the first argument is not map or reduce")
        if not self.script or not self.function:
            refuse("--script or --function is missing")
        if self.format not in FORMATS:
            refuse("--format is none of " + ", ".join(FORMATS))
        if not str(self.memory).isdecimal():
            refuse("--memory is not a number")
        self.memory = int(self.memory)


def refuse(what):
    sys.stderr.write("feeder.py: %s\n%s\n" % (what, USAGE))
    sys.exit(2)


def not_lazy(options):
    """Why records are not lazy; None: they may be, if the script is fit for it."""
    if not options.lazy or options.mode != "map":
        return "not asked for"
    if options.format not in ("uuid-json", "json-lines"):
        return "records are not JSON"
    return "AF_LAZY=0" if os.environ.get("AF_LAZY", "1") == "0" else None


def main():
    options = Options(sys.argv[1:])
    why = not_lazy(options)
    # Each import is a part of every start, so only what is needed; and before the user's folder is on sys.path.
    if options.mode == "map":
        import af_map
    else:
        import af_reduce
    if why is None:
        import af_lazy_gate
    memory = af_streams.take_memory(options.memory) if options.memory else None
    requests, answers = af_streams.take_protocol_streams()
    counters = af_streams.redirect_user_streams(take_counters=options.mode == "map")
    sys.path.pop(0)  # the feeder's own folder
    try:
        parser = af_parse.choose(os.environ.get("AF_JSON"))
        function = af_script.load(options.script, options.function, options.arguments)
        why = why or af_lazy_gate.objection(options.script)
    except BaseException as error:  # SystemExit too: the engine learns why before the process ends
        account = {"error": af_script.describe_load_error(error, options.script), "trace": af_script.short_trace(error)}
        answers.write(b"failed %s\n" % json.dumps(account).encode())
        answers.flush()
        if isinstance(error, Exception):
            sys.exit(1)
        raise
    options.lazy = why is None
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
