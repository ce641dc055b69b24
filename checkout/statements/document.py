"""A statement as a document: canonical JSON, so that one check code belongs to one content. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from checkout.core.strict_json import canonical

CHECK_CODE: Final = "check_code"
# What a revision says of itself: two revisions with the same content differ in nothing else.
OF_THE_REVISION: Final = frozenset({"revision", "issued_at", "corrects"})
DIFFERENCES_NAMED: Final = 50


def check_code(document: bytes) -> str:
    """SHA-256 over the canonical JSON without the code itself, in hex."""
    return hashlib.sha256(document).hexdigest()


def with_code(document: Mapping[str, Any], code: str) -> bytes:
    """The file that is given out."""
    return canonical({**document, CHECK_CODE: code})


def same_content(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return _content(one) == _content(other)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a new revision corrects: the amounts that differ, by name."""
    old, new = _amounts(before), _amounts(after)
    return [
        {"line": name, "before": old.get(name, 0), "after": new.get(name, 0)}
        for name in dict.fromkeys([*old, *new])
        if old.get(name, 0) != new.get(name, 0)
    ]


def differences(one: Any, other: Any, pointer: str = "") -> list[str]:
    """JSON pointers to what is not the same, at most DIFFERENCES_NAMED."""
    if type(one) is not type(other):
        return [pointer or "/"]
    if isinstance(one, dict):
        found = [
            difference
            for key in sorted({*one, *other})
            for difference in (
                differences(one[key], other[key], f"{pointer}/{key}")
                if key in one and key in other
                else [f"{pointer}/{key}"]
            )
        ]
    elif isinstance(one, list):
        found = [
            difference
            for n, (a, b) in enumerate(zip(one, other, strict=False))
            for difference in differences(a, b, f"{pointer}/{n}")
        ]
        if len(one) != len(other):
            found.append(f"{pointer}/{min(len(one), len(other))}")
    else:
        found = [] if one == other else [pointer or "/"]
    return found[:DIFFERENCES_NAMED]


def _content(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in OF_THE_REVISION}


def _amounts(document: Mapping[str, Any]) -> dict[str, int]:
    lines = {line["line"]: line["amount"] for line in document["lines"]}
    return {
        "opening": document["opening"],
        **lines,
        "closing": document["closing"],
        "entry_count": document["entry_count"],
    }
