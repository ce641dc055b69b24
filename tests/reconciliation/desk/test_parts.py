"""A difference explained in parts, and claims that the PSP pays: what is left is computed, and closes the alert at zero."""

from __future__ import annotations

from typing import Any

import pytest

from checkout import approvals
from checkout.alerts import desk, resolve_alert
from checkout.alerts.desk import InvalidAlertState
from checkout.core.cause import Cause
from checkout.core.errors import InvalidParameter
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.ledger.verify import verify_ledger
from checkout.reconciliation.desk.resolutions import ResolutionNotPossible
from checkout.reconciliation.desk.resolve import apply_decision, preview, resolve_difference, unexplained
from checkout.reconciliation.night.put_aside import put_aside
from checkout.reporting import alert_figures
from checkout.tasks import ClaimedTask
from tests.reconciliation.conftest import CAUSE, DAY, changed, compare, csv_of, days_later, receive

FINANCE, APPROVER = (Cause("person", encode("usr", new_uuid())) for _ in range(2))
WHY = "the PSP's letter of the 16th"


def alert_of(code):
    """Of the open difference of that code."""
    rows = run(
        "SELECT alert_id FROM settlement_differences WHERE code = %(code)s ORDER BY found_at DESC", code=code
    )
    return rows[0].alert_id


def resolve(alert_id, way, **more):
    with atomic() as session:
        return resolve_difference(session, alert_id, way=way, note=WHY, by=FINANCE, **more)


def rest_of(alert_id):
    with atomic() as session:
        return unexplained(session, alert_id).beyond


def state(db, alert_id):
    return db.value("SELECT status FROM alerts WHERE id = %(id)s", id=alert_id)


def balances(db):
    """By kind of account, of those that settlement moves; debit is positive."""
    rows = db.rows("""
        SELECT a.kind, sum(p.amount_minor)::bigint AS minor FROM postings p
          JOIN ledger_accounts a ON a.id = p.account_id
         WHERE a.kind IN ('psp_balance', 'psp_claims', 'suspense', 'settlement_losses', 'psp_fees', 'rounding')
         GROUP BY a.kind HAVING sum(p.amount_minor) <> 0""")
    return {row["kind"]: row["minor"] for row in rows}


def decide(approval_id) -> None:
    """A second person approves, and it is carried out."""
    with atomic() as session:
        approvals.approve(session, approval_id, by=APPROVER)
    carry_out(approval_id)


def carry_out(approval_id) -> None:
    task = ClaimedTask(
        id=new_uuid(), kind="reconciliation.write_off_decided", queue="default", fencing_token=1, attempts=1,
        max_attempts=3, args={"approval": encode("apr", approval_id)},
    )  # fmt: skip
    with atomic() as session:
        apply_decision(session, task)


@pytest.mark.parametrize(
    ("currency", "whole", "part"), [("EUR", 1000, 600), ("JPY", 1000, 1), ("KWD", 1005, 5)]
)
def test_a_difference_is_explained_in_parts_and_closes_at_zero(
    db: Any, night: Any, currency: str, whole: int, part: int
) -> None:
    """A part is claimed, the alert stays open with the rest; the rest is booked as a fee, and it is closed."""
    receive(csv_of([changed(night.charge(24_900, currency=currency), gross=24_900 - whole)]))
    compare()
    alert = alert_of("amount_mismatch")

    resolve(alert, "psp_claim", amount=Money(part, currency))
    assert (state(db, alert), rest_of(alert)) == ("open", Money(whole - part, currency))

    resolve(alert, "post_correction", account="psp_fees")
    assert (state(db, alert), rest_of(alert)) == ("resolved", Money.zero(currency))
    assert balances(db) == {"psp_balance": 24_900 - whole, "psp_claims": part, "psp_fees": whole - part}
    assert compare().report.is_explained
    assert verify_ledger().holds


def test_two_parts_of_one_kind_are_two_entries(db: Any, night: Any) -> None:
    """0.60 and then 0.40 claimed: 1.00 is claimed, under keys of their own."""
    receive(csv_of([changed(night.charge(2490), gross=2390)]))
    compare()
    alert = alert_of("amount_mismatch")

    resolve(alert, "psp_claim", amount=Money(60, "EUR"))
    resolve(alert, "psp_claim")

    name = encode("alr", alert)
    keys = [
        row["source_key"]
        for row in db.rows(
            "SELECT source_key FROM journal_entries WHERE kind = 'psp_claimed' ORDER BY sequence"
        )
    ]
    assert keys == [name, f"{name}/2"]
    assert (balances(db)["psp_claims"], state(db, alert)) == (100, "resolved")


