"""`python -m bench.ledger_cells NAME SECONDS THREADS` on LEDGER_URL: our own cells of the ledger's benchmark."""

from __future__ import annotations

import os
import sys
from itertools import count
from uuid import UUID, uuid4

import psycopg

from bench.threads import Work, measure
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic, configure
from checkout.ledger import chart, journal, recipes
from checkout.ledger.entry import Entry, credit, debit
from checkout.ledger.recipes import OrderPart

URL = os.environ["LEDGER_URL"]
CAUSE = Cause("system", "bench")
BATCH = 50
PAYOUTS = 500
SELLERS = [UUID(int=number) for number in range(1, 501)]


def capture() -> Entry:
    """Four postings: the PSP's balance against three sellers' orders, as a checkout of three sellers has."""
    parts = [
        OrderPart(new_uuid(), seller, Money(amount, "EUR"))
        for seller, amount in zip(SELLERS, (1500, 690, 300), strict=False)
    ]
    return recipes.payment_captured(
        payment_id=new_uuid(),
        psp="stripe",
        charge_id=f"ch_{uuid4().hex}",
        amount=Money(2490, "EUR"),
        orders=parts,
    )


def one() -> Work:
    """An entry in a transaction of its own, through the application's own journal."""

    def work() -> int:
        with atomic() as session:
            journal.post(session, capture(), cause=CAUSE)
        return 1

    return work


def batch() -> Work:
    """Fifty of them in a transaction."""

    def work() -> int:
        with atomic() as session:
            journal.post_many(session, [capture() for _ in range(BATCH)], cause=CAUSE)
        return BATCH

    return work


def payouts() -> Work:
    """The postings of a payout run: two for each of five hundred sellers."""
    numbers = count()

    def work() -> int:
        run = f"{uuid4().hex}:{next(numbers)}"
        entries = [
            Entry(
                "payout_created",
                f"{run}:{seller.int}",
                "po_bench",
                (
                    debit(chart.seller_available(seller), Money(100, "EUR")),
                    credit(chart.payout_in_transit(seller), Money(100, "EUR")),
                ),
            )
            for seller in SELLERS
        ]
        with atomic() as session:
            journal.post_many(session, entries, cause=CAUSE)
        return PAYOUTS

    return work


INSERT_ENTRY = """
    INSERT INTO journal_entries (id, kind, source_key, source, cause, effective_at, recorded_at)
    VALUES (%s, 'payment_captured', %s, 'pay_bench', 'system:bench', %s, %s)
"""
INSERT_POSTINGS = """
    INSERT INTO postings (entry_id, account_id, order_id, currency, amount_minor)
    VALUES (%s, %s, NULL, 'EUR', 2490), (%s, %s, %s, 'EUR', -1500), (%s, %s, %s, 'EUR', -690), (%s, %s, %s, 'EUR', -300)
"""


def plain() -> Work:
    """The same rows by the driver alone, two statements; the database is the one without our triggers or with them."""
    connection = psycopg.connect(URL)
    psp, *sellers = [
        row[0]
        for row in connection.execute(
            "SELECT id FROM ledger_accounts WHERE kind IN ('psp_balance', 'seller_pending') ORDER BY kind, owner LIMIT 4"
        )
    ]
    connection.commit()

    def work() -> int:
        id, now = new_uuid(), utcnow()
        legs = [value for seller in sellers for value in (id, seller, id)]
        connection.execute(INSERT_ENTRY, [id, f"ch_{uuid4().hex}", now, now])
        connection.execute(INSERT_POSTINGS, [id, psp, *legs])
        connection.commit()
        return 1

    return work


def main() -> None:
    configure(URL, pool_size=16)
    with atomic() as session:
        journal.post(session, capture(), cause=CAUSE)
    name, seconds, threads = sys.argv[1:]
    cells = {"one": one, "batch": batch, "payouts": payouts, "plain": plain}
    measure(cells[name], seconds=float(seconds), threads=int(threads))


if __name__ == "__main__":
    main()
