"""The postings of money that goes back, leg by leg, as the scenarios say them; EUR, JPY and KWD."""

from __future__ import annotations

from uuid import UUID

import pytest

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.ledger import money_back_recipes as recipes
from checkout.ledger.recipes import WalletPart
from tests.ledger.scenarios import SCENARIOS
from tests.ledger.test_release_recipes import legs

A, B, PAYMENT, REFUND, CUSTOMER = (UUID(int=n) for n in range(1, 6))
OURS = {"refund_id": REFUND, "psp": "stripe"}
THEIRS = {**OURS, "number": "txn_1"}
DISPUTE = {"dispute_id": REFUND, "psp": "stripe", "number": "txn_1"}


def money(minor, currency="EUR"):
    return Money(minor, currency)


def take(amount, held_in="pending", commission=0, logistics=0, tax=0, *, of=A, currency="EUR"):
    return recipes.OrderTake(
        of, of, PAYMENT, held_in, money(amount, currency), money(commission, currency), money(logistics, currency),
        money(tax, currency),
    )  # fmt: skip


def requested(amount, held_in, commission=0, logistics=0, *, wallet=0, currency="EUR"):
    return recipes.refund_requested(
        **OURS,
        take=take(amount, held_in, commission, logistics, currency=currency),
        card=money(amount - wallet, currency),
        wallet=WalletPart(CUSTOMER, money(wallet, currency)) if wallet else None,
    )


# (scenario, entry kind, which of them, the entry)
OF_THE_SCENARIOS = [
    ("S2", "refund_requested", 0, requested(500, "pending", 50)),
    ("S2", "refund_sent", 0, recipes.refund_sent(**THEIRS, amount=money(500))),
    ("S3", "refund_requested", 0, requested(100, "available", 12)),
    ("S3", "refund_requested", 2, requested(700, "available", 84, 300)),
    ("S4", "refund_requested", 0, requested(333, "available", 11, currency="JPY")),
    ("S4", "refund_requested", 3, requested(1, "available", currency="JPY")),
    ("S5", "refund_requested", 0, requested(5345, "pending", wallet=1015, currency="KWD")),
    ("S8", "refund_bounced", 0, recipes.refund_bounced(**THEIRS, amount=money(500))),
    ("S8", "refund_failed", 0, recipes.refund_failed(**OURS, takes=[take(500, "available", 50)], losses=money(0))),
    ("S9", "refund_requested", 0, recipes.unapplied_refund_requested(**OURS, payment_id=PAYMENT, amount=money(2000, "JPY"))),
    ("S10", "dispute_withdrawn", 0, recipes.dispute_withdrawn(**DISPUTE, takes=[take(1500), take(990, of=B)], excess=money(0), fee=money(2000))),
    ("S10", "dispute_fee", 0, recipes.dispute_fee(**DISPUTE, fee=money(2000))),
    ("S10", "dispute_reinstated", 0, recipes.dispute_reinstated(**DISPUTE, takes=[take(1500), take(990, of=B)], losses=money(0), fee_back=money(2000))),
    ("S11", "dispute_withdrawn", 0, recipes.dispute_withdrawn(**DISPUTE, takes=[take(1500, "available")], excess=money(0), fee=money(2000))),
    ("S11", "seller_recharged", 0, recipes.seller_recharged(source="dp_1", seller_id=A, amount=money(2000), onto="dispute_fees")),
    ("S12", "dispute_withdrawn", 0, recipes.dispute_withdrawn(**DISPUTE, takes=[], excess=money(1500), fee=money(750))),
]  # fmt: skip


def said(scenario: str, kind: str, which: int) -> set[str]:
    text = next(text for name, text in SCENARIOS.items() if name.split()[0] == scenario)
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith(kind)]
    _, _, postings = lines[which].partition(": ")
    return {
        " ".join([words[0], words[1].partition(":")[0], words[2]])
        for words in (leg.split() for leg in postings.split("; "))
    }


@pytest.mark.parametrize(
    ("scenario", "kind", "which", "entry"),
    OF_THE_SCENARIOS,
    ids=[f"{s}-{k}-{n}" for s, k, n, _ in OF_THE_SCENARIOS],
)
def test_an_entry_is_the_scenarios(scenario, kind, which, entry):
    """Leg by leg what the scenario's line says, under the kind it names."""
    assert entry.kind == kind
    assert set(legs(entry)) == said(scenario, kind, which)


def test_a_refund_is_posted_once_per_order_and_a_movement_once_per_number():
    """The keys that make each fact unrepeatable."""
    assert requested(500, "pending").source_key == f"{encode('re', REFUND)}:{encode('ord', A)}"
    sent = recipes.refund_sent(**THEIRS, amount=money(500))
    assert (sent.source_key, sent.psp_number.number) == ("txn_1", "txn_1")


def test_a_refund_made_with_the_psp_takes_what_is_left_and_the_rest_is_our_loss():
    """20.00 of a charge whose order holds 15.00."""
    entry = recipes.external_refund(**THEIRS, takes=[take(1500)], excess=money(500))
    assert legs(entry) == ["Dr seller_pending 1500", "Dr seller_losses 500", "Cr psp_balance 2000"]


def test_money_that_comes_back_to_a_canceled_order_is_nobodys():
    """It lies with the payment until somebody decides; the fees were never booked."""
    entry = recipes.refund_failed(**OURS, takes=[take(500, "unapplied", 50)], losses=money(0))
    assert legs(entry) == ["Dr refund_in_transit 500", "Cr unapplied 500"]


def test_a_fee_given_back_swaps_the_sides():
    """A negative fee: the PSP's balance grows."""
    assert legs(recipes.dispute_fee(**DISPUTE, fee=money(-2000))) == [
        "Cr dispute_fees 2000",
        "Dr psp_balance 2000",
    ]


def test_tax_that_the_platform_keeps_is_given_back_with_the_rest():
    """11.90 released with 1.90 tax and 1.00 commission: the seller bears 9.00."""
    entry = recipes.refund_requested(**OURS, take=take(1190, "available", 100, 0, 190), card=money(1190))
    assert legs(entry) == [
        "Dr seller_available 900", "Dr commission_revenue 100", "Dr tax_payable 190", "Cr refund_in_transit 1190",
    ]  # fmt: skip
