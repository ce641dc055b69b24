"""What a payment's card has in store once the money is taken: a payout that fails, a dispute, a debit that returns, a
settlement file that lies."""

from __future__ import annotations

from typing import Any

from checkout.mockpsp import dispute_course, payout_fates, plants, timers
from checkout.mockpsp.behaviours import Behaviour, Fate
from checkout.mockpsp.timers import TimerKind
from checkout.mockpsp.work import Work

Json = dict[str, Any]


def follow(work: Work, checkout: Json, charge: Json, behaviour: Behaviour) -> None:
    """Joins the unit of work that took the money, so that its news comes after the payment's own."""
    if behaviour.payout_fate is not Fate.ARRIVES:
        payout_fates.leave_mark(work, checkout, behaviour.payout_fate)
    if behaviour.disputed_as is not None:
        dispute_course.open_chargeback(work, charge, reason=behaviour.disputed_as)
    if behaviour.returned_after_seconds is not None:
        due = work.now + behaviour.returned_after_seconds
        timers.set_timer(work.tx, TimerKind.RETURN_DEBIT, charge["id"], due=due)
    if behaviour.lie is not None:
        plants.plant(work, checkout, charge, behaviour.lie)
