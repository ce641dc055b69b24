"""What an event says of a connected account, a transfer or a payout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from checkout.psp.errors import UnreadableEvent
from checkout.psp.port import AccountNews, BankPayoutNews, MoneyOutNews, TransferNews
from checkout.psp.stripe.account_reading import connected_account_of
from checkout.psp.stripe.money_out_reading import payout_of, reversal_of, transfer_of
from checkout.psp.stripe.reading import (
    Object,
    Unreadable,
    boolean,
    listed,
    moment,
    nested,
    optional_text,
    text,
)


def money_out_news(payload: Mapping[str, Any]) -> MoneyOutNews | None:
    """Reads a stored event; None where it is of another kind.

    Raises:
        UnreadableEvent: its object does not look as agreed.
    """
    try:
        reader = _READERS.get(text(payload, "type"))
        if reader is None:
            return None
        thing = nested(nested(payload, "data"), "object")
        return reader(thing, optional_text(payload, "account") or "", moment(payload, "created"))
    except Unreadable as error:
        raise UnreadableEvent(str(error)) from None


def _of_account(thing: Object, account: str, at: datetime) -> AccountNews:
    found = connected_account_of(thing)
    if account and account != found.id:
        raise Unreadable("an account's event about another account")
    return AccountNews(found, at)


def _of_transfer(thing: Object, account: str, at: datetime) -> TransferNews:
    if account:
        raise Unreadable("a transfer between others")
    part = nested(thing, "reversals")
    reversals = tuple(reversal_of(item) for item in listed(part, "data")) if part else ()
    return TransferNews(transfer_of(thing), reversals, bool(part) and not boolean(part, "has_more"), at)


def _of_payout(thing: Object, account: str, at: datetime) -> BankPayoutNews:
    return BankPayoutNews(payout_of(thing, account), at)


_READERS: Final[dict[str, Callable[[Object, str, datetime], MoneyOutNews]]] = {
    "account.updated": _of_account,
    "transfer.created": _of_transfer,
    "transfer.updated": _of_transfer,
    "transfer.reversed": _of_transfer,
    "payout.created": _of_payout,
    "payout.updated": _of_payout,
    "payout.paid": _of_payout,
    "payout.failed": _of_payout,
    "payout.canceled": _of_payout,
}