@pytest.mark.parametrize("amount", [Money(101, "EUR"), Money(-10, "EUR"), Money(0, "EUR"), Money(10, "JPY")])
def test_a_part_lies_within_what_is_left(db: Any, night: Any, amount: Money) -> None:
    """Of 1.00: not 1.01, not the other sign, not nothing, not another currency."""
    receive(csv_of([changed(night.charge(2490), gross=2390)]))
    compare()
    with pytest.raises(InvalidParameter):
        resolve(alert_of("amount_mismatch"), "psp_claim", amount=amount)
    assert balances(db) == {"psp_balance": 2490}


@pytest.mark.parametrize("note", ["", "too short", " " * 30])
def test_a_reason_has_ten_characters(db: Any, night: Any, note: str) -> None:
    """Less explains nothing."""
    receive(csv_of([changed(night.charge(2490), gross=2390)]))
    compare()
    with atomic() as session, pytest.raises(InvalidParameter):
        resolve_difference(session, alert_of("amount_mismatch"), way="psp_claim", note=note, by=FINANCE)


def adjustment(night, number, minor, currency="EUR"):
    """A line of the PSP's that names nothing of ours."""
    return changed(
        night.movements[0], number=number, source="", payment="", category="other_adjustment", gross=minor, fee=0,
        currency=currency,
    )  # fmt: skip


def claimed_night(night, *, adjustments, claim=100, currency="EUR"):
    """A charge of 24.90 (2490) that the file has less `claim`, and lines that nobody knows; the difference is claimed."""
    charge = night.charge(2490, currency=currency)
    lines = [adjustment(night, f"txn_adj{n}", minor, currency) for n, minor in enumerate(adjustments)]
    receive(csv_of([changed(charge, gross=2490 - claim), *lines]))
    compare()
    resolve(alert_of("amount_mismatch"), "psp_claim")
    return alert_of("amount_mismatch")


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_an_adjustment_pays_a_claim_and_the_day_is_closed(db: Any, night: Any, currency: str) -> None:
    """+1.00 of the PSP's answers the claim of 1.00: Dr psp_balance, Cr psp_claims, under the line's number; compared
    again the line matches."""
    claimed_night(night, adjustments=[100], currency=currency)
    paying = alert_of("unknown_reference")

    resolve(paying, "psp_claim_paid")

    assert balances(db) == {"psp_balance": 2490}
    assert db.rows("SELECT part FROM psp_numbers WHERE number = 'txn_adj0'") == [{"part": "movement"}]
    assert compare().report.is_explained
    assert rest_of(paying) == Money.zero(currency)
    assert state(db, paying) == "resolved"
    assert verify_ledger().holds


def test_a_claim_is_paid_in_two_parts(db: Any, night: Any) -> None:
    """0.60 and 0.40 of a claim of 1.00; then nothing is claimed any more."""
    claimed_night(night, adjustments=[60, 40])
    one, other = (
        row.alert_id
        for row in run(
            "SELECT alert_id FROM settlement_differences WHERE code = 'unknown_reference' ORDER BY difference_minor"
        )
    )

    resolve(one, "psp_claim_paid")
    assert balances(db) == {"psp_balance": 2450, "psp_claims": 40}
    resolve(other, "psp_claim_paid")

    assert balances(db) == {"psp_balance": 2490}
    assert compare().report.is_explained


def test_a_claim_that_is_paid_is_no_hint_any_more(db: Any, night: Any) -> None:
    """Two adjustments of 1.00 could pay the claim of 1.00; one has, and the other is not said to."""
    claimed_night(night, adjustments=[100, 100])
    compare()
    hinted = "SELECT count(*) FROM settlement_differences WHERE detail LIKE '%%may pay the claim%%' AND gone_at IS NULL"
    assert db.value(hinted) == 2

    resolve(alert_of("unknown_reference"), "psp_claim_paid")
    compare()

    assert db.value(hinted) == 0


