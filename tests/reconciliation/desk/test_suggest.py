"""What a difference may belong to: the likeliest first, each with its reasons in words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from checkout.core.errors import NotFound
from checkout.core.ids import decode, encode, new_uuid
from checkout.core.money import Money
from checkout.reconciliation.desk.reasons import Fact, Record, Shape, suggest
from checkout.reconciliation.desk.suggest import suggestions
from tests.reconciliation.conftest import DAY, changed, compare, csv_of, days_later, receive
from tests.reconciliation.desk.test_link import alerts_of, link, missing_and_unknown
from tests.reconciliation.desk.test_parts import adjustment, alert_of, claimed_night

ON = date(2026, 3, 14)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def me(minor: int = 2490, **more: Any) -> Record:
    return Record("alr_me", "missing_at_psp", eur(minor), ON, **more)


def other(id: str, minor: int, on: date = ON, **more: Any) -> Record:
    return Record(id, "unknown_reference", eur(minor), on, **more)


def shape(*sizes: int, ours: int | None = None, theirs: int | None = None, fee: int = 0) -> Shape:
    return Shape(sizes, ours, theirs, fee, False)


def test_the_same_amount_of_the_same_day_comes_before_another_days() -> None:
    """Both are 24.90; the nearer one is likelier."""
    found = suggest(
        me(), shape(2490), [other("alr_far", -2490, date(2026, 3, 20)), other("alr_near", -2490)], []
    )
    assert [(s.id, s.score) for s in found] == [("alr_near", 55), ("alr_far", 45)]
    assert found[0].reasons == ("the same amount the other way round", "the same day")


def test_an_amount_that_differs_by_a_refund_says_which() -> None:
    """24.90 of ours, 14.90 of theirs, of one reference; 10.00 were refunded."""
    refund = Fact("refund", "re_1", eur(1000), "the refund re_1")
    mine = me(reference="pay_1")
    (found, *_) = suggest(mine, shape(2490), [other("alr_1", -1490, reference="pay_1")], [refund])
    assert found.reasons == (
        "the same reference pay_1", "the amounts differ by exactly the refund re_1", "the same day"
    )  # fmt: skip
    assert found.score == 75


def test_the_same_amount_alone_on_nothing_else_is_weaker_than_the_same_object() -> None:
    """An object that moved on both sides is the better witness."""
    same = other("alr_same", -2390, source_id="ch_1")
    equal = other("alr_equal", -2490, date(2026, 3, 30))
    found = suggest(me(source_id="ch_1"), shape(2490), [equal, same], [])
    assert [s.id for s in found] == ["alr_same", "alr_equal"]


def test_two_records_that_sum_to_it_are_one_suggestion() -> None:
    """20.00 and 4.90 for 24.90."""
    found = suggest(me(), shape(2490), [other("alr_a", -2000), other("alr_b", -490), other("alr_c", -3)], [])
    assert [(s.kind, s.ids, s.score) for s in found] == [("alerts", ("alr_a", "alr_b"), 65)]
    assert found[0].reasons[0] == "two records sum to it: -20.00 EUR and -4.90 EUR"


def test_a_difference_that_is_the_dispute_fee_says_so() -> None:
    """15.00, as was booked for the dispute."""
    (found,) = suggest(me(1500), shape(1500), [], [Fact("entry", "jrn_1", eur(1500), "the dispute fee")])
    assert (found.kind, found.reasons) == ("entry", ("the difference equals the dispute fee",))


def test_root_causes_that_amounts_alone_tell() -> None:
    """The line's fee; the other sign; two digits that changed places."""
    assert "fee" in suggest(me(102), shape(102, fee=102), [], [])[0].reasons[0]
    assert "sign" in suggest(me(4980), shape(4980, ours=2490, theirs=-2490), [], [])[0].reasons[0]
    assert "digits" in suggest(me(450), shape(450, ours=2940, theirs=2490), [], [])[0].reasons[0]
    assert suggest(me(700), shape(700, ours=3140, theirs=2440), [], []) == []


def test_at_most_ten_are_shown_in_the_same_order_each_time() -> None:
    """Thirty equal ones: the first ten by their ids."""
    others = [other(f"alr_{n:02}", -2490) for n in range(30)]
    found = suggest(me(), shape(2490), others[::-1], [])
    assert [s.id for s in found] == [f"alr_{n:02}" for n in range(10)]


