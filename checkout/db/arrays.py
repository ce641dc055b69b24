"""PostgreSQL's array literals of values that need no quoting: the driver's own way looks at each value for characters
to escape, which costs a batch more than the statement does. To be cast where they are used: `%(ids)s::uuid[]`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID


def uuid_array(values: Iterable[UUID | None]) -> str:
    """`{01890a5d-…,NULL}`"""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def integer_array(values: Iterable[int]) -> str:
    """`{-1500,2490}`"""
    return "{" + ",".join([str(int(value)) for value in values]) + "}"


def json_array(values: Iterable[Mapping[str, Any]]) -> str:
    """One JSON document of all: to be taken apart where it is used, `ARRAY(SELECT jsonb_array_elements(%(data)s::jsonb))`,
    which keeps their order."""
    return json.dumps([dict(value) for value in values], ensure_ascii=False)
