"""The process dies at each named point of a payout's way, and somebody else goes on: everything happens once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checkout.core.money import Money
from checkout.payouts import advance, take_back
from checkout.payouts import sweep as sweeping
from tests.ledger.conftest import CAUSE
from tests.payouts.conftest import fund
from tests.payouts.test_way_to_the_bank import ask, bank, entries, go, places, status

THERE = (
    "payouts.after_submitting",
    "payouts.after_transfer_answer",
    "payouts.after_transferred",
    "payouts.before_payout",
    "payouts.after_payout_answer",
    "payouts.after_sent",
)
BACK = ("payouts.before_reversal", "payouts.after_reversal_answer")
OF_THE_RUN = ("payouts.run.after_batch",)  # test_run.py
OF_THE_SWEEP = ("payouts.sweep.after_begin", "payouts.sweep.after_answer")


class Killed(BaseException):
    """As nothing catches it: what was not committed is gone."""


@pytest.fixture
def die_at(monkeypatch):
    """The process dies at the first passing of a point."""

    def arm(name):
        passed = []

        def point(here):
            if here == name and not passed:
                passed.append(here)
                raise Killed

        for module in (advance, take_back, sweeping):
            monkeypatch.setattr(module, "crash_point", point)

    return arm


@pytest.mark.parametrize("point", THERE)
def test_killed_on_the_way_to_the_bank(db, psp, seller_of, die_at, point):
    """One transfer, one bank payout, each under its key, and each fact once."""
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    die_at(point)

    with pytest.raises(Killed):
        go(payout, psp)
    assert places(seller)[0] == 0
    assert go(payout, psp) is None

    assert (status(payout), places(seller)) == ("in_transit", (0, 1050, 1050))
    assert (len(psp.transfers), len(psp.payouts)) == (1, 1)
    assert entries(db, payout) == ["payout_created", "payout_transferred"]


@pytest.mark.parametrize("point", BACK)
def test_killed_on_the_way_back(db, psp, seller_of, die_at, point):
    """One reversal, and the amount is the seller's once."""
    seller = seller_of()
    fund(seller, 1050)
    payout = ask(seller, psp)
    go(payout, psp)
    bank(psp, payout, "failed")
    die_at(point)

    with pytest.raises(Killed):
        go(payout, psp)
    assert go(payout, psp) is None

    assert (status(payout), places(seller)) == ("failed", (1050, 0, 0))
    assert len(psp.reversals) == 1
    assert entries(db, payout)[-2:] == ["transfer_reversed", "payout_released"]


@pytest.mark.parametrize("point", OF_THE_SWEEP)
def test_killed_within_a_sweep(db, psp, die_at, point):
    """The next sweep finishes it, under its key."""
    psp.funds = (Money(4000, "EUR"),)
    die_at(point)

    with pytest.raises(Killed):
        sweeping.sweep(psp, cause=CAUSE)
    psp.funds = () if psp.payouts else psp.funds  # what was sent is there no more
    sweeping.sweep(psp, cause=CAUSE, currency="JPY")

    assert db.rows("SELECT amount_minor, status FROM platform_payouts") == [
        {"amount_minor": 4000, "status": "in_transit"}
    ]
    assert len(psp.payouts) == 1


def test_every_point_is_tried():
    """A new one joins the lists above."""
    folder = Path(advance.__file__).parent
    text = "".join(path.read_text() for path in folder.glob("*.py"))

    assert set(re.findall(r'crash_point\("([^"]+)"\)', text)) == {*THERE, *BACK, *OF_THE_RUN, *OF_THE_SWEEP}
