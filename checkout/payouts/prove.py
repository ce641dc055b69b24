"""The nightly proof: what every seller has and was sent is what came in less what was taken; every payout is the sum of
its items; what is reserved is what is on its way. It reads one snapshot, in bounded memory, and repairs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from checkout.alerts import open_alert
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.session import atomic, engine
from checkout.payouts import prove_statements as statements
from checkout.tasks import ClaimedTask

PROVE_DUE: Final = "payouts.prove_due"
PAGE_SELLERS: Final = 500
ALERTS_AT_MOST: Final = 50  # a book that is wrong everywhere is one fault: the count says how many
STATEMENT_TIMEOUT: Final = "10min"  # a page of sellers with all they ever had; nobody waits for its locks
FIRST: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Wrong:
    """One equation that does not hold. `subject` is the public id of a seller, a payout or an item."""

    code: str
    subject: str
    detail: str
    difference: Money | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """How many sellers were looked at, and what does not hold."""

    sellers: int
    wrong: Sequence[Wrong]

    @property
    def holds(self) -> bool:
        return not self.wrong


def prove_due(task: ClaimedTask) -> None:
    """Handles `payouts.prove_due`, once a night: a critical alert for each equation that does not hold."""
    for wrong in prove().wrong[:ALERTS_AT_MOST]:
        with atomic() as session:
            open_alert(
                session,
                code=wrong.code,
                severity="critical",
                subject=wrong.subject,
                detail=wrong.detail,
                amount=wrong.difference,
                dedupe_key=f"{wrong.code}:{wrong.subject}",
            )


def prove() -> Proof:
    """Every seller, a page at a time. Owns its read-only transaction."""
    wrong: list[Wrong] = []
    count = 0
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine().connect().execution_options(**options) as connection, connection.begin():
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
        for page in _pages(connection):
            count += len(page)
            wrong += _sellers(connection, page)
            wrong += _payouts(connection, page)
    return Proof(count, wrong)


def _pages(connection: Connection) -> Iterator[list[UUID]]:
    after = FIRST
    statement = "SELECT id FROM sellers WHERE id > %(after)s ORDER BY id LIMIT %(limit)s"
    while rows := connection.exec_driver_sql(statement, {"after": after, "limit": PAGE_SELLERS}).all():
        yield [row.id for row in rows]
        after = rows[-1].id


def _sellers(connection: Connection, page: list[UUID]) -> Iterator[Wrong]:
    """came in − refunded − taken + given up = on hold + available + reserve + on the way + arrived."""
    owners = [encode("sel", id) for id in page]
    for row in connection.exec_driver_sql(statements.SELLERS, {"sellers": page, "owners": owners}):
        earned, there = Money(row.earned, row.currency), Money(row.there, row.currency)
        if earned != there:
            yield Wrong(
                "seller_balance_wrong",
                encode("sel", row.seller_id),
                f"By orders, payouts and corrections {earned} came together; held and sent are {there}: "
                f"{there - earned} too much",
                there - earned,
            )
    for row in connection.exec_driver_sql(statements.IN_TRANSIT, {"sellers": page, "owners": owners}):
        reserved, open_ = Money(row.reserved, row.currency), Money(row.open, row.currency)
        yield Wrong(
            "payouts_in_transit_wrong",
            encode("sel", row.seller_id),
            f"{reserved} is reserved in the ledger, payouts under way are {open_}",
            reserved - open_,
        )


def _payouts(connection: Connection, page: list[UUID]) -> Iterator[Wrong]:
    for row in connection.exec_driver_sql(statements.SUMS, {"sellers": page}):
        yield Wrong(
            "payout_sum_wrong",
            encode("po", row.id),
            f"The payout is of {row.amount_minor} minor units, its items add up to {row.items_minor}",
        )
    for row in connection.exec_driver_sql(statements.ITEMS, {"sellers": page}):
        live = ", ".join(encode("po", id) for id in row.live or ()) or "none"
        named = encode("po", row.payout_id) if row.payout_id else "none"
        yield Wrong("payout_item_wrong", f"item {row.id}", f"It names {named}; live payouts with it: {live}")
