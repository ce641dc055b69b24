"""Balances as they were: by the entries effective at a moment, whatever was booked since, and each term explained."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.money import Money
from checkout.explanations import Ref, explain
from checkout.explanations.document import document_of, equation_text
from checkout.identity.access import EVERYTHING
from checkout.ledger.seller_balances import of_seller
from tests.explanations.conftest import pay_out, psp, sel, shop
from tests.payouts.conftest import seller_of
from tests.statements.test_statements import day, earn

__all__ = ["pay_out", "psp", "seller_of", "shop"]


def was(seller, at, field="balance.available.EUR"):
    return explain(Ref(sel(seller), field, at), EVERYTHING)


@pytest.fixture
def seller(seller_of, pay_out):
    """10.00 in May less 1.00 of commission, 2.50 in June, all of it paid out today; yen in June."""
    seller = seller_of()
    earn(seller, 1000, day(5), commission=100)
    earn(seller, 250, day(6))
    earn(seller, 967, day(6), "JPY")
    pay_out(seller)
    return seller


@pytest.mark.parametrize(
    ("at", "available"),
    [
        (day(5) - timedelta(microseconds=1), {}),
        (day(5), {"EUR": 900}),
        (day(6) - timedelta(microseconds=1), {"EUR": 900}),
        (day(6), {"EUR": 1150, "JPY": 967}),
        (None, {"EUR": 0, "JPY": 967}),
    ],
)
def test_a_balance_as_of_a_moment(seller, at, available):
    """To the microsecond: the entry of that moment counts, the next one does not."""
    held = {line.currency: line.available.amount_minor for line in of_seller(seller, at=at)}

    assert held == available
    assert was(seller, at).result == Money(available.get("EUR", 0), "EUR")


def test_it_is_explained_by_what_had_been_booked_by_then(seller):
    """12.50 less 1.00: two releases, each leading to what it was at that moment; nothing of the payout."""
    found = was(seller, day(6))
    kind = explain(found.terms[0].ref, EVERYTHING)

    assert equation_text(found) == "11.50 = 11.50 EUR"
    assert equation_text(kind) == "2.50 + 9.00 = 11.50 EUR"
    assert (found.holds, kind.holds, found.stored) == (True, True, None)
    assert found.sentence.startswith("As it was at 2025-06-10T12:00:00")
    document = document_of(found)
    assert document["at"] == "2025-06-10T12:00:00.000000Z"
    assert document["terms"][0]["explanation"]["url"] == f"/v1/explanations/{kind.ref}"


def test_nothing_is_explained_of_tomorrow_and_nothing_but_balances_of_yesterday(seller, pay_out):
    with pytest.raises(InvalidParameter):
        was(seller, datetime.now(UTC) + timedelta(minutes=1))
    with pytest.raises(InvalidParameter):
        of_seller(seller, at=datetime.now(UTC) + timedelta(minutes=1))
    payout = pay_out(seller, "JPY")
    with pytest.raises(NotFound):
        explain(Ref(payout.public_id, "amount", day(6)), EVERYTHING)
