"""PostgreSQL's array literals of values that need no quoting: the driver's own way looks at each value for characters
to escape, which costs a batch more than the statement does. To be cast where they are used: `%(ids)s::uuid[]`."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID


def uuid_array(values: Iterable[UUID | None]) -> str:
    """`{01890a5d-…,NULL}`"""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def integer_array(values: Iterable[int]) -> str:
    """`{-1500,2490}`"""
    return "{" + ",".join([str(int(value)) for value in values]) + "}"
