"""Scopes: the star rule, scope expressions with their templates, roles, and what is missing."""


def covers(have, wanted):
    """Whether one held scope gives one wanted scope: the same, or a prefix that ends in a star."""
    return have == wanted or have.endswith("*") and wanted.startswith(have[:-1])


def satisfied(held, wanted):
    """Whether every wanted scope is covered."""
    return all(any(covers(have, scope) for have in held) for scope in wanted)


def render(template, values):
    """The scope expression of a template, as the API builder renders it: <name> filled in, {for, in, each} repeated,
    {if, then, else} chosen. None stands for a part that fell away."""
    if isinstance(template, str):
        return fill(template, values)
    if "for" in template:
        return [fill(template["each"], {**values, template["for"]: value}) for value in values[template["in"]]]
    if "if" in template:
        chosen = template["then"] if values[template["if"]] else template.get("else")
        return None if chosen is None else render(chosen, values)
    (kind, parts), = template.items()
    rendered = []
    for part in parts:
        result = render(part, values)
        rendered += result if isinstance(result, list) else [] if result is None else [result]
    return {kind: rendered}


def fill(text, values):
    """Replaces each <name> by values[name]; KeyError when one is not there."""
    out, rest = [], text
    while "<" in rest:
        before, _, rest = rest.partition("<")
        name, closed, rest = rest.partition(">")
        if not closed:
            return text
        out += [before, str(values[name])]
    return "".join(out) + rest


def names_in(template):
    """The names a template needs before it can be rendered."""
    if isinstance(template, str):
        return {part.partition(">")[0] for part in template.split("<")[1:]}
    if "for" in template:
        return names_in(template["each"]) - {template["for"]} | {template["in"]}
    if "if" in template:
        return {template["if"]} | names_in(template["then"]) | names_in(template.get("else", ""))
    return set().union(*(names_in(part) for parts in template.values() for part in parts))


def missing(expression, held):
    """The part of a scope expression that `held` does not satisfy, None when it satisfies all."""
    if isinstance(expression, str):
        return None if satisfied(held, [expression]) else expression
    (kind, parts), = expression.items()
    lacking = [part for part in (missing(part, held) for part in parts) if part is not None]
    if kind == "AnyOf" and (len(lacking) < len(parts) or not parts) or not lacking:
        return None
    return lacking[0] if len(lacking) == 1 else {kind: lacking}


def expanded(held, roles):
    """All scopes that `held` gives when each "assume:ROLE" is followed, shortest form, sorted."""
    found, waiting = set(), list(held)
    while waiting:
        scope = waiting.pop()
        if scope in found:
            continue
        found.add(scope)
        for role, granted in roles.items():
            assumed = "assume:" + role
            if covers(scope, assumed) or role.endswith("*") and covers(assumed, scope):
                waiting += granted
    return sorted(scope for scope in found if not any(covers(other, scope) for other in found if other != scope))
