"""Loads the user's script, and says in one line what went wrong in it."""

import importlib.machinery
import importlib.util
import json
import os
import sys
import traceback

REASON_CHARACTERS = 300
KEY_CHARACTERS = 80
TRACE_FRAMES = 6


class ScriptError(Exception):
    """Something about the script that its author has to change; the text says all."""


def load(path, function_name, arguments):
    """The function of that name. The script sees sys.argv and sys.path as if it was started by itself, but a
    `__name__` of its own, so that a `if __name__ == "__main__"` part does not run."""
    path = os.path.abspath(path)
    if not os.path.isfile(path):
        raise ScriptError("no script at " + path)
    sys.dont_write_bytecode = True  # leave no __pycache__ behind in the user's folder
    sys.path.insert(0, os.path.dirname(path))
    sys.argv = [path, *arguments]
    name = os.path.splitext(os.path.basename(path))[0].replace("-", "_")
    if name in sys.modules:  # json.py, say
        name += "_script"
    loader = importlib.machinery.SourceFileLoader(name, path)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    function = getattr(module, function_name, None)
    if not callable(function):
        raise ScriptError(_no_function(path, function_name, module))
    return function


def _no_function(path, function_name, module):
    names = [
        name
        for name, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", None) == module.__name__
    ]
    there = "it has: " + ", ".join(names[:20]) if names else "it defines none"
    return "%s has no function %r; %s" % (os.path.basename(path), function_name, there)


def describe_load_error(error, path):
    if isinstance(error, ScriptError):
        return str(error)
    if isinstance(error, SystemExit):
        return "%s ended the process while it was loaded (exit status %r)" % (os.path.basename(path), error.code)
    if isinstance(error, SyntaxError) and error.filename:
        where = "%s:%s" % (os.path.basename(error.filename), error.lineno)
        return _one_line("%s: %s at %s" % (type(error).__name__, error.msg, where))
    return describe(error, os.path.dirname(os.path.abspath(path)))


def describe(error, folder):
    """One line: "KeyError: 'OS' at mapper.py:12". The place is the innermost one in the user's folder."""
    text = "%s: %s" % (type(error).__name__, _text_of(error)) if _text_of(error) else type(error).__name__
    where = ""
    step = error.__traceback__
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        if file.startswith(folder + os.sep):
            where = " at %s:%d" % (file[len(folder) + 1 :], step.tb_lineno)
        step = step.tb_next
    return _one_line(text, REASON_CHARACTERS - len(where)) + where


def describe_at_key(error, key, folder):
    """One line: 'key "WINNT": ValueError: no sum at reducer.py:3'."""
    if len(key) > KEY_CHARACTERS:
        key = key[: KEY_CHARACTERS - 3] + "..."
    shown = json.dumps(key, ensure_ascii=False).encode("utf-8", "backslashreplace").decode("utf-8")
    return "key %s: %s" % (shown, describe(error, folder))


def short_trace(error):
    lines = traceback.format_exception(type(error), error, error.__traceback__, limit=-TRACE_FRAMES)
    return "".join(lines)[-4000:]


def _text_of(error):
    try:
        return str(error)
    except Exception:
        return "(its text cannot be shown)"


def _one_line(text, limit=REASON_CHARACTERS):
    text = " ".join(text.split())
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text if len(text) <= limit else text[: limit - 3] + "..."
