"""Every figure that a PSP's file or a bank statement tells of is explained down to its row, byte for byte: file, SHA-256, line,
the cells that were read, and what they were read as."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from checkout.core.errors import NotFound
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.explanations.document import document_of
from checkout.explanations.evidence import settlement_of
from checkout.identity.access import Reach
from checkout.ledger import chart, journal, payout_recipes, recipes
from checkout.ledger.entry import Entry, PspNumber, credit, debit, legs
from checkout.reconciliation.files.receive import Delivery, receive_file
from checkout.reconciliation.night.run import run_day
from checkout.reconciliation.settled import settled_of
from tests.explanations.conftest import paid_order, pay_out, psp, release, shop, terms, why
from tests.pages.money_back import new_bank, new_desk
from tests.reconciliation.conftest import CAUSE, COLUMNS, DAY, Night, changed, compare, csv_of, major, receive
from tests.reconciliation.desk.test_parts import resolve
from tests.reconciliation.writers import camt053
from tests.reconciliation.writers.told import Told

__all__ = ["paid_order", "pay_out", "psp", "shop"]

AT = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
NUMBERED = """
    SELECT n.number, e.kind, e.source, p.currency, sum(p.amount_minor)::bigint AS minor
      FROM psp_numbers n JOIN journal_entries e ON e.id = n.entry_id AND n.part = 'movement'
      JOIN postings p ON p.entry_id = e.id JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'psp_balance'
     GROUP BY 1, 2, 3, 4 ORDER BY 1
"""
CURRENCIES = [("EUR", 2490, "24.90 EUR"), ("JPY", 1000, "1000 JPY"), ("KWD", 12340, "12.340 KWD")]


def told(db, kind: str) -> str:
    """The PSP's file of all that it numbers; returns the row of the entry of that kind, as it stands there."""
    rows = {
        row["kind"]: {
            **dict.fromkeys(COLUMNS, ""),
            "balance_transaction_id": row["number"],
            "created_utc": "2026-03-14 12:00:00",
            "currency": row["currency"].lower(),
            "gross": major(row["minor"], row["currency"]),
            "fee": "0",
            "net": major(row["minor"], row["currency"]),
            "reporting_category": row["kind"],
        }
        for row in db.rows(NUMBERED)
    }
    content = csv_of(rows.values())
    receive(content, name="tonight.csv")
    return content.decode().splitlines()[1 + list(rows).index(kind)]


def row_in(found, raw: str):
    """The piece of evidence that is this row."""
    (piece,) = (piece for piece in found.evidence if piece.raw == raw)
    assert "".join(cell.text for cell in piece.row.cells) == raw
    return piece


@pytest.mark.parametrize(("currency", "gross", "said"), CURRENCIES)
def test_a_payment_and_its_fee_lead_to_the_row(db, currency, gross, said):
    """What was received and what the PSP kept stand in one row; the cells that were read are marked."""
    night = Night()
    charge = night.charge(gross, 29, currency)
    content = csv_of(night.rows())
    file, _ = receive(content, name="tonight.csv")
    found = why(f"{encode('jrn', entry(db, 'payment_captured'))}/moved.{currency}")

    piece = row_in(found, content.decode().splitlines()[1])

    assert (piece.kind, piece.id, piece.name, piece.row.line) == (
        "settlement",
        file.public_id,
        "tonight.csv",
        2,
    )
    assert (piece.row.sha256, piece.row.psp) == (file.sha256, "stripe")
    used = {cell.column: (cell.text, cell.reads) for cell in piece.row.cells if cell.reads}
    assert used["gross"] == (major(gross, currency), "gross")
    assert used["balance_transaction_id"] == (charge.number, "number")
    assert piece.row.parsed["gross"] == said
    fee = why(f"{encode('jrn', entry(db, 'psp_fee'))}/moved.{currency}")
    assert (fee.result.amount_minor, row_in(fee, piece.raw).id) == (29, file.public_id)


def entry(db, kind: str):
    return db.value("SELECT id FROM journal_entries WHERE kind = %(kind)s", kind=kind)


