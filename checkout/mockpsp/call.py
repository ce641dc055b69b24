"""One API call as a handler sees it: checked parameters, the ids in its address, and the unit of work it joins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from checkout.mockpsp.errors import NoSuchObject
from checkout.mockpsp.params import Record
from checkout.mockpsp.psp import Psp
from checkout.mockpsp.tables import KINDS
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


MAX_BODY_BYTES: Final = 512 * 1024


@dataclass(frozen=True, slots=True)
class Endpoint:
    method: str
    rule: str
    accepts: Record
    handler: Callable[[Call], Json]
    on_accounts: bool = False  # the header Stripe-Account may name a connected account
    max_bytes: int = MAX_BODY_BYTES


def required(work: Work, kind: str, object_id: str, param: str) -> Json:
    """The object.

    Raises:
        NoSuchObject: there is none of this id, or it is another account's.
    """
    found = work.tx.get(kind, object_id)
    hidden = KINDS[kind].of_account and work.tx.account_of(kind, object_id) != work.account
    if found is None or hidden:
        raise NoSuchObject(KINDS[kind].noun, object_id, param)
    return found
