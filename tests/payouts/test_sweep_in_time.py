"""The sweep beside movements of the same moment, and long after it was begun: never a seller's money."""

from __future__ import annotations

from checkout.core.money import Money
from checkout.payouts.sweep import rooms, sweep
from checkout.psp import Balance, Unavailable
from tests.ledger.conftest import CAUSE
from tests.payouts.conftest import fund
from tests.payouts.test_sweep import swept
from tests.payouts.test_way_to_the_bank import ask, go


def test_a_transfer_between_the_two_readings_is_not_free(db, psp, seller_of, monkeypatch):
    """20.00 at the PSP, all of it a seller's. The payout leaves between reading the PSP and the books: nothing is free."""
    seller = seller_of()
    fund(seller, 2000)
    payout = ask(seller, psp)

    def fetch():
        before = Balance((Money(2000, "EUR"),), ())
        go(payout, psp)
        return before

    monkeypatch.setattr(psp, "fetch_balance", fetch)
    assert [room.free for room in rooms(psp)] == [Money(0, "EUR")]


def test_what_was_not_sent_is_not_sent_later_unseen(db, psp, seller_of):
    """40.00 was free and was never sent; by the next sweep 40.00 of it is a seller's: nothing goes."""
    psp.funds = (Money(4000, "EUR"),)
    psp.lose("create_payout", "before", Unavailable("away"))
    psp.lose("create_payout", "before", Unavailable("away"))
    sweep(psp, cause=CAUSE)
    fund(seller_of(), 4000)
    psp.faults.clear()
    sweep(psp, cause=CAUSE)
    assert len(psp.payouts) == 0, swept(db)
