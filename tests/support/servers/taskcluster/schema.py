"""JSON Schema, as much of it as the Taskcluster schemas use, with the messages of the validator the services use.

Keywords: $ref type enum const required additionalProperties properties items uniqueItems min/maxItems, pattern,
min/maxLength, minimum, maximum, min/maxProperties, format (date-time, email), oneOf, anyOf, default.
"""
import json
import re

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d(:?\d\d)?)?")
FORMATS = {"date-time": DATE_TIME, "email": EMAIL}


def is_type(value, name):
    if name in ("integer", "number"):
        whole = isinstance(value, float) and value.is_integer()
        return not isinstance(value, bool) and isinstance(value, (int, float) if name == "number" or whole else int)
    return isinstance(value, TYPES[name])


class Schemas:
    """All schemas of the services, by their path such as "schemas/queue/v1/task.json"."""

    def __init__(self, documents, payloads):
        self.documents = documents
        self.payloads = payloads

    @classmethod
    def load(cls, path):
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
        return cls(data["schemas"], data.get("workerPayloads", {}))

    def errors(self, path, value):
        """What is wrong with `value`, as lines; empty when it fits."""
        found = []
        self._check(self.documents[path], value, "data", path, found)
        return found

    def payload_errors(self, name, value):
        """The same for one of the worker payload schemas."""
        found = []
        self.documents[name] = self.payloads[name]
        self._check(self.payloads[name], value, "data", name, found)
        return found

    def fill_defaults(self, path, value):
        """Sets the defaults of the top level, as the API does before the call sees its payload."""
        for name, part in self.documents[path].get("properties", {}).items():
            if "default" in part and name not in value:
                value[name] = json.loads(json.dumps(part["default"]))

    def _resolve(self, reference, base):
        file, _, pointer = reference.partition("#")
        path = base.rsplit("/", 1)[0] + "/" + file if file else base
        schema = self.documents[path]
        for step in pointer.strip("/").split("/") if pointer.strip("/") else []:
            schema = schema[step]
        return schema, path

    def _check(self, schema, value, where, base, found):
        if "$ref" in schema:
            target, base = self._resolve(schema["$ref"], base)
            self._check(target, value, where, base, found)
            return
        kind = schema.get("type")
        kinds = [kind] if isinstance(kind, str) else kind or []
        if kinds and not any(is_type(value, name) for name in kinds):
            found.append(f"{where} must be {','.join(kinds)}")
            return
        if isinstance(value, dict):
            self._check_object(schema, value, where, base, found)
        elif isinstance(value, list):
            self._check_array(schema, value, where, base, found)
        elif isinstance(value, str):
            check_string(schema, value, where, found)
        elif is_type(value, "number"):
            check_number(schema, value, where, found)
        if "enum" in schema and value not in schema["enum"]:
            found.append(f"{where} must be equal to one of the allowed values")
        if "const" in schema and value != schema["const"]:
            found.append(f"{where} must be equal to constant")
        for keyword in ("oneOf", "anyOf"):
            if keyword in schema:
                self._check_choice(keyword, schema[keyword], value, where, base, found)

    def _check_choice(self, keyword, parts, value, where, base, found):
        trials = []
        for part in parts:
            trials.append([])
            self._check(part, value, where, base, trials[-1])
        fitting = sum(not trial for trial in trials)
        if fitting == 1 or fitting and keyword == "anyOf":
            return
        found += [line for trial in trials for line in trial] if not fitting else []
        found.append(f"{where} must match exactly one schema in oneOf" if keyword == "oneOf" else
                     f"{where} must match a schema in anyOf")

    def _check_object(self, schema, value, where, base, found):
        if len(value) > schema.get("maxProperties", len(value)):
            found.append(f"{where} must NOT have more than {schema['maxProperties']} properties")
        if len(value) < schema.get("minProperties", 0):
            found.append(f"{where} must NOT have fewer than {schema['minProperties']} properties")
        found += [f"{where} must have required property '{name}'" for name in schema.get("required", [])
                  if name not in value]
        known, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
        for name, item in value.items():
            if name not in known and rest is False:
                found.append(f'{where} must NOT have additional properties: "{name}"')
            elif name not in known and isinstance(rest, dict):
                self._check(rest, item, f"{where}/{name}", base, found)
        for name, part in known.items():
            if name in value:
                self._check(part, value[name], f"{where}/{name}", base, found)

    def _check_array(self, schema, value, where, base, found):
        for keyword, wrong in (("maxItems", len(value) > schema.get("maxItems", len(value))),
                               ("minItems", len(value) < schema.get("minItems", 0))):
            if wrong:
                word = "more" if keyword == "maxItems" else "fewer"
                found.append(f"{where} must NOT have {word} than {schema[keyword]} items")
                return
        for number, item in enumerate(value if isinstance(schema.get("items"), dict) else []):
            self._check(schema["items"], item, f"{where}/{number}", base, found)
        if schema.get("uniqueItems"):
            seen = {}
            for number, item in enumerate(value):
                first = seen.setdefault(json.dumps(item, sort_keys=True), number)
                if first != number:
                    found.append(f"{where} must NOT have duplicate items "
                                 f"(items ## {number} and {first} are identical)")
                    return


def check_string(schema, value, where, found):
    if len(value) > schema.get("maxLength", len(value)):
        found.append(f"{where} must NOT have more than {schema['maxLength']} characters")
    if len(value) < schema.get("minLength", 0):
        found.append(f"{where} must NOT have fewer than {schema['minLength']} characters")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f'{where} must match pattern "{schema["pattern"]}"')
    form = FORMATS.get(schema.get("format"))
    if form and not form.fullmatch(value):
        found.append(f'{where} must match format "{schema["format"]}"')


def check_number(schema, value, where, found):
    if value > schema.get("maximum", value):
        found.append(f"{where} must be <= {schema['maximum']}")
    if value < schema.get("minimum", value):
        found.append(f"{where} must be >= {schema['minimum']}")