def test_a_payments_own_figures_lead_to_it_too(db, shop):
    """15.00 received less a fee of 0.55: both of the payment's own figures end at the same row; a storefront is told the
    line and not shown the row."""
    payment = shop.paid((1500,))
    with atomic() as session:
        journal.learn_number(session, "stripe", "txn_1", entry(db, "payment_captured"))
        fee = recipes.psp_fee(source=payment.public_id, psp="stripe", number="txn_1", fee=Money(55, "EUR"))
        journal.post(session, fee, cause=CAUSE)
    raw = told(db, "payment_captured")

    assert row_in(why(f"{payment.public_id}/amount_received"), raw)
    fee = why(f"{payment.public_id}/fee")
    own = Reach(storefronts=frozenset({shop.storefront_id}))
    assert (terms(fee), row_in(fee, raw).row.line) == ([("Fee of the payment provider", 55)], 2)
    shown = why(f"{payment.public_id}/amount_received", own)
    assert [piece.raw for piece in shown.evidence if piece.kind == "settlement"] == [None]
    with pytest.raises(NotFound):
        why(f"{payment.public_id}/fee", own)


def test_a_refund_leads_to_its_row(db):
    """5.00 of 15.00 goes back: the row of the refund, from the seller's money, as the refund itself says."""
    desk = new_desk(db)
    refund = desk.refunds(desk.paid(1500), 500)
    raw = told(db, "refund_sent")

    found = why(f"{refund.public_id}/amount")

    assert (terms(found), found.holds) == ([("from Ada's Pottery, seller pending", 500)], True)
    assert row_in(found, raw).row.parsed["gross"] == "-5.00 EUR"
    assert [column["read_as"] for column in document_of(found)["evidence"][0]["row"]["columns"]].count(
        "gross"
    ) == 1


def test_a_disputes_movements_lead_to_their_rows(db):
    """15.00 and a fee of 15.00 taken by one row."""
    bank = new_bank(db)
    dispute = bank.now(bank.told(bank.paid(1500)))
    raw = told(db, "dispute_withdrawn")

    found = why(f"{dispute.public_id}/amount")

    assert found.holds
    assert terms(found) == [("Dispute", 3000)]
    assert row_in(found, raw).row.parsed["kind"].startswith("unknown")


def test_a_sellers_payout_leads_to_its_transfers_row(db, shop, paid_order, pay_out):
    """The payout's amount is the ledger's alone; the PSP's row is the transfer's."""
    order = paid_order()
    release(order.id)
    payout = pay_out(shop.ada)
    number = f"txn_{uuid4().hex[:8]}"
    with atomic() as session:
        transferred = payout_recipes.payout_transferred(
            payout_id=payout.id, seller_id=payout.seller_id, psp="stripe", number=number, amount=payout.amount
        )
        journal.post(session, transferred, cause=CAUSE)
    raw = told(db, "payout_transferred")

    piece = row_in(why(f"{payout.public_id}/amount"), raw)

    assert piece.row.parsed["number"] == number
    own = why(f"{payout.public_id}/amount", Reach(sellers=frozenset({shop.ada})))
    assert [each for each in own.evidence if each.kind == "settlement"] == []


@pytest.mark.parametrize(("currency", "gross", "said"), CURRENCIES)
def test_a_payout_to_our_bank_leads_to_the_statements_entry(db, currency, gross, said):
    """Sent: it is on its way. Once the statement shows it nothing is, and the entry of the statement stands there as it
    is in the XML, its amount marked."""
    with atomic() as session:
        sent = payout_recipes.psp_payout_sent(
            psp="stripe", number="txn_2", amount=Money(gross, currency), effective_at=AT
        )
        posted = journal.post(session, sent, cause=CAUSE)
    ref = f"{encode('jrn', posted.id)}/on_its_way.{currency}"
    assert (why(ref).result, why(ref).holds) == (Money(gross, currency), True)
    content = camt053.write([Told("payout", gross, 0, currency, AT, "STRIPE txn_2")])
    delivery = Delivery(psp="bank", business_on=DAY, name="statement.xml", origin="cli", by="test")
    receive_file(io.BytesIO(content), delivery, cause=CAUSE)
    run_day("bank", DAY, by="test", cause=CAUSE)

    found = why(ref)

    assert (found.result.amount_minor, [minor for _, minor in terms(found)], found.holds) == (
        0,
        [gross, -gross],
        True,
    )
    (raw,) = (line for line in content.decode().splitlines() if line.startswith("<Ntry>"))
    piece = row_in(found, raw)
    assert [cell.text for cell in piece.row.cells if cell.column == "Amt"] == [major(gross, currency)]
    assert piece.row.parsed["gross"] == said


def test_a_top_up_leads_to_its_row(db):
    """We sent 50.00 to the PSP: its row says so."""
    with atomic() as session:
        amount = Money(5000, "EUR")
        moved = legs(debit(chart.psp_balance("stripe"), amount), credit(chart.bank("DE02"), amount))
        topped = Entry("psp_topped_up", "txn_9", "alr", moved, AT, psp_number=PspNumber("stripe", "txn_9"))
        posted = journal.post(session, topped, cause=CAUSE)
    raw = told(db, "psp_topped_up")
    assert row_in(why(f"{encode('jrn', posted.id)}/moved.EUR"), raw).row.parsed["gross"] == "50.00 EUR"


