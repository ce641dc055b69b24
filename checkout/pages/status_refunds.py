"""What a shopper is told of refunds: which seller's part is on its way, has arrived, or did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from checkout.core.money import Money, total
from checkout.identity.access import EVERYTHING
from checkout.notifications.refund_email import UNTOLD
from checkout.pages.status_situation import RefundState
from checkout.payments.views import PaymentView
from checkout.refunds.queries import RefundFilter, RefundView, list_refunds
from checkout.refunds.states import OPEN

SHOWN: Final = 50
UNPROMISED: Final = frozenset({"awaiting_approval"})  # a second person has not agreed yet

ON_ITS_WAY: Final = "on its way to what you paid with"
SENT: Final = "sent to what you paid with; banks may need 5 to 10 business days to show it"
CREDITED: Final = "given as store credit"
REFUSED: Final = "did not reach you; we contact you"


@dataclass(frozen=True, slots=True)
class RefundLine:
    """One seller's part of one refund. `seller` None: money that was no seller's."""

    seller: str | None
    order_id: UUID | None
    amount: Money
    words: str
    at: datetime
    reference: str


@dataclass(frozen=True, slots=True)
class ShownRefunds:
    """`state` is that of the newest word: a failed refund that was made good again is not failed any more."""

    lines: Sequence[RefundLine]
    state: RefundState


def refunds_of(view: PaymentView) -> tuple[PaymentView, ShownRefunds]:
    """The payment as its shopper may see it, without what waits for a second person's word, and its refunds."""
    if not view.amount_received:
        return view, ShownRefunds((), "none")
    found = list_refunds(RefundFilter(payment_id=view.id), EVERYTHING, limit=SHOWN)
    hidden = total([each.refund.amount for each in found if each.refund.status in UNPROMISED], view.currency)
    told = [each for each in found if each.refund.status not in UNPROMISED and not _is_untold(each)]
    names = {order.id: order.seller_name for order in view.orders}
    lines = [line for each in told for line in _lines(each, names)]
    shown = max(Money.zero(view.currency), view.amount_refunded - hidden)
    return replace(view, amount_refunded=shown), ShownRefunds(lines, _state(told))


def _state(told: Sequence[RefundView]) -> RefundState:
    """The newest stands first."""
    if not told:
        return "none"
    if told[0].refund.status == "failed":
        return "failed"
    return "on_its_way" if any(each.refund.status in OPEN for each in told) else "done"


def _is_untold(view: RefundView) -> bool:
    return view.refund.status == "failed" and view.refund.failure_code in UNTOLD


def _lines(view: RefundView, names: dict[UUID, str]) -> list[RefundLine]:
    refund = view.refund
    at = refund.failed_at or refund.succeeded_at or refund.created_at
    if not view.parts:
        return [RefundLine(None, None, refund.amount, _card_words(view), at, refund.public_id)]
    lines = []
    for part in view.parts:
        name = names.get(part.order_id)
        if part.card:
            words = _card_words(view)
            lines.append(RefundLine(name, part.order_id, part.card, words, at, refund.public_id))
        if part.wallet:
            lines.append(
                RefundLine(name, part.order_id, part.wallet, CREDITED, refund.created_at, refund.public_id)
            )
    return lines


def _card_words(view: RefundView) -> str:
    match view.refund.status:
        case "failed":
            return REFUSED
        case "succeeded":
            return SENT
        case _:
            return ON_ITS_WAY
