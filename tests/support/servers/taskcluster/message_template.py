"""Texts of extra.notify: the part of JSON-e that messages use: ${taskId}, ${status.state}, ${task.tags["kind"]}, and
$${ for the text ${. What goes beyond that JSON-e would work out; here it is an error, which a test sees.

Source: JSON-e, "String interpolation"; services/notify/src/handler.js (renderMessage).
"""
import re

INSERTION = re.compile(r"\$?\$\{([^}]*)\}?")
PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*|\[(\"[^\"]*\"|'[^']*'|\d+)\])*")
STEP = re.compile(r"\.?([A-Za-z_]\w*)|\[(?:\"([^\"]*)\"|'([^']*)'|(\d+))\]")


class TemplateError(Exception):
    """Its text is what the notify service puts in place of the message."""


def render(value, context):
    """`value` with all its insertions made; TemplateError when one cannot be."""
    if isinstance(value, dict):
        operators = [name for name in value if name.startswith("$") and not name.startswith("$$")]
        if operators:
            raise TemplateError(f"TemplateError: operators are not known here: {', '.join(operators)}")
        return {name.replace("$$", "$", 1): render(item, context) for name, item in value.items()}
    if isinstance(value, list):
        return [render(item, context) for item in value]
    if not isinstance(value, str):
        return value
    return INSERTION.sub(lambda match: inserted(match, context), value)


def inserted(match, context):
    if match[0].startswith("$$"):
        return match[0][1:]
    expression = match[1].strip()
    if not match[0].endswith("}"):
        raise TemplateError("SyntaxError: unterminated ${..} expression")
    if not PATH.fullmatch(expression):
        raise TemplateError(f"SyntaxError: expressions beyond a path are not known here: {expression}")
    value = context
    for number, step in enumerate(STEP.finditer(expression)):
        name = next(part for part in step.groups() if part is not None)
        if isinstance(value, list) and step[4] and int(name) < len(value):
            value = value[int(name)]
        elif isinstance(value, dict) and name in value:
            value = value[name]
        else:
            wrong = f"unknown context value {name}" if not number else f'object has no property "{name}"'
            raise TemplateError(f"InterpreterError: {wrong}")
    return shown(value, expression)


def shown(value, expression):
    if isinstance(value, (dict, list)):
        raise TemplateError(f"TemplateError: interpolation of '{expression}' produced an array or object")
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
