"""PostgreSQL's array literals of values that need no quoting: the driver's own way looks at each value for characters
to escape, which costs a batch more than the statement does. To be cast where they are used: `%(ids)s::uuid[]`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

# Words that stand in an array as they are: no quotes, braces, blanks or commas of their own, none empty, none "null".
_PLAIN: Final = re.compile(
    r"(?!null(?:,|$))[a-z0-9_:.-]+(?:,(?!null(?:,|$))[a-z0-9_:.-]+)*", re.IGNORECASE | re.ASCII
)


def uuid_array(values: Iterable[UUID | None]) -> str:
    """`{01890a5dac96774bbcceb302099a8057,NULL}`: without hyphens, which cost five times as much to set and say nothing."""
    return "{" + ",".join(["NULL" if value is None else f"{value.int:032x}" for value in values]) + "}"


def text_array(values: Sequence[str]) -> str | Sequence[str]:
    """`{payment_captured,order_released}`, where all are plain words as kinds, currencies and public ids are; else the
    values themselves, for the driver to quote."""
    joined = ",".join(values)
    is_plain = joined.count(",") == len(values) - 1 and _PLAIN.fullmatch(joined)
    return f"{{{joined}}}" if is_plain else values


def moment_array(values: Iterable[datetime | None]) -> str:
    """`{2026-11-21T09:30:00.000000+00:00,NULL}`: aware datetimes."""
    return "{" + ",".join(["NULL" if value is None else value.isoformat() for value in values]) + "}"


def integer_array(values: Iterable[int]) -> str:
    """`{-1500,2490}`"""
    return "{" + ",".join([str(int(value)) for value in values]) + "}"


def json_array(values: Iterable[Mapping[str, Any]]) -> str:
    """One JSON document of all: to be taken apart where it is used, `ARRAY(SELECT jsonb_array_elements(%(data)s::jsonb))`,
    which keeps their order."""
    return json.dumps([dict(value) for value in values], ensure_ascii=False)
