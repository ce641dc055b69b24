"""The balance that the PSP states against our books of it: what differs twice is told, what is on its way is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from checkout.core.clock import utcnow
from checkout.mockpsp.behaviours import Family
from checkout.mockpsp.card_table import TABLE
from checkout.psp import registry
from checkout.reconciliation.balance import held
from checkout.reconciliation.balance.prove import look_after_balance, read_balance
from tests.payments.conftest import psp as psp
from tests.payments.conftest import shop as shop
from tests.reconciliation.conftest import alerts
from tests.reconciliation.mock_night import CAUSE, DAY, NOON, mock_days, set_time

LYING = [row.number for row in TABLE if row.family is Family.SETTLEMENT]
LATER = timedelta(minutes=10)


@pytest.fixture
def the_day_before():
    """When the sellers joined."""
    set_time(NOON - timedelta(days=1))


@pytest.fixture
def days(the_day_before, contract, shop, tmp_path, db):
    with mock_days(tmp_path, shop) as running:
        yield running


def state_more(days, currency, minor):
    """The PSP states so much that nobody moved."""
    days.bank.control("POST", "balance", {"currency": currency, "amount": minor})


def later(days, by=LATER):
    days.to(utcnow() + by)


def look():
    return look_after_balance(registry.current(), cause=CAUSE)


def read():
    found = read_balance(registry.current(), cause=CAUSE)
    return {one.ours.currency: (str(one.ours), str(one.theirs), str(one.difference)) for one in found}


@pytest.mark.parametrize(
    ("currency", "gross", "ours", "stated", "beyond", "said"),
    [
        ("EUR", 2_490, "23.88 EUR", 500, -500, "-5.00 EUR"),
        ("JPY", 1_000, "971 JPY", -700, 700, "700 JPY"),
        ("KWD", 12_340, "11.882 KWD", 1, -1, "-0.001 KWD"),
    ],
)
def test_a_balance_that_differs_twice_is_told_with_both_amounts(
    days, db, currency, gross, ours, stated, beyond, said
):
    """The PSP states 5.00 EUR more than it moved: the first reading is kept, the second, ten minutes later, is an alert, one."""
    days.pay(gross, currency=currency)
    state_more(days, currency, stated)

    days.night()  # which reads it for the first time
    assert alerts(db) == []
    for _ in range(2):
        later(days)
        look()

    assert alerts(db) == [("psp_balance_mismatch", beyond, currency, "open")]
    (told,) = db.rows("SELECT detail, severity, subject FROM alerts")
    assert told["severity"] == "critical"
    assert told["subject"] == f"stripe {currency}"
    assert f"{ours} with stripe" in told["detail"]
    assert f"Nothing explains {said}" in told["detail"]
    assert db.value("SELECT count(*) FROM events WHERE type = 'reconciliation.alert_opened'") == 1


def test_a_balance_that_agrees_again_closes_it_by_itself(days, db):
    """Differing twice, told; the PSP states what it moved: closed by the next reading."""
    days.pay(2_490)
    state_more(days, "EUR", 500)
    days.night()
    later(days)
    look()
    state_more(days, "EUR", 0)
    later(days, timedelta(hours=1))

    look()

    assert alerts(db) == [("psp_balance_mismatch", -500, "EUR", "resolved")]
    assert db.value("SELECT resolved_by FROM alerts") == "system"


def test_a_clean_balance_is_read_once_a_day(days, db):
    """Three rounds after the night: one reading for its day, and it agrees."""
    days.pay(2_490)
    days.night()
    for _ in range(2):
        later(days)
        assert look() == ()
    assert db.rows("SELECT ours_minor, theirs_minor, difference_minor FROM psp_balance_readings") == [
        {"ours_minor": 2_388, "theirs_minor": 2_388, "difference_minor": 0}
    ]


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_movements_whose_news_is_on_its_way_are_no_difference(days, db, monkeypatch, guarded):
    """After midnight a payment is booked, and money has come of which nobody has told us: neither is of the day. Were our
    books not looked through for what has moved since, the payment would be a difference."""
    if not guarded:
        monkeypatch.setattr(held, "_booked_later", lambda row, moved, charges: 0)
    days.pay(2_490)
    days.to(days.morning() - timedelta(minutes=30))
    days.pay(1_500)
    days.bank.control("POST", "topup", {"amount": 70_000, "currency": "eur"})
    days.night()
    for _ in range(2):
        later(days)
        agreed = read() == {"EUR": ("23.88 EUR", "23.88 EUR", "0.00 EUR")}
        assert agreed is guarded
    told = [one for one in alerts(db) if one[0] == "psp_balance_mismatch"]
    assert bool(told) is not guarded


def test_what_the_file_lies_about_is_no_difference_of_the_balance(days, db):
    """One payment with each card that plants a lie, until the last is missing or put aside: the PSP's balance bears our books
    out, however the file lies."""
    for card in LYING:
        days.pay(2_490, card=card)
    for night in range(3):
        days.night(DAY + timedelta(days=night))
        later(days)
        read()
    assert len(alerts(db)) >= len(LYING) - 1
    assert "psp_balance_mismatch" not in {code for code, *_ in alerts(db)}


def test_beyond_what_open_differences_explain_it_is_told(days, db):
    """A row of another amount is open; 5.00 EUR more are stated than moved: that is another thing."""
    days.pay(2_490, card="4000990000001002")
    state_more(days, "EUR", 500)
    days.night()
    later(days)
    look()
    assert ("psp_balance_mismatch", "EUR") in {(code, currency) for code, _, currency, _ in alerts(db)}


def test_two_readings_of_one_moment_are_one(days, db):
    """Asked twice at once: what differs must still differ some minutes later."""
    days.pay(2_490)
    state_more(days, "EUR", 500)
    days.night()
    read()
    read()
    assert alerts(db) == []


def test_a_day_of_long_ago_is_not_read_by_itself(days, db):
    """No file has come for four days: what has moved since then would be listed every ten minutes. Who asks is answered."""
    days.pay(2_490)
    days.night()
    later(days, timedelta(days=4))
    state_more(days, "EUR", 500)
    assert look() == ()
    assert read()["EUR"] == ("23.88 EUR", "28.88 EUR", "-5.00 EUR")


def test_money_changed_at_the_psp_is_booked_by_the_night_and_both_balances_agree(days, db, ruled):
    """5.00 EUR of our balance sold for 805 JPY, which are 161 for one: no alert, and the PSP holds what our books have."""
    ruled(
        ("settlements: []", 'settlements: [{psp: stripe, presented: EUR, settled: JPY, rate: "161"}]'),
    )
    days.pay(2_490)
    days.bank.control("POST", "conversions", {"from": "eur", "amount": 500, "to": "jpy", "converted": 805})
    days.night()
    assert read() == {
        "EUR": ("18.88 EUR", "18.88 EUR", "0.00 EUR"),
        "JPY": ("805 JPY", "805 JPY", "0 JPY"),
    }
    assert alerts(db) == []
