"""Order and repetition of what the PSP says never matter: every permutation of a consistent history, with events
repeated and dropped, ends in the same state with the same books."""

from __future__ import annotations

import itertools
import random

import pytest

from checkout.core.money import Money
from checkout.payments.states import PAYMENT, STATUSES, way
from tests.payments.conftest import ledger
from tests.payments.fake_psp import DECLINED

# What happened at the PSP, in order; and the state that all of it, in any order, ends in.
HISTORIES = {
    "paid by card": (["declined", "captured", "completed"], "succeeded"),
    "bank debit": (["processing", "completed_unpaid", "captured"], "succeeded"),
    "bank debit refused": (["processing", "ended_failed"], "failed"),
    "nobody came": (["declined", "ended_expired"], "expired"),
    "wrong amount": (["processing", "captured_wrong", "completed"], "in_review"),
    "paid twice": (["captured", "captured_second"], "succeeded"),
}


def told(shop, payment, names):
    """The events of a history, as the PSP delivers them: each kind of news, and the snapshot that the inbox reads for
    a hint, which shows the PSP's state at the END of the history (it is read late)."""
    session = payment.psp_session_id
    psp = shop.psp
    charges = {}
    if "captured" in names:
        charges["captured"] = psp.charge(session)
    if "captured_wrong" in names:
        charges["captured_wrong"] = psp.charge(session, amount=Money(2000, "EUR"))
    if "captured_second" in names:
        first = psp.sessions[session]
        charges["captured_second"] = psp.charge(session, id="ch_second")
        psp.sessions[session] = first
    if "ended_failed" in names:
        psp.becomes(session, "failed", decline=DECLINED)
    if "ended_expired" in names:
        psp.becomes(session, "expired")
    final = psp.sessions[session]
    if "captured_wrong" in names:
        final = psp.becomes(session, "succeeded")
    make = {
        "declined": lambda: (psp.news(session, "attempt_declined", decline=DECLINED), None),
        "processing": lambda: (psp.news(session, "processing"), None),
        "completed": lambda: (psp.news(session, "completed"), final),
        "completed_unpaid": lambda: (psp.news(session, "processing"), None),
        "ended_failed": lambda: (psp.news(session, "ended"), final),
        "ended_expired": lambda: (psp.news(session, "ended"), final),
    }
    return [
        (psp.news(session, "captured", charge=charges[name]), None) if name in charges else make[name]()
        for name in names
    ]


def outcome(db, payment_id):
    payment = db.rows(
        "SELECT status, amount_received_minor, last_error->>'code' AS error FROM payments WHERE id = %(id)s",
        id=payment_id,
    )[0]
    orders = db.rows("SELECT status FROM orders WHERE payment_id = %(id)s ORDER BY position", id=payment_id)
    # Which of two equal charges was the payment's own depends on which came first; the sums do not.
    return payment, orders, sorted(ledger(db))


@pytest.mark.parametrize("name", HISTORIES)
def test_every_order_of_a_history_ends_alike(db, shop, name):
    """All permutations, each event delivered once or twice."""
    names, end = HISTORIES[name]
    seen = []
    for order in itertools.permutations(range(len(names))):
        for repeated in ((), order[::-1]):
            seen.append(_play(db, shop, names, [*order, *repeated]))

    assert all(one == seen[0] for one in seen)
    assert seen[0][0]["status"] == end


def test_random_histories_with_repeats_end_alike(db, shop):
    """Seeded shuffles with duplicates of every history."""
    rng = random.Random(7)
    for names, end in HISTORIES.values():
        seen = []
        for _ in range(3):
            deliveries = [n for n in range(len(names)) for _ in range(rng.randint(1, 3))]
            rng.shuffle(deliveries)
            seen.append(_play(db, shop, names, deliveries))
        assert all(one == seen[0] for one in seen)
        assert seen[0][0]["status"] == end


def test_any_one_good_event_is_enough(db, shop):
    """All others lost: captured alone, or completion with its snapshot alone, ends the payment."""
    names = ["captured", "completed"]

    assert _play(db, shop, names, [0])[0]["status"] == "succeeded"
    assert _play(db, shop, names, [1])[0]["status"] == "succeeded"


def test_a_permutation_control_shows_what_an_edge_too_many_would_do(db, shop, monkeypatch):
    """Control: were processing allowed after success, late news would take the state back."""
    monkeypatch.setitem(PAYMENT.edges, "succeeded", frozenset({"processing"}))
    from checkout.payments import apply

    monkeypatch.setattr(apply, "LIVE", apply.LIVE | {"succeeded"})

    assert _play(db, shop, ["processing", "captured"], [1, 0])[0]["status"] == "processing"


def test_ways_to_a_bad_end_use_documented_edges_only():
    """Each step of a way is an edge of the machine; nothing leads out of a final state."""
    for source in STATUSES:
        for end in ("failed", "expired", "canceled"):
            steps = way(source, end)
            for before, after in itertools.pairwise((source, *steps)):
                assert PAYMENT.allows(before, after)
            if source in PAYMENT.terminal:
                assert steps == ()


def _play(db, shop, names, deliveries):
    db.rows("SET LOCAL session_replication_role = replica; DELETE FROM postings; DELETE FROM journal_entries")
    payment = shop.started()
    heard = told(shop, payment, names)
    for number, index in enumerate(deliveries):
        news, snapshot = heard[index]
        shop.hears(news, snapshot, event=f"evt_{number}")
    return outcome(db, payment.id)
