"""Events of a dispute in whatever order, doubled, lost and late come to the same books and the same state."""

from __future__ import annotations

from itertools import permutations

import pytest

from checkout.psp import Unavailable

KINDS = ("created", "updated", "funds_withdrawn", "closed", "funds_reinstated")


def course(bank, payment, *, won=True):
    """What the bank did, one object for each event, as it was at that moment."""
    opened = bank.disputes(payment, withdrawn=False)
    updated = bank.psp.decide(opened.id, "under_review")
    withdrawn = bank.psp.withdraw(opened.id, fee_minor=2000)
    closed = bank.psp.decide(opened.id, "won" if won else "lost")
    if not won:
        return {"created": opened, "updated": updated, "funds_withdrawn": withdrawn, "closed": closed}
    back = bank.psp.reinstate(opened.id)
    return dict(zip(KINDS, (opened, updated, withdrawn, closed, back), strict=True))


def outcome(bank, payment, dispute):
    row = bank.now(dispute)
    orders = [bank.order(order.id) for order in payment.orders]
    return (
        row.status,
        row.counted.amount_minor,
        row.holds_orders,
        orders,
        bank.disputed(payment),
        bank.balances(),
    )


@pytest.mark.parametrize("doubled", [False, True], ids=["once", "doubled"])
def test_every_order_of_the_events_ends_the_same(bank, doubled):
    """All 120 orders of created, updated, withdrawn, closed and reinstated, each event once, and each twice in a row
    in every tenth of them."""
    ends = set()
    before = bank.balances()
    for order in list(permutations(KINDS))[:: 10 if doubled else 1]:
        payment = bank.paid(1500, 990)
        told = course(bank, payment)
        held = bank.balances()
        for kind in order:
            for _time in range(2 if doubled else 1):
                assert bank.tells(told[kind], kind)
        status, counted, holds, orders, disputed, after = outcome(bank, payment, told["created"])
        moved = {account: after.get(account, 0) - held.get(account, 0) for account in {*after, *held}}
        ends.add(
            (
                status,
                counted,
                holds,
                disputed,
                tuple(tuple(sorted(each.items())) for each in orders),
                tuple(sorted((account, minor) for account, minor in moved.items() if minor)),
            )
        )

    assert before == {}
    paid = (("open", 0), ("refunded", 0), ("status", "paid"), ("withdrawn", 0))
    assert ends == {("won", 0, False, 0, (paid, paid), (("dispute_fees", 2000), ("psp_balance", -2000)))}


def test_events_that_come_as_things_happen_end_as_those_that_come_late(bank):
    """A lost dispute, told step by step: its orders are closed, the amount stays counted."""
    payment = bank.paid(1500, 990)
    dispute = bank.told(payment)
    steps = [bank.now(dispute).status]
    bank.tells(bank.psp.decide(dispute.id, "under_review"))
    steps.append(bank.now(dispute).status)
    bank.tells(bank.psp.decide(dispute.id, "lost"), "closed")
    bank.tells(dispute, "created")

    steps.append(bank.now(dispute).status)
    assert steps == ["needs_response", "under_review", "lost"]
    closed = {"status": "closed", "withdrawn": 0, "refunded": 0, "open": 0}
    assert [bank.order(order.id) for order in payment.orders] == [
        closed | {"withdrawn": 1500},
        closed | {"withdrawn": 990},
    ]
    assert bank.disputed(payment) == 2490
    kinds = [row["type"] for row in bank.db.rows("SELECT type FROM events WHERE type LIKE 'dispute.%%'")]
    assert sorted(kinds) == ["dispute.lost", "dispute.opened"]


def test_what_an_event_moved_is_booked_while_the_psp_does_not_answer(bank):
    """The PSP is down: the withdrawal is booked and the orders are held; the loss is believed only when it is read."""
    payment = bank.paid(1500)
    dispute = bank.disputes(payment)
    lost = bank.psp.decide(dispute.id, "lost")
    answers, bank.psp.disputes = bank.psp.disputes, {}

    with pytest.raises(Exception, match="resource_missing"):
        bank.tells(lost, "closed")

    unread = bank.now(dispute)
    assert (unread.status, unread.holds_orders, bank.order(payment.orders[0].id)["withdrawn"]) == (
        "under_review",
        True,
        1500,
    )
    bank.psp.disputes = answers
    bank.tells(lost, "closed")
    assert (bank.now(dispute).status, bank.order(payment.orders[0].id)["status"]) == ("lost", "closed")


def test_an_answer_older_than_what_stands_is_not_applied(bank, monkeypatch):
    """Two tasks ask at once; the slower one's answer is from before the loss: it must not begin an appeal."""
    payment = bank.paid(1500)
    dispute = bank.told(payment)
    ask, first = bank.psp.fetch_dispute, []

    def slow_answer(dispute_id):
        answer = ask(dispute_id)
        if not first:
            first.append(answer)
            bank.tells(bank.psp.decide(dispute_id, "lost"), "closed")
        return answer

    monkeypatch.setattr(bank.psp, "fetch_dispute", slow_answer)
    bank.tells(dispute, "updated")

    assert first[0].status == "needs_response"
    assert bank.now(dispute).status == "lost"
    steps = bank.db.rows("SELECT to_status FROM dispute_transitions ORDER BY version")
    assert [step["to_status"] for step in steps] == ["needs_response", "lost"]


def test_a_dispute_of_an_unknown_charge_is_none_of_ours(bank):
    """No row, no entry: reconciliation will ask whose it is."""
    payment = bank.paid(1500)
    stranger = bank.psp.open_dispute("pi_of_nobody", payment.amount)

    assert bank.tells(stranger, "created") is False
    assert bank.db.rows("SELECT 1 FROM disputes") == []


def test_a_dispute_waits_for_its_charge_to_be_booked(bank):
    """The webhook of the dispute overtakes the one of the charge: it is not lost, and books nothing yet."""
    from checkout.disputes.errors import ChargeNotBooked

    started = bank.shop.started((1500,))
    charge = bank.psp.charge(started.psp_session_id)
    bank.db.rows(
        "UPDATE payments SET psp_intent_id = %(intent)s WHERE id = %(id)s",
        intent=charge.intent_id,
        id=started.id,
    )
    dispute = bank.psp.open_dispute(charge.intent_id, started.amount, charge_id=charge.id)

    with pytest.raises(ChargeNotBooked):
        bank.tells(dispute, "created")
    assert bank.db.rows("SELECT 1 FROM disputes") == []


def test_an_unavailable_psp_leaves_the_event_to_be_tried_again(bank):
    """The facts are booked once, however often it is tried."""
    payment = bank.paid(1500)
    dispute = bank.disputes(payment)
    ask = bank.psp.fetch_dispute

    def down(dispute_id):
        raise Unavailable("down")

    bank.psp.fetch_dispute = down
    for _time in range(3):
        with pytest.raises(Unavailable):
            bank.tells(dispute, "created")
    bank.psp.fetch_dispute = ask
    bank.tells(dispute, "created")

    assert bank.balances()["psp_balance"] == -1500
    assert len([kind for kind, _ in bank.entries() if kind == "dispute_withdrawn"]) == 1
