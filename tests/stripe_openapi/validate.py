"""Checks requests and answers against Stripe's description; each function lists what is wrong, empty when all is well.

Stricter than the description's letter on purpose: a member that it does not name is an error in both directions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

Json = Any
Form = str | bytes | Mapping[str, Any] | Iterable[tuple[str, str]]

SPEC_FILE = Path(__file__).with_name("spec-subset.json")
FORM_KINDS = ("application/x-www-form-urlencoded", "multipart/form-data")
_INDEX = re.compile(r"[0-9]+")


@cache
def spec() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SPEC_FILE.read_text(encoding="utf-8"))
    return loaded


def request_errors(method: str, path: str, form: Form = "") -> list[str]:
    """What is wrong with a request: `form` is its form-encoded body, or the query string of a GET."""
    operation = _operation(method, path)
    if operation is None:
        return [f"{method} {path}: no such operation"]
    return _input_errors(_input_schema(operation), _nested(_pairs(form)), "")


def response_errors(method: str, path: str, status: int, body: Json) -> list[str]:
    """What is wrong with an answer; statuses other than 200 must carry an error object."""
    operation = _operation(method, path)
    if operation is None:
        return [f"{method} {path}: no such operation"]
    answer = operation["responses"].get(str(status), operation["responses"]["default"])
    return _errors(answer["content"]["application/json"]["schema"], body, "")


def object_errors(thing: Json) -> list[str]:
    """What is wrong with one object of the API, found by its member `object` (an event's data.object, for example)."""
    schema = spec()["components"]["schemas"].get(thing.get("object", ""))
    if schema is None:
        return [f"no such object: {thing.get('object')!r}"]
    return _errors(schema, thing, thing["object"])


# -- operations


def _operation(method: str, path: str) -> dict[str, Any] | None:
    found = _paths().get(path) or next(
        (operations for pattern, operations in _patterns() if pattern.fullmatch(path)), None
    )
    return None if found is None else found.get(method.lower())


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = spec()["paths"]
    return paths


@cache
def _patterns() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    return [
        (re.compile(re.sub(r"\\\{[^/]+\\\}", "[^/]+", re.escape(path))), operations)
        for path, operations in sorted(_paths().items(), key=lambda item: item[0].count("{"))
    ]


def _input_schema(operation: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody")
    if body is not None:
        encoded = next(kind for kind in FORM_KINDS if kind in body["content"])
        schema: dict[str, Any] = body["content"][encoded]["schema"]
        return schema
    query = [parameter for parameter in operation.get("parameters", []) if parameter["in"] == "query"]
    return {
        "type": "object",
        "properties": {parameter["name"]: parameter["schema"] for parameter in query},
        "required": [parameter["name"] for parameter in query if parameter.get("required")],
    }


# -- form encoding


def _pairs(form: Form) -> list[tuple[str, str]]:
    if isinstance(form, bytes):
        form = form.decode()
    if isinstance(form, str):
        return parse_qsl(form, keep_blank_values=True)
    if isinstance(form, Mapping):
        return [(str(name), str(value)) for name, value in form.items()]
    return list(form)


def _nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for name, value in pairs:
        parts = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name)
        branch = root
        for part in parts[:-1]:
            branch = branch.setdefault(part or str(len(branch)), {})
        branch[parts[-1] or str(len(branch))] = value
    return root


def _input_errors(schema: dict[str, Any], given: Any, where: str) -> list[str]:
    """Errors of form-encoded input, where every leaf is text."""
    if "anyOf" in schema:
        attempts = [_input_errors(option, given, where) for option in schema["anyOf"]]
        return min(attempts, key=_strangeness)
    match schema.get("type"):
        case "object":
            return _input_object_errors(schema, given, where)
        case "array":
            if not isinstance(given, dict) or not all(_INDEX.fullmatch(index) for index in given):
                return [f"{where}: not an array"]
            return [
                error
                for index, item in given.items()
                for error in _input_errors(schema["items"], item, f"{where}[{index}]")
            ]
        case "integer":
            fine = isinstance(given, str) and re.fullmatch(r"-?[0-9]+", given)
            return [] if fine else [f"{where}: not an integer: {given!r}"]
        case "number":
            fine = isinstance(given, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", given)
            return [] if fine else [f"{where}: not a number: {given!r}"]
        case "boolean":
            return [] if given in ("true", "false") else [f"{where}: not a boolean: {given!r}"]
        case "string":
            return _text_errors(schema, given, where)
        case _:
            return []


def _strangeness(errors: list[str]) -> tuple[int, int]:
    """Of several shapes the one is meant that the input fits but for what it leaves out."""
    return sum(not error.endswith(": missing") for error in errors), len(errors)


def _input_object_errors(schema: dict[str, Any], given: Any, where: str) -> list[str]:
    if not isinstance(given, dict):
        return [f"{where}: not an object: {given!r}"]
    properties, extra = schema.get("properties", {}), schema.get("additionalProperties", False)
    errors = [f"{_join(where, name)}: missing" for name in schema.get("required", []) if name not in given]
    for name, value in given.items():
        inner = properties.get(name, extra if isinstance(extra, dict) else None)
        if inner is None:
            errors.append(f"{_join(where, name)}: unknown parameter")
        else:
            errors.extend(_input_errors(inner, value, _join(where, name)))
    return errors


def _join(where: str, name: str) -> str:
    return f"{where}[{name}]" if where else name


def _text_errors(schema: dict[str, Any], value: Any, where: str) -> list[str]:
    if not isinstance(value, str):
        return [f"{where}: not a string: {value!r}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value!r} is not one of the values that it may have"]
    if len(value) > schema.get("maxLength", len(value)):
        return [f"{where}: longer than {schema['maxLength']}"]
    return []


# -- JSON


def _errors(schema: dict[str, Any], value: Json, where: str) -> list[str]:
    if value is None and schema.get("nullable"):
        return []
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return _errors(spec()["components"]["schemas"][name], value, where)
    if "anyOf" in schema:
        return min((_errors(option, value, where) for option in schema["anyOf"]), key=len)
    match schema.get("type"):
        case "object":
            return _object_errors(schema, value, where)
        case "array":
            if not isinstance(value, list):
                return [f"{where}: not an array: {value!r}"]
            return [
                error
                for index, item in enumerate(value)
                for error in _errors(schema["items"], item, f"{where}[{index}]")
            ]
        case "integer":
            return [] if type(value) is int else [f"{where}: not an integer: {value!r}"]
        case "number":
            return [] if type(value) in (int, float) else [f"{where}: not a number: {value!r}"]
        case "boolean":
            fine = type(value) is bool and value in schema.get("enum", [value])
            return [] if fine else [f"{where}: not a boolean: {value!r}"]
        case "string":
            return _text_errors(schema, value, where)
        case _:
            return []


def _object_errors(schema: dict[str, Any], value: Json, where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: not an object: {value!r}"]
    properties, extra = schema.get("properties"), schema.get("additionalProperties")
    if properties is None and extra is None:
        return []  # the subset does not say what is in it
    properties = properties or {}
    deleted = value.get("deleted") is True and "deleted" in properties
    errors = [
        f"{where}.{name}: missing" for name in schema.get("required", []) if name not in value and not deleted
    ]
    for name, item in value.items():
        inner = properties.get(name, extra)
        if inner is None or inner is False:
            errors.append(f"{where}.{name}: unknown member")
        elif isinstance(inner, dict):
            errors.extend(_errors(inner, item, f"{where}.{name}"))
    return errors