def test_of_a_night_the_line_that_fits_is_suggested_and_can_be_joined(db: Any, night: Any) -> None:
    """What is suggested for a missing charge is what link_records takes; joined, nothing more is suggested."""
    missing, unknown, _ = missing_and_unknown(night, 2490, 7)

    (best, *_) = suggestions(missing)
    assert (best.kind, best.ids, best.amount) == ("alert", (encode("alr", unknown),), Money(-2490, "EUR"))
    link(missing, *[decode("alr", id) for id in best.ids])

    assert suggestions(missing) == []


def test_of_a_night_two_lines_that_sum_to_a_charge(db: Any, night: Any) -> None:
    """1000 JPY in two rows of 400 and 600."""
    night.charge(1000, currency="JPY")
    lines = [adjustment(night, "txn_a", 400, "JPY"), adjustment(night, "txn_b", 600, "JPY")]
    receive(csv_of(lines))
    days_later(2)
    compare()

    found = suggestions(alert_of("missing_at_psp"))

    assert found[0].kind == "alerts"
    assert set(found[0].ids) == {encode("alr", id) for id in alerts_of("unknown_reference")}


def test_an_adjustment_is_suggested_the_claim_that_it_pays(db: Any, night: Any) -> None:
    """+1.00 beside a claim of 1.00."""
    claim = claimed_night(night, adjustments=[100])
    found = suggestions(alert_of("unknown_reference"))
    assert (found[0].kind, found[0].id) == ("claim", encode("alr", claim))


def test_a_number_of_another_file_is_a_cut_off(db: Any, night: Any) -> None:
    """The row that differs today stands in tomorrow's file too."""
    charge = night.charge(2490)
    receive(csv_of([changed(charge, gross=2390)]))
    receive(csv_of([charge.row()]), day=DAY.replace(day=15), name="next.csv")
    compare()
    found = [s for s in suggestions(alert_of("amount_mismatch")) if s.kind == "line"]
    assert found[0].reasons == ("cut-off: the number stands in the file of 2026-03-15",)


def test_the_fee_of_the_line_is_a_root_cause(db: Any, night: Any) -> None:
    """The file has the charge less its fee of 1.02 as gross."""
    charge = night.charge(2490, 102)
    receive(csv_of([changed(charge, gross=2388)]))
    compare()
    assert any("fee" in reason for s in suggestions(alert_of("amount_mismatch")) for reason in s.reasons)


def test_a_refund_of_the_payment_that_is_the_difference_is_named(db: Any, night: Any) -> None:
    """24.90 of ours, 14.90 of theirs; 10.00 of the payment are refunded: the file has charge and refund in one row."""
    charge = night.charge(2490)
    refund, payment = new_uuid(), decode("pay", charge.payment)
    with db.connect() as connection:
        connection.execute(
            "SET session_replication_role = replica"
        )  # its payment is known to the journal alone
        connection.execute(
            "INSERT INTO refunds (id, payment_id, kind, status, amount_minor, card_minor, wallet_minor, currency,"
            " destination, requested_by, in_flight, psp, psp_request, created_at, updated_at) VALUES"
            " (%s, %s, 'requested', 'succeeded', 1000, 1000, 0, 'EUR', 'card', 'test', false, 'stripe', '{}', now(), now())",
            [refund, payment],
        )
    receive(csv_of([changed(charge, gross=1490)]))
    compare()

    (best, *_) = suggestions(alert_of("amount_mismatch"))

    assert (best.kind, best.id, best.amount) == ("refund", encode("re", refund), Money(1000, "EUR"))
    assert best.reasons == (f"the difference equals the refund {encode('re', refund)}",)


def test_a_fee_that_was_booked_and_is_the_difference_is_named(db: Any, night: Any) -> None:
    """The entry of 1.02, to be looked at."""
    charge = night.charge(2490, 102)
    receive(csv_of([changed(charge, gross=2388)]))
    compare()
    found = [s for s in suggestions(alert_of("amount_mismatch")) if s.kind == "entry"]
    assert [(s.amount, s.reasons) for s in found] == [
        (Money(102, "EUR"), ("the difference equals the PSP's fee",))
    ]


def test_an_unknown_alert_is_not_found(db: Any) -> None:
    """A refusal, not an empty list."""
    with pytest.raises(NotFound):
        suggestions(new_uuid())
