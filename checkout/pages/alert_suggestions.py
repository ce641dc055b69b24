"""What may explain an alert's difference, as its page lists it: with a box to tick, a way to take, or a page to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from flask import url_for

from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.pages.finance_words import page_of
from checkout.reconciliation.desk.suggest import Suggestion, suggestions
from checkout.reporting import alerts
from checkout.wording.alert_codes import alert_word

JOINED_BY: Final = ","  # between the ids of one box that stands for several records
WORDS: Final = {
    "entry": "An entry of ours",
    "refund": "A refund of ours",
    "line": "A row of another file",
    "claim": "A claim that is open",
    "hint": "A likely reason",
}


@dataclass(frozen=True, slots=True)
class Suggested:
    """`box`: what ticking it sends, the ids that link_records takes; empty where it cannot be joined. `links`: what to
    look at, id and address. `take`: the address of the way that it opens, or empty."""

    words: str
    amount: Money
    score: int
    reasons: Sequence[str]
    box: str
    links: Sequence[tuple[str, str]]
    take: str = ""


def suggested_for(alert_id: UUID) -> list[Suggested]:
    """The likeliest first."""
    found = suggestions(alert_id)
    joined = [decode("alr", id) for each in found if each.kind in ("alert", "alerts") for id in each.ids]
    codes = {row.public_id: row.code for row in alerts.named(joined)}
    return [_suggested(each, encode("alr", alert_id), codes) for each in found]


def split_boxes(sent: Sequence[str], most: int) -> list[str]:
    """The ids of all boxes that were ticked, each once."""
    ids = [id for box in sent for id in box.split(JOINED_BY) if id]
    return list(dict.fromkeys(ids))[:most]


def _suggested(each: Suggestion, alert: str, codes: dict[str, str]) -> Suggested:
    joinable = each.kind in ("alert", "alerts")
    names = [alert_word(codes[id]) for id in each.ids if id in codes]
    take = (
        url_for("finance_alert_resolve.ask", alert=alert, way="psp_claim_paid", claim=each.id)
        if each.kind == "claim"
        else ""
    )
    return Suggested(
        words=" and ".join(names) if joinable else WORDS[each.kind],
        amount=each.amount,
        score=each.score,
        reasons=each.reasons,
        box=JOINED_BY.join(each.ids) if joinable else "",
        links=[(id, page_of(id)) for id in each.ids],
        take=take,
    )
