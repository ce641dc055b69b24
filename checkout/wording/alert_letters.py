"""Letters about an alert, to be copied: what we ask the PSP or a seller, with the numbers that they know it by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from checkout.core.money import Money
from checkout.wording.alert_codes import alert_word
from checkout.wording.money import with_code

NOT_KNOWN: Final = "not known to us"


@dataclass(frozen=True, slots=True)
class Case:
    """What both sides call it. `file_line`: where the row stands; None where no row tells of it."""

    alert: str
    code: str
    psp: str
    business_on: date
    number: str
    source_id: str
    payment: str
    ours: Money | None
    theirs: Money | None
    difference: Money
    file_line: tuple[str, int] | None


def to_psp(case: Case) -> str:
    """Asks for the movement by its number, with both amounts."""
    where = f"line {case.file_line[1]} of {case.file_line[0]}" if case.file_line else "no row that we found"
    return "\n".join(
        [
            f"Subject: {alert_word(case.code)}, {case.number or case.source_id or case.payment}, {case.business_on}",
            "",
            "Hello,",
            "",
            f"your settlement of {case.business_on} (UTC) and our books differ by {_said(case.difference)}:",
            "",
            f"- your number of the movement: {case.number or NOT_KNOWN}",
            f"- your object: {case.source_id or NOT_KNOWN}",
            f"- our payment: {case.payment or NOT_KNOWN}",
            f"- by our books: {_said(case.ours)}",
            f"- by your file: {_said(case.theirs)} ({where})",
            "",
            "Please tell us which amount holds, and why. If it is ours, please settle the difference and",
            "name our reference.",
            "",
            f"Our reference: {case.alert}",
        ]
    )


def to_seller(case: Case, *, seller: str, order: str) -> str:
    """Asks for what a seller may know: an agreement with the shopper, a refund made elsewhere. No PSP's numbers."""
    return "\n".join(
        [
            f"Subject: A question about order {order}",
            "",
            f"Hello {seller},",
            "",
            f"the payment of your order {order} was settled with a difference of {_said(case.difference)}.",
            "Your balance does not change because of this question.",
            "",
            "Did you agree on anything with the shopper about this order, such as a refund outside of the",
            "marketplace, a return or another price? A short answer is enough.",
            "",
            f"Our reference: {case.alert}",
        ]
    )


def _said(amount: Money | None) -> str:
    return with_code(amount) if amount is not None else "nothing"
