"""The bank's leg: a credit that is one payout is booked as its arrival, once; every other is told with its amount."""

from __future__ import annotations

import contextlib
import io
import threading
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import journal, payout_recipes
from checkout.ledger.reverse import reverse_entry
from checkout.ledger.verify import verify_ledger
from checkout.reconciliation.bank import book as bank
from checkout.reconciliation.bank.arrivals import Credit, PayoutSent, pair
from checkout.reconciliation.desk.resolutions import plan, ways_of
from checkout.reconciliation.desk.resolve import unexplained
from checkout.reconciliation.files.receive import Delivery, receive_file
from checkout.reconciliation.night.comparisons import comparisons_of
from checkout.reconciliation.night.put_aside import put_aside
from checkout.reconciliation.night.run import run_day
from checkout.reconciliation.queries import files_of
from tests.reconciliation.conftest import CAUSE, DAY, alerts, days_later, receive
from tests.reconciliation.writers import camt053, stripe
from tests.reconciliation.writers.told import Told

BANK_BALANCE = """
    SELECT a.kind, sum(p.amount_minor)::bigint AS minor FROM postings p JOIN ledger_accounts a ON a.id = p.account_id
     WHERE a.kind = ANY(%(kinds)s) GROUP BY a.kind ORDER BY a.kind
"""
AT = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)


def sent(number: str, minor: int, currency: str = "EUR", psp: str = "stripe", at: datetime = AT) -> None:
    with atomic() as session:
        entry = payout_recipes.psp_payout_sent(
            psp=psp, number=number, amount=Money(minor, currency), effective_at=at
        )
        journal.post(session, entry, cause=CAUSE)


def came_back(number: str, minor: int) -> None:
    with atomic() as session:
        entry = payout_recipes.psp_payout_failed(
            psp="stripe", number=number, amount=Money(minor, "EUR"), effective_at=AT
        )
        journal.post(session, entry, cause=CAUSE)


def credit(minor: int, reference: str = "STRIPE", currency: str = "EUR") -> Told:
    return Told("payout" if minor > 0 else "adjustment", minor, 0, currency, AT, reference)


def statement(*credits: Told, day: date = DAY, id: str = "STMT-7", write: Any = camt053.write) -> None:
    """Its entries have references of their own."""
    delivery = Delivery(psp="bank", business_on=day, name="statement.xml", origin="cli", by="test")
    content = write(credits).replace(b"STMT-7", id.encode()).replace(b">BANK", f">{id}-".encode())
    receive_file(io.BytesIO(content), delivery, cause=CAUSE)


def compare(day: date = DAY):
    return run_day("bank", day, by="test", cause=CAUSE).report


def balances(db, *kinds: str) -> dict[str, int]:
    return {row["kind"]: row["minor"] for row in db.rows(BANK_BALANCE, kinds=list(kinds))}


def arrived(db) -> list[tuple[str, str, str, int]]:
    rows = db.rows(
        """
        SELECT e.source, a.kind, a.owner, p.currency, p.amount_minor FROM journal_entries e
          JOIN postings p ON p.entry_id = e.id JOIN ledger_accounts a ON a.id = p.account_id
         WHERE e.kind = 'psp_payout_received' ORDER BY e.source, p.amount_minor DESC
        """
    )
    return [(row["source"], row["kind"], row["currency"], row["amount_minor"]) for row in rows]


def test_the_platforms_payout_arrives(db):
    """S1's last lines: 4.88 EUR sent is 4.88 EUR on the statement: bank 488, nothing in transit, the day is closed."""
    sent("txn_2", 488)
    statement(credit(488))

    report = compare()

    assert arrived(db) == [("txn_2", "bank", "EUR", 488), ("txn_2", "bank_in_transit", "EUR", -488)]
    assert (report.rows, report.matched, report.unexplained, alerts(db)) == (1, 1, {}, [])
    assert db.rows("SELECT status FROM settlement_files") == [{"status": "closed"}]
    assert verify_ledger().holds


def test_the_same_day_again_books_nothing(db):
    """Compared twice: one arrival, the same report."""
    sent("txn_2", 488)
    statement(credit(488), credit(-30, "fee of the account"))
    assert compare() == compare()
    assert len(arrived(db)) == 2


