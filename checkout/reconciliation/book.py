"""Book what the file tells and the journal lacks: a charge's number, its fee, costs that name no payment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.session import atomic, retrying
from checkout.ledger import journal, recipes
from checkout.reconciliation.classify import DifferingLine, Verdict
from checkout.reconciliation.progress import tell

BATCH: Final = 200  # entries a transaction: each is posted by itself, since its key is the PSP's number

Booking = tuple[DifferingLine, Verdict]


def book_all(bookings: Sequence[Booking], *, psp: str, cause: Cause) -> int:
    """Books each once, whoever else does; returns how many. Owns its transactions: what is booked stays so."""
    done = 0
    for batch in _batches(bookings):
        retrying(lambda batch=batch: _book_batch(batch, psp, cause))  # type: ignore[misc]
        done += len(batch)
        tell("book", done, len(bookings))
    return len(bookings)


def _book_batch(batch: Sequence[Booking], psp: str, cause: Cause) -> None:
    with atomic() as session:
        for line, verdict in batch:
            _book(session, line, verdict, psp, cause)


def _book(session: Session, line: DifferingLine, verdict: Verdict, psp: str, cause: Cause) -> None:
    if verdict.learn:
        assert line.charge_entry_id is not None, "only a line whose charge was found is learnt from"
        journal.learn_number(session, psp, line.number, line.charge_entry_id)
    if verdict.book_cost:
        cost = Money(-line.net_minor, line.currency)
        fee = recipes.psp_fee(source=encode("file", line.file_id), psp=psp, number=line.number, fee=cost)
        journal.post(session, fee, cause=cause)
    elif verdict.book_fee:
        source = line.charge_source or line.entry_source or encode("file", line.file_id)
        fee = recipes.psp_fee(
            source=source, psp=psp, number=line.number, fee=Money(line.fee_minor, line.currency)
        )
        journal.post(session, fee, cause=cause)


def _batches(bookings: Sequence[Booking]) -> Iterator[Sequence[Booking]]:
    for start in range(0, len(bookings), BATCH):
        yield bookings[start : start + BATCH]
