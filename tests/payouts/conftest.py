"""Sellers with money to be paid, made through the ledger's own recipes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from checkout.core.cause import Cause
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import chart, release_recipes
from checkout.ledger.entry import credit, debit
from checkout.sellers.create import create_seller
from tests.conftest import Database
from tests.ledger.conftest import CAUSE, balance, entry, post
from tests.payouts.fake_psp import FakePsp


def fund(seller: UUID, minor: int, currency: str = "EUR") -> UUID:
    """An order of the seller is captured and released, with nothing deducted; returns the order's id."""
    order, amount, nothing = new_uuid(), Money(minor, currency), Money.zero(currency)
    post(
        entry(
            debit(chart.psp_balance("stripe"), amount),
            credit(chart.seller_pending(seller), amount, order_id=order),
            kind="payment_captured",
        )
    )
    post(
        release_recipes.order_released(
            order_id=order,
            seller_id=seller,
            left=amount,
            commission=nothing,
            logistics_fee=nothing,
            tax=nothing,
            reserve=nothing,
        )
    )
    return order


def owe(seller: UUID, minor: int, currency: str = "EUR") -> None:
    """A dispute after the payout: the seller's balance is less by it, and may be a debt."""
    amount = Money(minor, currency)
    post(
        entry(
            debit(chart.seller_available(seller), amount),
            credit(chart.psp_balance("stripe"), amount),
            kind="dispute_withdrawn",
        )
    )


@pytest.fixture
def psp() -> FakePsp:
    return FakePsp()


@pytest.fixture
def seller_of(db: Database) -> Callable[..., UUID]:
    """Makes a verified seller with an account at the PSP; columns of the seller's row may be given."""

    def make(**columns: Any) -> UUID:
        with atomic() as session:
            seller = create_seller(session, name="Ada's Pottery", commission_bps=0, cause=CAUSE, country="DE")
        values = {"payouts_enabled": True, "verification_status": "verified"} | columns
        for column, value in values.items():
            db.rows(f"UPDATE sellers SET {column} = %(value)s WHERE id = %(id)s", value=value, id=seller)
        db.rows("DELETE FROM connected_accounts WHERE seller_id = %(id)s", id=seller)
        db.rows(
            """
            INSERT INTO connected_accounts (seller_id, psp, idempotency_key, request, psp_account_id, created_at)
            VALUES (%(id)s, 'stripe', %(key)s, '{}', %(account)s, now())
            """,
            id=seller,
            key=str(seller),
            account=f"acct_{seller.hex[-8:]}",
        )
        return seller

    return make


def holds(kind: str, seller: UUID, currency: str = "EUR") -> int:
    """What a seller's account of this kind holds in the seller's favour, in minor units."""
    return -balance(chart.Account(kind, encode("sel", seller)), currency)


def within(use_case: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Runs a use case that joins a transaction, in one of its own."""
    with atomic() as session:
        return use_case(session, *arguments, **named)


def person() -> Cause:
    return Cause("person", encode("usr", new_uuid()))