def test_yen_and_dinars_arrive_too(db):
    """1 000 JPY and 12.340 KWD; an amount that is equal in digits and other in currency is not theirs."""
    sent("txn_jpy", 1000, "JPY")
    sent("txn_kwd", 12340, "KWD", psp="adyen")
    statement(credit(1000, currency="JPY"), credit(12340, currency="KWD"), credit(1000, currency="EUR"))
    compare()
    assert [row[:3] for row in arrived(db) if row[1] == "bank"] == [
        ("txn_jpy", "bank", "JPY"), ("txn_kwd", "bank", "KWD"),
    ]  # fmt: skip
    assert alerts(db) == [("payout_mismatch", -1000, "EUR", "open")]


@pytest.mark.parametrize(
    ("credits", "differences"),
    [
        ((credit(487, "PAYOUT txn_2"),), [1]),
        ((credit(500),), [-500]),
        ((credit(488, "one"), credit(488, "other")), [-488, -488]),
    ],
    ids=["short", "unknown", "twice"],
)
def test_a_credit_that_is_no_payout_is_told(db, credits, differences):
    """0.01 too little for the payout that it names; an amount that nobody sent; two credits for one payout."""
    sent("txn_2", 488)
    statement(*credits)
    report = compare()
    assert sorted(row[1] for row in alerts(db)) == sorted(differences)
    assert {row[0] for row in alerts(db)} == {"payout_mismatch"}
    assert (arrived(db), report.differing, report.is_explained) == ([], len(credits), False)


def test_of_equal_payouts_the_text_says_which(db):
    """Two payouts of 4.88: one credit names the second, so the other credit is the first."""
    sent("txn_1", 488)
    sent("txn_2", 488)
    statement(credit(488, "no number"), credit(488, "STRIPE PAYOUT txn_2"))
    report = compare()
    assert (report.matched, report.differing) == (2, 0)
    assert {row[0] for row in arrived(db)} == {"txn_1", "txn_2"}


def test_what_came_back_or_was_sent_long_before_does_not_arrive(db):
    """A payout that the bank returned, and one of two weeks before: the credit of their amount is neither; that the
    older one was due is told as well."""
    sent("txn_1", 488)
    came_back("txn_9", 488)
    sent("txn_2", 700, at=datetime(2026, 3, 1, 9, 0, tzinfo=UTC))
    statement(credit(488), credit(700))
    compare()
    assert arrived(db) == []
    assert sorted(row[1] for row in alerts(db)) == [-700, -488, 700]


def test_a_payout_is_named_by_its_id_in_the_psps_file(db):
    """The bank writes po_2, which the PSP's file ties to the movement txn_2; the other credit is the other payout."""
    for number in ("txn_1", "txn_2"):
        sent(number, 488)
    receive(stripe.write([Told("payout", -488, 0, "EUR", AT, "")] * 3).replace(b"obj_", b"po_"))
    statement(credit(488, "PAYOUT po_2 STRIPE"), credit(488))
    compare()
    keys = db.rows(
        "SELECT source, source_key FROM journal_entries WHERE kind = 'psp_payout_received' ORDER BY 1"
    )
    lines = [int(row["source_key"].rpartition(":")[2]) for row in keys]
    assert [row["source"] for row in keys] == ["txn_1", "txn_2"]
    assert lines[1] < lines[0]


