"""Each comparison of a day stays on record: what it came to, what stood then, and what the next one says differently."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checkout.db.statement import run
from checkout.reconciliation import progress
from checkout.reconciliation.matching.pipeline import steps_of
from checkout.reconciliation.night.comparisons import changes_between, comparisons_of, get_comparison
from checkout.reconciliation.night.reconcile import reconcile_day
from checkout.reconciliation.progress import progress_of, watched
from tests.reconciliation.conftest import CAUSE, DAY, changed, compare, csv_of, receive


def changes(run_id, before: int, after: int):
    found = changes_between(get_comparison(run_id, before), get_comparison(run_id, after))
    return [(each.what, each.finding.code, str(each.finding.difference)) for each in found]


@pytest.mark.parametrize(
    ("currency", "gross", "less", "said"),
    [("EUR", 2490, 100, "1.00 EUR"), ("JPY", 1000, 100, "100 JPY"), ("KWD", 12340, 1000, "1.000 KWD")],
)
def test_a_second_comparison_says_what_is_new_and_what_is_gone(db, night, currency, gross, less, said):
    """A row of 1.00 too little appears at first; told again after its alert was closed, it is explained."""
    short = night.charge(gross, currency=currency)
    night.charge(1000, currency=currency)
    receive(csv_of([changed(short, gross=gross - less), night.rows()[1]]))
    first = compare()
    run(
        "UPDATE alerts SET status = 'resolved', resolution = 'found', resolution_kind = 'not_ours', resolved_at = now()"
    )
    second = compare()

    assert [each.number for each in comparisons_of(first.id)] == [2, 1]
    assert changes(first.id, 1, 2) == [("explained", "amount_mismatch", said)]
    assert changes(first.id, 2, 1) == [("reopened", "amount_mismatch", said)]
    assert [dict(each.report["unexplained"]) for each in comparisons_of(first.id)] == [{}, {currency: less}]
    assert second.id == first.id


def test_what_went_and_what_changed_its_amount_is_told(db, night):
    """One difference of 1.00 goes when its file is set aside, another of 2.00 is then 3.00."""
    one, other = night.charge(2490), night.charge(4000)
    receive(csv_of([changed(one, gross=2390), changed(other, gross=3800)]))
    run_id = compare().id
    db.rows("ALTER TABLE settlement_lines DISABLE TRIGGER settlement_lines_append_only")
    db.rows("UPDATE settlement_lines SET gross_minor = 2490, net_minor = 2490 - fee_minor WHERE line = 2")
    db.rows("UPDATE settlement_lines SET gross_minor = 3700, net_minor = 3700 - fee_minor WHERE line = 3")
    compare()

    assert changes(run_id, 1, 2) == [
        ("amount", "amount_mismatch", "3.00 EUR"),
        ("gone", "amount_mismatch", "1.00 EUR"),
    ]


def test_the_steps_of_a_night_add_up_with_rows_of_every_kind(db, night):
    """Eight rows: two as they should be, one of the day before, one short, one nobody knows, one told twice, one that
    cannot be read; and an entry of ours without a row."""
    right, late, short, twice, untold = (night.charge(1000 + n, 29) for n in range(5))
    rows = [
        right.row(),
        changed(late, at=datetime(2026, 3, 13, 23, 59, tzinfo=UTC)),
        changed(short, gross=900),
        changed(right, number="txn_x", source="ch_x", payment=""),
        twice.row(),
        twice.row(),
    ]
    assert untold.number not in str(rows)
    filler = [night.charge(2000 + n, 29).row() for n in range(100)]
    receive(csv_of([*rows, right.row(gross="much", balance_transaction_id="txn_y"), *filler]))

    steps = comparisons_of(compare().id)[0].steps

    assert (steps.received, steps.rejected, steps.normalised) == (107, 1, 106)
    assert (steps.auto, steps.by_rule, steps.tolerance) == (102, 1, 0)
    assert (steps.differing, steps.unmatched_theirs, steps.waiting) == (1, 2, 1)
    assert steps.adds_up


def test_steps_that_lost_a_row_do_not_add_up():
    """More rows are said to differ than there are."""
    counts = {"rounded": 0, "by_rule": 0, "not_compared": 0, "unmatched_ours": 0, "waiting": 0}
    assert steps_of(received=3, rejected=1, differing={"amount_mismatch": 1, "rounding": 1}, **counts).adds_up
    assert not steps_of(received=3, rejected=1, differing={"amount_mismatch": 3}, **counts).adds_up


def test_how_far_it_has_come_is_seen_while_its_transaction_is_open(db, night, monkeypatch):
    """What is told in the middle is read by another connection at once; the listener hears every step."""
    receive(csv_of([changed(night.charge(2490), gross=2390)]))
    heard, seen, tell = [], [], progress._Watch.tell

    def telling(watch, step, done, total):
        tell(watch, step, done, total)
        seen.append((db.value("SELECT count(*) FROM reconciliation_comparisons"), progress_of("stripe", DAY)))

    monkeypatch.setattr(progress._Watch, "tell", telling)
    reconcile_day("stripe", DAY, by="test", cause=CAUSE, told=lambda *told: heard.append(told))

    assert heard == [("match", 1, 3), ("match", 2, 3), ("match", 3, 3), ("differences", 1, 1)]
    assert [(recorded, each.step, each.percent) for recorded, each in seen] == [
        (0, "match", 33), (0, "match", 33), (0, "match", 100), (0, "differences", 100),
    ]  # fmt: skip


def test_nobody_who_watches_is_told_nothing(db):
    """Outside a watch nothing is written; a watch within a watch leaves the outer one's day."""
    progress.tell("match", 1, 3)
    with watched("stripe", DAY), watched("stripe", DAY + timedelta(days=1)):
        progress.tell("match", 1, 3)
    progress.tell("match", 2, 3)
    assert db.rows("SELECT business_on, done FROM reconciliation_progress") == [
        {"business_on": DAY, "done": 1}
    ]
