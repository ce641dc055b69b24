"""The proof of the ledger: every seal, entry, sum, side, cached balance, payment, order, refund, wallet and dispute, in one
snapshot, in bounded memory. It reads; it repairs nothing."""

from __future__ import annotations

from dataclasses import dataclass

from checkout.db.session import engine
from checkout.ledger.findings import Difference, Findings
from checkout.ledger.verify_disputes import verify_disputes
from checkout.ledger.verify_journal import verify_journal
from checkout.ledger.verify_orders import verify_orders
from checkout.ledger.verify_payments import verify_payments
from checkout.ledger.verify_refunds import verify_refunds
from checkout.ledger.verify_totals import verify_totals
from checkout.ledger.verify_wallets import verify_wallets

STATEMENT_TIMEOUT = "30min"  # it adds up the whole ledger; nobody waits for its locks, for it takes none


@dataclass(frozen=True, slots=True)
class Report:
    """`head_digest` is the last seal's: kept elsewhere, it also shows that the newest seals were cut off."""

    entries: int
    postings: int
    payments: int
    orders: int
    wallets: int
    seals: int
    unsealed_entries: int
    head_digest: str
    difference_count: int
    differences: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        return self.difference_count == 0


def verify_ledger() -> Report:
    """Proves the ledger and names the first differences. Owns its read-only transaction."""
    findings = Findings()
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine().connect().execution_options(**options) as connection, connection.begin():
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
        journal = verify_journal(connection, findings)
        verify_totals(connection, findings)
        payments = verify_payments(connection, findings)
        orders = verify_orders(connection, findings)
        verify_refunds(connection, findings)
        wallets = verify_wallets(connection, findings)
        verify_disputes(connection, findings)
    return Report(
        entries=journal.entries,
        postings=journal.postings,
        payments=payments,
        orders=orders,
        wallets=wallets,
        seals=journal.seals,
        unsealed_entries=journal.unsealed,
        head_digest=journal.head.hex(),
        difference_count=findings.count,
        differences=tuple(findings.named),
    )
