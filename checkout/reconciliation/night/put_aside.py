"""What nobody could explain by the time its day is two days old: the balance follows the PSP, the other side lies in
suspense, and the alert stays open until somebody knows what it was."""

from __future__ import annotations

from collections.abc import Set
from datetime import date
from typing import Final
from uuid import UUID

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.session import atomic, retrying
from checkout.ledger import journal
from checkout.ledger.settlement_recipes import suspense_booked
from checkout.reconciliation.days import is_late
from checkout.reconciliation.desk.unexplained import UNKNOWN_LINES
from checkout.reconciliation.matching.classify import DifferingLine
from checkout.reconciliation.night.run import judged_lines
from checkout.reconciliation.rules import current

AT_MOST: Final = 1_000  # a day with more of them is a fault of ours, not a thousand riddles


def put_aside(psp: str, business_on: date, *, cause: Cause, but: Set[tuple[UUID, int]] = frozenset()) -> int:
    """Books each unknown line of a late day once, by its number, but for these, of which the PSP may still say what they
    are; returns how many there are. Owns its transactions."""
    if not is_late(business_on, utcnow(), after_days=current().ageing.suspense_days):
        return 0
    unknown = [
        line
        for line, verdict in judged_lines(psp, business_on)
        if verdict.code in UNKNOWN_LINES
        and line.ours_net is None
        and not line.in_suspense
        and line.net_minor
        and (line.file_id, line.line) not in but
    ]
    for line in unknown[:AT_MOST]:
        retrying(lambda line=line: _book(line, psp, cause))  # type: ignore[misc]
    return len(unknown)


def _book(line: DifferingLine, psp: str, cause: Cause) -> None:
    """`beyond`: ours, which is nothing, less theirs."""
    with atomic() as session:
        entry = suspense_booked(
            source=encode("file", line.file_id),
            psp=psp,
            number=line.number,
            beyond=Money(-line.net_minor, line.currency),
        )
        journal.post(session, entry, cause=cause)
