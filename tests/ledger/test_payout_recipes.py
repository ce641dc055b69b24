"""The postings of payouts, leg by leg, as the scenarios say them; EUR and KWD."""

from __future__ import annotations

from uuid import UUID

import pytest

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.ledger import payout_recipes as recipes
from checkout.ledger.entry import UnsoundEntry
from tests.ledger.scenarios import SCENARIOS

PAYOUT, SELLER, APPROVAL = UUID(int=1), UUID(int=2), UUID(int=3)
PO = encode("po", PAYOUT)
OURS = {"payout_id": PAYOUT, "seller_id": SELLER}
EUR, KWD = Money(1050, "EUR"), Money(6490, "KWD")

# (the scenario that has the line, the line, the recipe's entry, its key)
LINES = [
    (
        "S1 ",
        "payout_created: Dr seller_available:A 1050; Cr payout_in_transit:A 1050",
        recipes.payout_created(**OURS, amount=EUR),
        PO,
    ),
    (
        "S1 ",
        "payout_transferred: Dr connected_balance:A 1050; Cr psp_balance 1050",
        recipes.payout_transferred(**OURS, psp="stripe", number="txn_1", amount=EUR),
        "txn_1",
    ),
    (
        "S1 ",
        "payout_paid: Dr payout_in_transit:A 1050; Cr connected_balance:A 1050",
        recipes.payout_paid(**OURS, amount=EUR),
        f"{PO}:1",
    ),
    (
        "S1 ",
        "psp_payout_sent: Dr bank_in_transit 488; Cr psp_balance 488",
        recipes.psp_payout_sent(psp="stripe", number="txn_2", amount=Money(488, "EUR")),
        "txn_2",
    ),
    (
        "S1 ",
        "psp_payout_received: Dr bank 488; Cr bank_in_transit 488",
        recipes.psp_payout_received(
            psp="stripe",
            bank_account="DE02",
            statement_line="file_1:4",
            number="txn_2",
            amount=Money(488, "EUR"),
        ),
        "file_1:4",
    ),
    (
        "S5 ",
        "payout_created: Dr seller_available:A 6490; Cr payout_in_transit:A 6490",
        recipes.payout_created(**OURS, amount=KWD),
        PO,
    ),
    (
        "S6 ",
        "transfer_reversed: Dr psp_balance 1050; Cr connected_balance:A 1050",
        recipes.transfer_reversed(**OURS, psp="stripe", number="txn_3", amount=EUR),
        "txn_3",
    ),
    (
        "S6 ",
        "payout_released: Dr payout_in_transit:A 1050; Cr seller_available:A 1050",
        recipes.payout_released(**OURS, amount=EUR),
        PO,
    ),
    (
        "S7 ",
        "payout_returned: Dr connected_balance:A 1050; Cr payout_in_transit:A 1050",
        recipes.payout_returned(**OURS, amount=EUR),
        f"{PO}:1",
    ),
    (
        "S11 ",
        "seller_debt_written_off: Dr seller_losses 3400; Cr seller_available:A 3400",
        recipes.seller_debt_written_off(approval_id=APPROVAL, seller_id=SELLER, amount=Money(3400, "EUR")),
        encode("apr", APPROVAL),
    ),
]


def line_of(entry):
    """As the scenarios write it."""
    legs = [
        f"{'Dr' if leg.amount.amount_minor > 0 else 'Cr'} {leg.account.kind}"
        f"{':A' if leg.account.owner.startswith('sel_') else ''} {abs(leg.amount.amount_minor)}"
        for leg in entry.postings
    ]
    return f"{entry.kind}: {'; '.join(legs)}"


@pytest.mark.parametrize(("scenario", "line", "entry", "key"), LINES, ids=lambda value: str(value)[:24])
def test_a_recipe_posts_the_line_of_the_scenario(scenario, line, entry, key):
    (story,) = [text for name, text in SCENARIOS.items() if name.startswith(scenario)]

    assert line in story
    assert line_of(entry) == line
    assert entry.source_key == key


def test_the_fee_of_an_instant_payout_goes_both_ways():
    """Charged with the payout, given back when it does not arrive."""
    fee = Money(105, "EUR")

    assert (
        line_of(recipes.payout_fee_charged(**OURS, fee=fee))
        == "payout_fee_charged: Dr seller_available:A 105; Cr payout_fee_revenue 105"
    )
    assert (
        line_of(recipes.payout_fee_returned(**OURS, fee=fee))
        == "payout_fee_returned: Dr payout_fee_revenue 105; Cr seller_available:A 105"
    )


def test_a_second_arrival_is_another_fact():
    """Returned and arrived once more: the counter keeps the two apart, the same one twice is one."""
    first, again = recipes.payout_paid(**OURS, amount=EUR), recipes.payout_paid(**OURS, amount=EUR, time=2)

    assert [first.source_key, again.source_key] == [f"{PO}:1", f"{PO}:2"]
    assert recipes.payout_paid(**OURS, amount=EUR).source_key == first.source_key


def test_a_recovered_debt_and_our_own_payout_that_came_back():
    assert (
        line_of(recipes.debt_recovered(**OURS, psp="stripe", number="txn_4", amount=EUR))
        == "debt_recovered: Dr psp_balance 1050; Cr seller_available:A 1050"
    )
    assert (
        line_of(recipes.psp_payout_failed(psp="stripe", number="txn_5", amount=EUR))
        == "psp_payout_failed: Dr psp_balance 1050; Cr bank_in_transit 1050"
    )


def test_what_was_taken_back_is_counted_as_one_of_two_things():
    """As a repayment once the payout has arrived, as the payout's own money once it has come back: one undoes the other."""
    assert (
        line_of(recipes.reversal_counted_as_recovery(**OURS, amount=EUR))
        == "reversal_counted_as_recovery: Dr connected_balance:A 1050; Cr seller_available:A 1050"
    )
    assert (
        line_of(recipes.recovery_counted_as_reversal(**OURS, amount=EUR))
        == "recovery_counted_as_reversal: Dr seller_available:A 1050; Cr connected_balance:A 1050"
    )


def test_a_payout_of_nothing_is_no_entry():
    with pytest.raises(UnsoundEntry):
        recipes.payout_created(**OURS, amount=Money.zero("EUR"))
