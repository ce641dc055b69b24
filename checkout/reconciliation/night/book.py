"""Book what the file tells and the journal lacks: a charge's number, its fee, costs that name no payment, what we sent to
the PSP, exchanges and roundings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, get_args
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.session import atomic, retrying
from checkout.ledger import journal, recipes, settlement_recipes
from checkout.ledger.entry import Entry, NumberPart
from checkout.reconciliation.matching.classify import DifferingLine, Sold, Verdict
from checkout.reconciliation.matching.evidence import payment_of
from checkout.reconciliation.progress import tell

BATCH: Final = 200  # entries a transaction: each is posted by itself, since its key is the PSP's number
FURTHER_PARTS: Final[tuple[NumberPart, ...]] = tuple(
    part for part in get_args(NumberPart) if part.startswith("movement-")
)

Booking = tuple[DifferingLine, Verdict]


def book_all(bookings: Sequence[Booking], *, psp: str, bank_account: str, cause: Cause) -> int:
    """Books each once, whoever else does; returns how many. Owns its transactions: what is booked stays so."""
    done = 0
    for batch in _batches(bookings):
        retrying(lambda batch=batch: _book_batch(batch, psp, bank_account, cause))  # type: ignore[misc]
        done += len(batch)
        tell("book", done, len(bookings))
    return len(bookings)


def _book_batch(batch: Sequence[Booking], psp: str, bank_account: str, cause: Cause) -> None:
    with atomic() as session:
        for line, verdict in batch:
            _book(session, line, verdict, psp, bank_account, cause)


def _book(
    session: Session, line: DifferingLine, verdict: Verdict, psp: str, bank_account: str, cause: Cause
) -> None:
    if verdict.learn is not None:
        _learn(session, line, verdict, verdict.learn, psp)
    for entry in _entries(line, verdict, psp, bank_account):
        journal.post(session, entry, cause=cause)
    if verdict.converts is not None:
        _learn_sold(session, line, verdict.converts, psp)


def _learn(session: Session, line: DifferingLine, verdict: Verdict, entry: UUID, psp: str) -> None:
    """The line's number, for each entry that it is; and the numbers of the lines that are the same entry's."""
    journal.learn_number(session, psp, line.number, entry)
    for part, more in zip(FURTHER_PARTS, verdict.learn_more, strict=False):
        journal.learn_number(session, psp, line.number, more, part=part)
    for number in verdict.same_entry:
        journal.learn_number(session, psp, number, entry)


def _learn_sold(session: Session, line: DifferingLine, sold: Sold, psp: str) -> None:
    """Both lines of a conversion are one entry."""
    entry = journal.entry_by_number(session, psp, line.number, part="exchange")
    assert entry is not None, "it was posted under the number of what was bought"
    journal.learn_number(session, psp, sold.number, entry, part="exchange")


def _entries(line: DifferingLine, verdict: Verdict, psp: str, bank_account: str) -> Iterator[Entry]:
    """What the line tells and the journal lacks, each keyed by its number; when it happened is when the PSP moved it."""
    file = encode("file", line.file_id)
    payment = payment_of(line)
    source = line.entry_source or (encode("pay", payment) if payment else file)
    told: dict[str, Any] = {"psp": psp, "number": line.number, "effective_at": line.occurred_at}
    if verdict.book_cost:
        yield recipes.psp_fee(source=file, fee=Money(-line.net_minor, line.currency), **told)
    if verdict.book_fee:
        yield recipes.psp_fee(source=source, fee=Money(line.fee_minor, line.currency), **told)
    if verdict.book_top_up:
        amount = Money(line.gross_minor, line.currency)
        yield settlement_recipes.psp_topped_up(source=file, bank_account=bank_account, amount=amount, **told)
    if verdict.exchange is not None:
        settled = Money(line.gross_minor, line.currency)
        yield settlement_recipes.fx_settled(
            source=source, presented=verdict.exchange, settled=settled, **told
        )
    if verdict.converts is not None:
        bought, sold = Money(line.gross_minor, line.currency), verdict.converts.amount
        yield settlement_recipes.fx_converted(source=file, sold=sold, bought=bought, **told)
    if verdict.rounding_minor:
        beyond = Money(verdict.rounding_minor, line.currency)
        yield settlement_recipes.rounding_booked(source=file, beyond=beyond, **told)


def _batches(bookings: Sequence[Booking]) -> Iterator[Sequence[Booking]]:
    for start in range(0, len(bookings), BATCH):
        yield bookings[start : start + BATCH]