@pytest.mark.parametrize(("locked", "arrivals"), [(True, 1), (False, 2)], ids=["guarded", "control"])
def test_two_statements_at_once_book_one_arrival(db, monkeypatch, locked, arrivals):
    """Two days' statements show a credit of 4.88, and one such payout is on its way: it arrives once. Without the lock
    both runs see it on its way, and it arrives twice."""
    sent("txn_2", 488)
    sent("txn_3", 10_000)
    statement(credit(488))
    statement(credit(488, "other"), day=date(2026, 3, 15), id="STMT-8")
    both_have_looked, look, execute = threading.Barrier(2), bank._findings, bank.execute

    def looked(*arguments):
        found = look(*arguments)
        with contextlib.suppress(threading.BrokenBarrierError):
            both_have_looked.wait(timeout=0.5 if locked else 30)
        return found

    def without_lock(session, sql, **parameters):
        return None if "advisory" in sql else execute(session, sql, **parameters)

    monkeypatch.setattr(bank, "_findings", looked)
    if not locked:
        monkeypatch.setattr(bank, "execute", without_lock)
    runs = [
        threading.Thread(target=bank.book_arrivals, args=(files_of("bank", day), "bank", CAUSE))
        for day in (DAY, date(2026, 3, 15))
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len(arrived(db)) == 2 * arrivals


def test_a_credit_is_never_put_aside_as_a_psps_line(db):
    """Three days later nobody knows it still: no account of a PSP named `bank` holds it, and no way books it."""
    statement(credit(500))
    days_later(3)

    aside = put_aside("bank", DAY, cause=CAUSE)

    assert (aside, compare().differing) == (0, 1)
    assert db.rows("SELECT kind FROM journal_entries") == []
    (alert,) = db.rows("SELECT alert_id FROM settlement_differences")
    with atomic() as session:
        found = unexplained(session, alert["alert_id"])
    assert (ways_of(found), plan(found, "not_ours").entries) == (("expected_later", "not_ours"), ())


def test_one_credit_may_be_several_payouts(db):
    """3.00 and 4.88 of one PSP arrive as 7.88, and 1 000 and 2 000 yen as 3 000; the same sum by two PSPs' payouts is
    nobody's."""
    for number, minor, currency, psp in (
        ("txn_1", 300, "EUR", "stripe"), ("txn_2", 488, "EUR", "stripe"), ("txn_3", 1000, "JPY", "stripe"),
        ("txn_4", 2000, "JPY", "stripe"), ("txn_5", 1000, "KWD", "stripe"), ("txn_6", 2340, "KWD", "adyen"),
    ):  # fmt: skip
        sent(number, minor, currency, psp)
    statement(credit(788), credit(3000, currency="JPY"), credit(3340, currency="KWD"))
    report = compare()
    assert [row[0] for row in arrived(db) if row[1] == "bank"] == ["txn_1", "txn_2", "txn_3", "txn_4"]
    assert alerts(db) == [("payout_mismatch", -3340, "KWD", "open")]
    steps = comparisons_of(run_day("bank", DAY, by="test", cause=CAUSE).id)[0].steps
    assert (report.rows, steps.auto, steps.by_rule, steps.differing + steps.unmatched_theirs) == (3, 0, 2, 1)
    assert steps.adds_up
    assert verify_ledger().holds


def test_a_sum_that_two_sets_of_payouts_have_is_nobodys(db):
    """1 + 4 and 2 + 3 are both 5: a person must look."""
    for n in (1, 2, 3, 4):
        sent(f"txn_{n}", n * 100)
    statement(credit(500))
    compare()
    assert (arrived(db), len(alerts(db))) == ([], 1)


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_a_sum_beside_single_payouts_of_that_amount_is_nobodys(db, currency):
    """Two payouts of 500, and 300 + 200: the credit of 500 is one of three things, and a person must look."""
    for n, minor in enumerate((500, 500, 300, 200)):
        sent(f"txn_{n}", minor, currency)
    statement(credit(500, currency=currency))
    compare()
    assert (arrived(db), alerts(db)) == ([], [("payout_mismatch", -500, currency, "open")])


def test_among_too_many_payouts_no_sum_is_guessed(db):
    """Of twenty-two on their way two pairs are 21.00, one of them among the last: nobody knows which it is."""
    amounts = [1000, 1100, *(2100 + 7 * n for n in range(1, 19)), 1, 2099]
    payouts = [PayoutSent(f"txn_{n}", "stripe", "EUR", minor, AT) for n, minor in enumerate(amounts)]
    (found,) = pair([Credit("", 2100, "EUR", AT)], payouts, before=bank.BEFORE, after=bank.AFTER)
    assert found.shares == ()


def test_a_payout_that_is_named_may_come_in_parts(db):
    """4.88 as 4.00 and 0.88, both naming it: it has arrived. A part alone is short, and nothing of it is booked."""
    sent("txn_2", 488)
    sent("txn_3", 900)
    statement(credit(400, "txn_2"), credit(88, "rest of txn_2"), credit(600, "txn_3"))
    compare()
    assert [row[3] for row in arrived(db) if row[1] == "bank"] == [400, 88]
    assert alerts(db) == [("payout_mismatch", 300, "EUR", "open")]


@pytest.mark.parametrize(
    ("kind", "reference"), [("payout_reversal", "returned"), ("adjustment", "RETURN txn_2")]
)
def test_a_payout_that_the_bank_sends_back_is_on_its_way_again(db, kind, reference):
    """4.88 arrived, then went back: the bank has nothing, and the PSP may say that it has it."""
    sent("txn_2", 488)
    statement(credit(488))
    compare()
    back = Told(kind, -488, 0, "EUR", AT, reference)
    statement(back, day=date(2026, 3, 15), id="STMT-8")
    report = compare(date(2026, 3, 15))
    assert balances(db, "bank", "bank_in_transit") == {"bank": 0, "bank_in_transit": 488}
    came_back("txn_9", 488)
    assert balances(db, "bank", "bank_in_transit") == {"bank": 0, "bank_in_transit": 0}
    assert (report.matched, report.unexplained, alerts(db)) == (1, {}, [])
    assert compare(date(2026, 3, 15)) == report
    assert verify_ledger().holds


def test_a_return_of_a_payout_that_never_arrived_is_told(db):
    """The bank says that it reversed 7.00; what else goes out is our own business."""
    statement(Told("payout_reversal", -700, 0, "EUR", AT, "?"), credit(-9900, "rent"))
    report = compare()
    assert (alerts(db), report.differing) == ([("payout_mismatch", 700, "EUR", "open")], 1)


@pytest.mark.parametrize(("minor", "currency"), [(-350, "EUR"), (-100, "JPY"), (1250, "KWD")])
def test_the_banks_costs_are_booked(db, minor, currency):
    """3.50 taken for the account lies in the costs; what is given back comes off them again."""
    statement(Told("fee", minor, 0, currency, AT, "account"))
    first = compare()
    assert compare() == first
    assert balances(db, "bank", "psp_fees") == {"bank": minor, "psp_fees": -minor}
    assert (first.unexplained, alerts(db)) == ({}, [])


def test_a_payout_that_no_statement_shows_in_time_is_told_once(db):
    """Sent on Saturday the 14th, due five business days later, on the 23rd: not told on Friday, told on Monday, not again
    on Tuesday; on Wednesday it arrives, and the alert is closed."""
    sent("txn_2", 488)
    sent("txn_kwd", 12340, "KWD")
    told = []
    for n, day in enumerate((20, 23, 24)):
        statement(credit(-100, "rent"), day=date(2026, 3, day), id=f"STMT-{n}")
        compare(date(2026, 3, day))
        told.append(sorted(alerts(db)))
    assert told == [
        [],
        *[[("payout_mismatch", 488, "EUR", "open"), ("payout_mismatch", 12340, "KWD", "open")]] * 2,
    ]
    at = datetime(2026, 3, 24, 9, 0, tzinfo=UTC)
    statement(Told("payout", 488, 0, "EUR", at, "txn_2"), day=date(2026, 3, 25), id="STMT-9")
    compare(date(2026, 3, 25))
    assert [row[3] for row in sorted(alerts(db))] == ["resolved", "open"]


@given(st.lists(st.tuples(st.sampled_from(["EUR", "JPY", "KWD"]), st.integers(1, 10**9)), min_size=1, max_size=5),
       st.sets(st.integers(0, 4)), st.integers(0, 3))  # fmt: skip
@settings(max_examples=50, deadline=None)
def test_of_any_statement_each_payout_arrives_at_most_once(amounts, missing, strange):
    """Payouts of any amounts, some not on the statement, and credits that nobody sent: what is named arrives, each once,
    never more of it than was sent; every other credit is nobody's."""
    payouts = [PayoutSent(f"txn_{n}", "stripe", c, minor, AT) for n, (c, minor) in enumerate(amounts)]
    shown = [
        Credit(payout.number, payout.amount_minor, payout.currency, AT)
        for n, payout in enumerate(payouts) if n not in missing
    ]  # fmt: skip
    unknown = [Credit("nobody", 10**10 + n, "EUR", AT) for n in range(strange)]
    found = pair([*shown, *unknown], payouts, before=bank.BEFORE, after=bank.AFTER)
    shares = [share for finding in found for share in finding.shares]
    assert [share.payout.number for share in shares] == [credit.reference for credit in shown]
    assert all(share.amount_minor == share.payout.amount_minor for share in shares)
    assert [finding.shares for finding in found[len(shown) :]] == [()] * strange


def test_an_arrival_that_was_reversed_is_told_again(db):
    """Somebody undid the booking: the payout is on its way again, and the credit waits for a person."""
    sent("txn_2", 488)
    statement(credit(488))
    compare()
    (entry,) = db.rows("SELECT id FROM journal_entries WHERE kind = 'psp_payout_received'")
    with atomic() as session:
        reverse_entry(session, entry["id"], cause=CAUSE)

    report = compare()

    assert (report.differing, alerts(db)) == (1, [("payout_mismatch", -488, "EUR", "open")])