def test_what_is_paid_beyond_the_claim_stays_open(db: Any, night: Any) -> None:
    """1.30 against a claim of 1.00: 0.30 too much lies in suspense, and the alert says so."""
    claimed_night(night, adjustments=[130])
    paying = alert_of("unknown_reference")

    done = resolve(paying, "psp_claim_paid")

    assert done.plan.rest == Money(-30, "EUR")
    assert (state(db, paying), rest_of(paying)) == ("open", Money(-30, "EUR"))
    assert balances(db) == {"psp_balance": 2520, "suspense": -30}
    compare()
    assert rest_of(paying) == Money(-30, "EUR")


def test_a_claim_is_named_where_several_are_open(db: Any, night: Any) -> None:
    """Two claims of 1.00: nobody guesses which is paid."""
    first, second = night.charge(2490), night.charge(2490)
    receive(
        csv_of([changed(first, gross=2390), changed(second, gross=2390), adjustment(night, "txn_adj", 100)])
    )
    compare()
    claims = [
        row.alert_id
        for row in run("SELECT alert_id FROM settlement_differences WHERE code = 'amount_mismatch'")
    ]
    for alert in claims:
        resolve(alert, "psp_claim")
    paying = alert_of("unknown_reference")
    with pytest.raises(InvalidParameter):
        resolve(paying, "psp_claim_paid")

    resolve(paying, "psp_claim_paid", claim=claims[1])

    with atomic() as session:
        assert [unexplained(session, alert).claimed for alert in claims] == [100, 0]


def test_a_claim_that_the_psp_denies_is_lost_by_two_persons(db: Any, night: Any) -> None:
    """Opened again, the claim of 1.00 is all that can be done about: written off out of psp_claims."""
    claim = claimed_night(night, adjustments=[])
    with atomic() as session:
        desk.reopen(session, claim, reason="the PSP denies it", by=FINANCE)
    with pytest.raises(ResolutionNotPossible):
        resolve(claim, "psp_claim")

    decide(resolve(claim, "write_off").approval_id)

    assert balances(db) == {"psp_balance": 2390, "settlement_losses": 100}
    assert state(db, claim) == "resolved"


def test_a_part_is_written_off_by_two_persons_once(db: Any, night: Any) -> None:
    """0.60 of 1.00 written off: the alert stays open with 0.40, and the same decision again posts nothing."""
    receive(csv_of([changed(night.charge(2490), gross=2390)]))
    compare()
    alert = alert_of("amount_mismatch")
    waiting = resolve(alert, "write_off", amount=Money(60, "EUR")).approval_id

    decide(waiting)
    carry_out(waiting)

    assert balances(db) == {"psp_balance": 2430, "settlement_losses": 60}
    assert (state(db, alert), rest_of(alert)) == ("open", Money(40, "EUR"))


def test_what_is_not_ours_is_closed_by_two_persons_with_its_difference(db: Any, night: Any) -> None:
    """One person alone cannot close a difference that is not zero."""
    receive(csv_of([changed(night.charge(2490), gross=2390)]))
    compare()
    alert = alert_of("amount_mismatch")

    asked = resolve(alert, "not_ours")
    assert (state(db, alert), asked.plan.entries) == ("open", ())
    decide(asked.approval_id)

    assert (state(db, alert), rest_of(alert)) == ("resolved", Money(100, "EUR"))
    assert balances(db) == {"psp_balance": 2490}


def test_a_difference_explained_otherwise_needs_no_decision(db: Any, night: Any) -> None:
    """The write-off that waits is called off; approved too late it would have posted a second time."""
    receive(csv_of([changed(night.charge(2490), gross=2390)]))
    compare()
    alert = alert_of("amount_mismatch")
    waiting = resolve(alert, "write_off").approval_id

    resolve(alert, "psp_claim")

    assert db.value("SELECT status FROM approvals WHERE id = %(id)s", id=waiting) == "withdrawn"
    assert balances(db) == {"psp_balance": 2390, "psp_claims": 100}
    with pytest.raises(InvalidAlertState):
        resolve(alert, "psp_claim")


def test_an_unknown_line_follows_its_number_once(db: Any, night: Any) -> None:
    """Booked by a person before its day is old, it is not put aside a second time when it is."""
    night.charge(2490)
    receive(csv_of([*night.rows(), adjustment(night, "txn_adj", -75)]))
    compare()
    alert = alert_of("unknown_reference")

    resolve(alert, "post_correction", account="psp_fees")
    days_later(2)
    put_aside("stripe", DAY, cause=CAUSE)

    assert balances(db) == {"psp_balance": 2415, "psp_fees": 75}
    assert (rest_of(alert), compare().report.open) == (Money.zero("EUR"), 0)


