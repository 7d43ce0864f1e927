"""Session policies as AWS reads them: what a document may look like, and whether it lets a request happen.

Known  Effect, Action, NotAction, Resource, NotResource with * and ?; Condition with the operators of OPERATORS (and
       their ...IfExists forms) over the keys that a request has. What is not known is refused as malformed.
Source IAM user guide, "IAM JSON policy elements reference" and "Policy evaluation logic": a Deny wins, and what nothing
       allows is not allowed.
"""
import json
import re

VERSIONS = ("2012-10-17", "2008-10-17")
FIELDS = {"Version", "Id", "Statement"}
STATEMENT_FIELDS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
SID = re.compile(r"[0-9A-Za-z]*")
ACTION = re.compile(r"\*|[a-z0-9-]+:[A-Za-z0-9*?]+")
ARN = re.compile(r"arn:[^:]*:[^:]*:[^:]*:[^:]*:.+", re.DOTALL)


class Malformed(Exception):
    """Its text is the message of MalformedPolicyDocument."""


class Policy:
    """A checked document. Threads: any."""

    def __init__(self, text):
        self.text = text
        self.statements = checked(text)

    def allows(self, action, resource, context):
        """`context` holds the condition keys that the request has, e.g. {"s3:prefix": "v4/"}."""
        effects = {one["Effect"] for one in self.statements if applies(one, action, resource, context)}
        return effects == {"Allow"}


def checked(text):
    """The statements of a document; Malformed for what IAM refuses."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed("This policy contains invalid Json") from None
    if not isinstance(document, dict) or set(document) - FIELDS or "Statement" not in document:
        raise Malformed("Syntax errors in policy.")
    if document.get("Version", VERSIONS[0]) not in VERSIONS:
        raise Malformed("The policy must contain a valid version string")
    statements = as_list(document["Statement"])
    if not statements or not all(isinstance(one, dict) for one in statements):
        raise Malformed("Syntax errors in policy.")
    for one in statements:
        check_statement(one)
    named = [one["Sid"] for one in statements if one.get("Sid")]
    if len(set(named)) != len(named):
        raise Malformed("Statement IDs (SID) in a single policy must be unique.")
    return statements


def check_statement(statement):
    if "Principal" in statement or "NotPrincipal" in statement:
        raise Malformed("Policy document should not specify a principal.")
    if set(statement) - STATEMENT_FIELDS or statement.get("Effect") not in ("Allow", "Deny"):
        raise Malformed("Syntax errors in policy.")
    if not isinstance(statement.get("Sid", ""), str) or not SID.fullmatch(statement.get("Sid", "")):
        raise Malformed("Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
                        "expression [0-9A-Za-z]*")
    for name, pattern, wrong in (
            ("Action", ACTION, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
            ("Resource", ARN, 'Resource {} must be in ARN format or "*".')):
        given = [field for field in (name, "Not" + name) if field in statement]
        values = as_list(statement[given[0]]) if len(given) == 1 else []
        if not values:
            raise Malformed(f"Policy statement must contain {name.lower()}s.")
        for value in values:
            if not isinstance(value, str):
                raise Malformed("Syntax errors in policy.")
            if value != "*" and not pattern.fullmatch(value):
                raise Malformed(wrong.format(value))
    conditions = statement.get("Condition", {})
    if not isinstance(conditions, dict):
        raise Malformed("Syntax errors in policy.")
    for operator, keys in conditions.items():
        if operator.removesuffix("IfExists") not in OPERATORS:
            raise Malformed(f"Invalid Condition type : {operator}.")
        if not isinstance(keys, dict) or not all(isinstance(value, (str, bool, int)) for wanted in keys.values()
                                                 for value in as_list(wanted)):
            raise Malformed("Syntax errors in policy.")


def applies(statement, action, resource, context):
    def named(field, value, fold):
        patterns = as_list(statement.get(field, statement.get("Not" + field)))
        return any(like(value, pattern, fold) for pattern in patterns) == (field in statement)
    return (named("Action", action, True) and named("Resource", resource, False)
            and all(holds(operator, key, as_list(wanted), context)
                    for operator, keys in statement.get("Condition", {}).items() for key, wanted in keys.items()))


def holds(operator, key, wanted, context):
    value = {name.lower(): text for name, text in context.items()}.get(key.lower())
    if operator == "Null":
        return any((value is None) == (str(one).lower() == "true") for one in wanted)
    bare = operator.removesuffix("IfExists")
    if value is None:
        return operator != bare or bare.startswith(("StringNot", "NumericNot"))
    return OPERATORS[bare](value, [str(one) for one in wanted])


def like(value, pattern, fold=False):
    parts = {"*": ".*", "?": "."}
    expression = "".join(parts.get(char) or re.escape(char) for char in pattern)
    return bool(re.fullmatch(expression, value, re.DOTALL | (re.IGNORECASE if fold else 0)))


def numbers(value, wanted, fits):
    return any(fits(float(value), float(one)) for one in wanted)


OPERATORS = {
    "StringEquals": lambda value, wanted: value in wanted,
    "StringNotEquals": lambda value, wanted: value not in wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() in [one.lower() for one in wanted],
    "StringLike": lambda value, wanted: any(like(value, one) for one in wanted),
    "StringNotLike": lambda value, wanted: not any(like(value, one) for one in wanted),
    "NumericEquals": lambda value, wanted: numbers(value, wanted, lambda one, other: one == other),
    "NumericLessThanEquals": lambda value, wanted: numbers(value, wanted, lambda one, other: one <= other),
    "Bool": lambda value, wanted: value.lower() in [one.lower() for one in wanted],
    "Null": None,  # asks whether the key is there: see holds()
}


def as_list(value):
    return value if isinstance(value, list) else [value]