@pytest.mark.parametrize(
    ("currency", "gross", "less"), [("EUR", 2490, 100), ("JPY", 1000, 100), ("KWD", 12340, 10)]
)
def test_what_a_night_left_unexplained_leads_to_its_alerts_and_their_rows(db, currency, gross, less):
    """Two rows short: the run's difference is the sum of two alerts, each ours less theirs, each with its row."""
    night = Night()
    rows = [changed(night.charge(gross, currency=currency), gross=gross - less) for _ in range(2)]
    content = csv_of(rows)
    receive(content)
    run_id = encode("run", compare().id)

    found = why(f"{run_id}/difference.{currency}")

    assert ([minor for _, minor in terms(found)], found.stored.amount, found.holds) == (
        [less, less], Money(2 * less, currency), True,
    )  # fmt: skip
    lines = content.decode().splitlines()[1:]
    assert [piece.raw for piece in found.evidence if piece.row] == lines
    ends = [why(str(term.ref)) for term in found.terms]
    assert sorted(piece.raw for end in ends for piece in end.evidence if piece.row) == sorted(lines)
    assert [minor for _, minor in terms(ends[0])] == [gross, less - gross]
    db.rows(
        "UPDATE alerts SET status = 'resolved', resolution = 'x', resolution_kind = 'not_ours', resolved_at = now()"
    )
    assert why(f"{run_id}/difference.{currency}").holds, "the run says what it came to, not what became of it"
    compare()
    assert why(f"{run_id}/difference.{currency}").result == Money(0, currency)


def test_what_is_explained_in_parts_is_taken_off_a_nights_difference(db):
    """1.00 short, of which 0.40 are claimed: 0.60 are left, and the run's report says the same."""
    receive(csv_of([changed(Night().charge(2490), gross=2390)]))
    run_id = encode("run", compare().id)
    alert = db.value("SELECT alert_id FROM settlement_differences")
    resolve(alert, "psp_claim", amount=Money(40, "EUR"))
    compare()

    found = why(f"{run_id}/difference.EUR")

    assert ([minor for _, minor in terms(found)], found.result, found.holds) == (
        [100, -40], Money(60, "EUR"), True,
    )  # fmt: skip


def test_a_row_that_was_kept_out_is_shown_as_it_stands(db):
    """Nothing of it was read, so nothing is marked; why it was kept out is said beside it."""
    night = Night()
    rows = [night.charge(1000 + n).row() for n in range(120)]
    content = csv_of([{**rows[0], "gross": "much"}, *rows[1:]])
    receive(content)
    compare()
    alert = db.value("SELECT alert_id FROM settlement_differences WHERE code = 'row_rejected'")

    found = why(f"{encode('alr', alert)}/difference")

    (piece,) = (each for each in found.evidence if each.row)
    assert (piece.raw, piece.row.parsed) == (content.decode().splitlines()[1], {})
    assert "kept out" in piece.note


@pytest.mark.parametrize(
    "ref",
    ["run/difference.XXX", "run/difference.\0", "run/total.EUR", "alr/amount", "jrn/moved.JPY", "jrn/moved"],
)
def test_what_is_no_figure_is_not_found(db, ref):
    night = Night()
    receive(csv_of([changed(night.charge(2490), gross=2390)]))
    outcome = compare()
    alert = db.value("SELECT alert_id FROM settlement_differences")
    ids = {"run": outcome.id, "alr": alert, "jrn": entry(db, "payment_captured")}
    prefix, _, field = ref.partition("/")
    with pytest.raises(NotFound):
        why(f"{encode(prefix, ids[prefix])}/{field}")


def test_a_file_that_was_refused_settles_nothing(db):
    night = Night()
    charge = night.charge(2490, 102)
    payment = decode("pay", charge.payment)
    with atomic() as session:
        assert settled_of(session, [payment]) == {}
    receive(csv_of(night.rows()))
    with atomic() as session:
        assert len(settlement_of(session, payment)) == 1
    db.rows("UPDATE settlement_files SET status = 'rejected'")

    with atomic() as session:
        assert settled_of(session, [payment]) == {}
    assert not any(
        piece.row for piece in why(f"{encode('jrn', entry(db, 'payment_captured'))}/moved.EUR").evidence
    )
