"""S15: a row of 3.00 that nobody knows lies in suspense until it is found to be a refund; and a cent that the PSP rounds."""

from __future__ import annotations

from checkout.alerts import is_open
from checkout.core.ids import decode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.ledger import chart, journal
from checkout.ledger.settlement_recipes import suspense_cleared
from checkout.ledger.verify import verify_ledger
from checkout.reconciliation.desk.resolve import resolve_difference
from checkout.reconciliation.night.put_aside import put_aside
from tests.ledger.conftest import balance
from tests.reconciliation.conftest import CAUSE, DAY, alerts, changed, compare, csv_of, days_later, receive


def test_an_unknown_row_and_a_rounded_cent(db, night, nothing_rounded):
    """24.90 captured; the file says 24.89 and -3.00 besides. Suspense on the second day, cleared onto the seller once it
    is known, the cent accepted: psp_balance 21.89 as at the PSP, the seller 21.90, rounding 0.01, suspense nothing."""
    charge = night.charge(2490, 0)
    unknown = changed(charge, number="txn_x", source="", payment="", category="other_adjustment", gross=-300)
    receive(csv_of([changed(charge, gross=2489), unknown]))
    compare()
    assert put_aside("stripe", DAY, cause=CAUSE) == 0  # its day is not old enough
    assert balance(chart.suspense("stripe"), "EUR") == 0
    days_later(1)

    assert [put_aside("stripe", DAY, cause=CAUSE) for _ in range(2)] == [1, 0]

    assert _kinds("txn_x") == [("psp_balance", -300), ("suspense", 300)]
    assert alerts(db) == [("rounding", 1, "EUR", "open"), ("unknown_reference", 300, "EUR", "open")]
    assert compare().report.unexplained == {"EUR": 301}

    found = {row.code: row.alert_id for row in run("SELECT code, alert_id FROM settlement_differences")}
    seller, order = _seller_of_the_charge()
    with atomic() as session:
        cleared = suspense_cleared(
            alert_id=found["unknown_reference"],
            onto=seller,
            beyond=Money(300, "EUR"),
            psp="stripe",
            order_id=order,
        )
        journal.post(session, cleared, cause=CAUSE)
        resolve_difference(
            session,
            found["rounding"],
            way="accept_within_tolerance",
            note="The PSP rounds down.",
            by=CAUSE,
        )

    accounts = (chart.psp_balance("stripe"), seller, chart.ROUNDING, chart.suspense("stripe"))
    assert [balance(account, "EUR") for account in accounts] == [2189, -2190, 1, 0]
    assert verify_ledger().holds


def test_what_is_known_is_not_put_aside(db, night):
    """A wrong amount, a row told twice, and a cost of the account: none of them is a riddle."""
    lower, twice = night.charge(2490, 102), night.charge(1000)
    cost = changed(twice, number="txn_c", source="", payment="", category="fee", gross=-300)
    receive(csv_of([changed(lower, gross=2390), twice.row(), twice.row(), cost]))
    compare()
    days_later(2)

    assert put_aside("stripe", DAY, cause=CAUSE) == 0
    assert balance(chart.suspense("stripe"), "EUR") == 0
    with atomic() as session:
        assert not is_open(session, "file_missing:stripe:2026-03-14")


def _kinds(number):
    rows = run(
        """
        SELECT a.kind, p.amount_minor FROM journal_entries e
          JOIN postings p ON p.entry_id = e.id JOIN ledger_accounts a ON a.id = p.account_id
         WHERE e.kind = 'suspense_booked' AND e.source_key = %(number)s ORDER BY a.kind
        """,
        number=number,
    )
    return [(row.kind, row.amount_minor) for row in rows]


def _seller_of_the_charge():
    row = run(
        """
        SELECT a.owner, p.order_id FROM postings p JOIN ledger_accounts a ON a.id = p.account_id
         WHERE a.kind = 'seller_pending' LIMIT 1
        """
    )[0]
    return chart.seller_pending(decode("sel", row.owner)), row.order_id
