"""A day, proven: what can be healed is healed, what stays unknown is put aside in time, and the rest is compared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from checkout.core.cause import Cause
from checkout.core.errors import NotFound
from checkout.psp import PaymentServiceProvider, registry
from checkout.reconciliation.days import refuse_odd
from checkout.reconciliation.desk.unexplained import UNKNOWN_LINES
from checkout.reconciliation.matching.second_look import Judged
from checkout.reconciliation.night.heal import HEALABLE, Place, heal_day
from checkout.reconciliation.night.put_aside import put_aside
from checkout.reconciliation.night.run import RunOutcome, run_day, run_day_unless
from checkout.reconciliation.progress import Told, tell, watched


def reconcile_day(
    psp: str, business_on: date, *, by: str, cause: Cause, told: Told | None = None
) -> RunOutcome:
    """Owns its transactions and calls the PSP between them; killed anywhere it is run again. Of a PSP whose files are
    taken in but which is not configured, nothing is healed. `told`: how far it has come.

    Raises:
        InvalidParameter: no day that anything can be settled on.
    """
    refuse_odd(business_on)
    with watched(psp, business_on, told):
        outcome = run_day_unless(_is_worth_more, psp, business_on, by=by, cause=cause)
        if outcome is not None:
            return outcome
        provider, unanswered = _provider(psp), set[Place]()
        if provider is not None:
            tell("read again", 0, 1)
            unanswered = heal_day(provider, business_on, cause=cause)
        tell("put aside", 0, 1)
        put_aside(psp, business_on, cause=cause, but=unanswered)
        return run_day(psp, business_on, by=by, cause=cause)


def _is_worth_more(found: Sequence[Judged]) -> bool:
    """Something may be healed or put aside: what it comes to is compared after that."""
    return any(verdict.code in HEALABLE | UNKNOWN_LINES and not line.in_suspense for line, verdict in found)


def _provider(psp: str) -> PaymentServiceProvider | None:
    try:
        return registry.get(psp)
    except NotFound:
        return None
