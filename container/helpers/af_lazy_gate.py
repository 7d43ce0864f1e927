"""Decides whether a script may be given lazy records: only when nothing in it could see that they are not plain dicts.

LazyRecord answers every method and operator as a dict does. Two ways lead past its methods: asking for the exact type
(`type(js) is dict`), and C code that reads the memory of a dict (`dict.get(js, key)`, numpy, pandas, marshal). And a
forked child would read its records from memory that holds others by then. So a script, and each module of its folder
that it imports, is read before it is used. It may import these modules of the standard library, checked for that, and
none of the names below. Whatever is not known to be safe is refused; the script then gets plain dicts and works as
well, only slower.
"""

import ast
import os

SAFE_MODULES = frozenset(
    "__future__ abc argparse array base64 binascii bisect calendar cmath collections contextlib copy csv dataclasses "
    "datetime decimal enum errno fractions functools glob gzip hashlib heapq hmac html io ipaddress itertools json "
    "keyword locale logging math numbers operator os pathlib pickle platform random re secrets shlex stat statistics "
    "string struct sys textwrap time traceback types typing unicodedata urllib uuid warnings zlib zoneinfo".split()
)
UNSAFE_NAMES = frozenset(
    "__class__ __dict__ __import__ __subclasses__ __mro__ compile ctypes eval exec fork forkpty gc globals importlib "
    "locals maketrans marshal mro super type vars".split()
)
# `dict` itself may be called, asked for by isinstance, named in an annotation, or used for fromkeys.
DICT_USERS = frozenset(["isinstance", "issubclass", "defaultdict"])


def objection(script):
    """None, or why the script gets plain dicts, as one line with the place."""
    waiting, seen = [os.path.abspath(script)], set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        with open(path, "rb") as file:
            tree = ast.parse(file.read(), path)
        reader = _Reader(os.path.dirname(os.path.abspath(script)))
        reader.visit(tree)
        if reader.found:
            line, what = reader.found
            return "%s:%d %s" % (os.path.basename(path), line, what)
        waiting.extend(reader.modules)
    return None


class _Reader(ast.NodeVisitor):
    def __init__(self, folder):
        self._folder = folder
        self.modules = []  # files of the user's that are imported
        self.found = None

    def _refuse(self, node, what):
        self.found = self.found or (node.lineno, what)

    def _import(self, node, name):
        local = os.path.join(self._folder, *name.split("."))
        top = name.split(".")[0]
        if os.path.isfile(os.path.join(self._folder, top + ".py")) and "." not in name:
            self.modules.append(local + ".py")
        elif os.path.exists(os.path.join(self._folder, top)) or top not in SAFE_MODULES:
            self._refuse(node, "imports " + name)

    def visit_Import(self, node):
        for alias in node.names:
            self._import(node, alias.name)

    def visit_ImportFrom(self, node):
        if node.level:
            self._refuse(node, "imports relative to a package")
        else:
            self._import(node, node.module)
        for alias in node.names:
            if alias.name in UNSAFE_NAMES or alias.name == "*":
                self._refuse(node, "imports " + alias.name)

    def visit_Name(self, node):
        if node.id in UNSAFE_NAMES or node.id == "dict":
            self._refuse(node, "uses " + node.id)

    def visit_Attribute(self, node):
        if node.attr in UNSAFE_NAMES or node.attr == "modules":
            self._refuse(node, "uses " + node.attr)
        if not (_is_dict(node.value) and node.attr == "fromkeys"):
            self.visit(node.value)

    def visit_Call(self, node):
        if not _is_dict(node.func):
            self.visit(node.func)
        allowed = isinstance(node.func, ast.Name) and node.func.id in DICT_USERS
        for argument in node.args:
            if allowed and isinstance(argument, ast.Tuple):
                for element in argument.elts:
                    if not _is_dict(element):
                        self.visit(element)
            elif not (allowed and _is_dict(argument)):
                self.visit(argument)
        for keyword in node.keywords:
            self.visit(keyword.value)

    def visit_arg(self, node):
        pass  # its annotation

    def visit_AnnAssign(self, node):
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    def visit_FunctionDef(self, node):
        for part in [*node.decorator_list, node.args, *node.body]:
            self.visit(part)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Constant(self, node):
        # getattr(js, "__class__") and the like
        if isinstance(node.value, str) and node.value in UNSAFE_NAMES and node.value.startswith("__"):
            self._refuse(node, "names " + node.value)


def _is_dict(node):
    return isinstance(node, ast.Name) and node.id == "dict"
