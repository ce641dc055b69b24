"""What is left of a charge for refunds, and what of it banks have taken back: sums that the charge does not show."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import captures
from checkout.mockpsp.work import Work

Json = dict[str, Any]
_WITHDRAWN: Final = "withdrawn"


def refundable(work: Work, charge: Json) -> int:
    """Captured, less refunds that have not failed, less what disputes have taken and not brought back."""
    withdrawn = work.tx.private("charge", charge["id"]).get(_WITHDRAWN, 0)
    return max(0, int(charge["amount_captured"]) - int(charge["amount_refunded"]) - int(withdrawn))


def withdraw(work: Work, charge_id: str, amount: int) -> None:
    """A dispute takes so much of the charge; negative: brings it back."""
    private = work.tx.private("charge", charge_id)
    private[_WITHDRAWN] = max(0, private.get(_WITHDRAWN, 0) + amount)
    work.tx.set_private("charge", charge_id, private)


def session_of(work: Work, charge_id: str) -> str:
    """The session that was paid: its news, and those of refunds and disputes, keep one order."""
    return str(work.tx.private("charge", charge_id)["session"])


def reference_of(work: Work, charge_id: str) -> str | None:
    """Our payment's id, as the session names it."""
    return captures.reference_of(captures.session_of(work, session_of(work, charge_id)))


def charge_of(work: Work, charge_id: str) -> Json:
    charge = work.tx.get("charge", charge_id)
    assert charge is not None, "a charge is never deleted"
    return charge