def test_a_difference_that_went_away_after_it_was_claimed_is_told(db: Any, night: Any) -> None:
    """A charge that no line told of was claimed; its line comes late: the claim is too much, and paying it is the way."""
    charge = night.charge(2490)
    receive(csv_of([]))
    days_later(2)
    compare()
    alert = alert_of("missing_at_psp")
    resolve(alert, "psp_claim")
    receive(csv_of([charge.row()]), day=DAY.replace(day=15), name="late.csv")
    compare()

    report = compare().report

    assert (state(db, alert), rest_of(alert)) == ("open", Money(-2490, "EUR"))
    assert (report.open, report.unexplained, report.is_explained) == (1, {"EUR": -2490}, False)
    resolve(alert, "psp_claim_paid")
    assert compare().report.is_explained

    assert (balances(db), rest_of(alert)) == ({"psp_balance": 2490}, Money.zero("EUR"))


def test_a_preview_changes_nothing(db: Any, night: Any) -> None:
    """It says the entry and what would be left."""
    receive(csv_of([changed(night.charge(2490), gross=2390)]))
    compare()
    with atomic() as session:
        shown = preview(session, alert_of("amount_mismatch"), way="psp_claim", amount=Money(60, "EUR"))
    assert [entry.kind for entry in shown.entries] == ["psp_claimed"]
    assert (shown.rest, balances(db)) == (Money(40, "EUR"), {"psp_balance": 2490})


def test_what_comes_back_is_open_again(db: Any, night: Any) -> None:
    """A difference that closed by itself and is there again is no explained one."""
    receive(csv_of([changed(night.charge(2490), gross=2390)]))
    compare()
    alert = alert_of("amount_mismatch")
    db.rows("UPDATE settlement_differences SET gone_at = now()")
    with atomic() as session:
        resolve_alert(session, alert, resolution="Compared again, it does not differ any more.", by="system")

    assert (compare().report.open, state(db, alert)) == (1, "open")


def test_what_goes_away_by_itself_is_told_and_its_write_off_called_off(db: Any, night: Any) -> None:
    """Closed by the comparison: an event says so, and nobody is asked any more."""
    receive(csv_of([changed(night.charge(2490), gross=2390)]))
    compare()
    waiting = resolve(alert_of("amount_mismatch"), "write_off").approval_id
    db.rows("UPDATE settlement_files SET status = 'rejected'")

    compare()

    (event,) = db.rows("SELECT data FROM events WHERE type = 'reconciliation.alert_resolved'")
    assert event["data"] == {"way": "gone"}
    assert db.value("SELECT status FROM approvals WHERE id = %(id)s", id=waiting) == "withdrawn"
    carry_out(waiting)
    assert balances(db) == {"psp_balance": 2490}


def test_each_step_of_an_alert_is_an_event(db: Any, night: Any) -> None:
    """Opened, given, closed, opened again, closed."""
    receive(csv_of([changed(night.charge(2490), gross=2390)]))
    compare()
    alert = alert_of("amount_mismatch")
    with atomic() as session:
        desk.assign(session, alert, to=str(FINANCE), by=FINANCE)
    resolve(alert, "psp_claim")
    with atomic() as session:
        desk.reopen(session, alert, reason="the PSP denies it", by=FINANCE)
    rows = db.rows(
        "SELECT type FROM events WHERE object = %(id)s ORDER BY created_at, id", id=encode("alr", alert)
    )
    assert [row["type"].removeprefix("reconciliation.alert_") for row in rows] == [
        "opened", "assigned", "resolved", "reopened"
    ]  # fmt: skip


def test_what_is_explained_in_parts_is_unexplained_no_more(db: Any, night: Any) -> None:
    """Of 1.00 EUR 0.60 is claimed, of 5 JPY nothing: the run and finance's first page say 0.40 and 5."""
    receive(
        csv_of(
            [changed(night.charge(2490), gross=2390), changed(night.charge(900, currency="JPY"), gross=895)]
        )
    )
    compare()
    alert = run("SELECT alert_id FROM settlement_differences WHERE currency = 'EUR'")[0].alert_id

    resolve(alert, "psp_claim", amount=Money(60, "EUR"))

    assert compare().report.unexplained == {"EUR": 40, "JPY": 5}
    assert [figure.amount for figure in alert_figures.unexplained()] == [Money(40, "EUR"), Money(5, "JPY")]
