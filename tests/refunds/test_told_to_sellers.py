"""What sellers read of refunds: explanations, statements and movements that add up, in words."""

from __future__ import annotations

import pytest

from checkout.core.ids import encode
from checkout.explanations.explain import explain
from checkout.explanations.tree import Ref
from checkout.explanations.words import KIND_WORDS
from checkout.identity.access import Reach
from checkout.ledger.seller_balances import movements
from checkout.pages.seller_words import group_of, movement_word
from checkout.statements.lines import LINE_OF
from tests.refunds.conftest import PEOPLE
from tests.refunds.test_scenarios import terms

__all__ = ["terms"]

OF_SELLERS = (
    "refund_requested",
    "refund_failed",
    "external_refund",
    "dispute_withdrawn",
    "dispute_reinstated",
    "seller_recharged",
    "logistics_charged",
    "reversal",
)


@pytest.mark.parametrize("kind", OF_SELLERS)
def test_every_kind_that_a_seller_meets_has_its_words(kind):
    """On pages as in explanations: no name of the tables."""
    assert kind in KIND_WORDS
    assert movement_word(kind) != kind.replace("_", " ").capitalize()


def test_an_external_refund_stands_among_the_refunds():
    assert (group_of("external_refund"), LINE_OF["external_refund"]) == ("Refunds", "refunds")
    assert (group_of("seller_recharged"), LINE_OF["seller_recharged"]) == ("Disputes", "disputes")


def test_the_net_of_an_order_whose_refund_waits_for_approval_adds_up(desk, terms):
    """20 000.00 less 15 000.00 that wait for a second person, less a quarter of 2 000.00 commission: as the row says."""
    payment = desk.paid(2_000_000)
    terms(payment, commission=200_000)
    desk.asks(payment, 1_500_000, cause=PEOPLE)
    reach = Reach(sellers=frozenset({desk.shop.ada}))
    told = explain(Ref(payment.orders[0].public_id, "net"), reach)
    assert (told.result.amount_minor, told.stored.amount.amount_minor) == (450_000, 450_000)
    assert sum(term.signed.amount_minor for term in told.terms) == 450_000


def test_so_does_that_of_a_released_one(desk, terms):
    """18 000.00 came free; what waits is not booked, and the order's terms say the same."""
    payment = desk.paid(2_000_000)
    terms(payment, commission=200_000, logistics=1_000)
    desk.released(payment)
    desk.asks(payment, 1_500_000, cause=PEOPLE, return_logistics=True)
    told = explain(Ref(payment.orders[0].public_id, "net"), Reach(sellers=frozenset({desk.shop.ada})))
    assert (told.result.amount_minor, told.stored.amount.amount_minor) == (1_799_000, 1_799_000)


def test_the_balance_after_refunds_adds_up_and_names_no_margin(desk, terms):
    """10.50 earned, 5.00 and 3.00 of the dashboard back, less the commission given back; one of them failed."""
    payment = desk.paid(1500)
    terms(payment, commission=150, logistics=300)
    desk.released(payment)
    failed = desk.refunds(payment, 500)
    desk.hears(desk.dashboard(payment, 300))
    desk.hears(desk.psp.back.bounce(failed.public_id))
    owner = encode("sel", desk.shop.ada)
    told = explain(Ref(owner, "balance.available.EUR"), Reach(sellers=frozenset({desk.shop.ada})))
    assert [term.name for term in told.terms if "efund" in term.name] != []
    assert sum(term.signed.amount_minor for term in told.terms) == told.result.amount_minor == 780
    shown = {line.account for entry in told.ledger.entries for line in entry.lines if line.amount is not None}
    assert "psp_balance" not in shown
    rows = movements(desk.shop.ada, "EUR", "available", limit=10)
    assert [(row.kind, row.amount.amount_minor) for row in rows] == [
        ("refund_failed", 450),
        ("external_refund", -270),
        ("refund_requested", -450),
        ("order_released", 1050),
    ]
