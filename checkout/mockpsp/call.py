"""One API call as a handler sees it: checked parameters, the ids in its address, and the unit of work it joins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from checkout.mockpsp.errors import NoSuchObject
from checkout.mockpsp.params import Record
from checkout.mockpsp.psp import Psp
from checkout.mockpsp.store import KINDS
from checkout.mockpsp.work import Work

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """`amount_error` is what the fault wrong_amount adds to an amount that this call writes down."""

    psp: Psp
    work: Work
    params: Json
    ids: Mapping[str, str]
    amount_error: int = 0


@dataclass(frozen=True, slots=True)
class Endpoint:
    method: str
    rule: str
    accepts: Record
    handler: Callable[[Call], Json]


def required(work: Work, kind: str, object_id: str, param: str) -> Json:
    """The object.

    Raises:
        NoSuchObject: there is none of this id.
    """
    found = work.tx.get(kind, object_id)
    if found is None:
        raise NoSuchObject(KINDS[kind].noun, object_id, param)
    return found
