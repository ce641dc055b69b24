"""Sellers are taken on with a plan; a newer version takes over; what is out of bounds is refused by name."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.currencies import UnknownCurrency
from checkout.core.errors import InvalidParameter, NotFound
from checkout.db.session import atomic
from checkout.sellers.create import add_fee_plan, create_seller
from checkout.sellers.queries import get_seller, list_sellers, plan_for

CLI = Cause("cli", "root")


def seller(name="Ada's Pottery", **options):
    with atomic() as session:
        return create_seller(session, name=name, **{"commission_bps": 1000, "cause": CLI, **options})


def in_force(seller_id, currency="EUR", at=None):
    with atomic() as session:
        return plan_for(session, seller_id, currency, at or utcnow())


def test_a_seller_starts_with_one_plan_for_every_currency(db):
    """10 % in EUR and in JPY alike, and one audit row for each thing done."""
    ada = seller()

    assert in_force(ada, "EUR").commission_bps == in_force(ada, "JPY").commission_bps == 1000
    assert get_seller(ada).name == "Ada's Pottery"
    assert [row["action"] for row in db.rows("SELECT action FROM audit_log ORDER BY sequence")] == [
        "seller.create",
        "seller.fee_plan",
    ]


def test_a_newer_version_takes_over_from_its_day(db):
    """12 % from tomorrow: today is still 10 %, the day after 12 %."""
    ada, tomorrow = seller(), utcnow() + timedelta(days=1)
    with atomic() as session:
        add_fee_plan(session, ada, commission_bps=1200, cause=CLI, valid_from=tomorrow)

    assert in_force(ada).commission_bps == 1000
    assert in_force(ada, at=tomorrow).commission_bps == 1200
    assert in_force(ada, at=tomorrow).version == 2


def test_a_currencys_own_plan_goes_before_the_general_one(db):
    """KWD has a minimum; EUR keeps the plan for all."""
    ada = seller()
    with atomic() as session:
        add_fee_plan(
            session, ada, commission_bps=200, commission_minimum_minor=750, currency="KWD", cause=CLI
        )

    assert in_force(ada, "KWD").commission_minimum_minor == 750
    assert in_force(ada, "EUR").commission_bps == 1000
    assert len(get_seller(ada).fee_plans) == 2


@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        ({"commission_bps": 10_001}, "/commission_bps"),
        ({"commission_bps": -1}, "/commission_bps"),
        ({"name": "  "}, "/name"),
        ({"hold_days": 366}, "/hold_days"),
        ({"payout_schedule": "hourly"}, "/payout_schedule"),
        ({"reserve_bps": 10_001}, "/reserve_bps"),
    ],
)
def test_a_value_out_of_bounds_is_refused_by_name(db, options, pointer):
    """The constraint's name leads to the field; nothing is left behind."""
    with pytest.raises(InvalidParameter) as refused:
        seller(**options)

    assert refused.value.pointers[0].pointer == pointer
    assert db.value("SELECT count(*) FROM sellers") == 0


def test_a_fixed_part_needs_a_currency(db):
    """0.30 of what?"""
    ada = seller()

    with pytest.raises(InvalidParameter), atomic() as session:
        add_fee_plan(session, ada, commission_bps=100, commission_fixed_minor=30, cause=CLI)


def test_a_plan_for_no_such_seller_or_currency_is_refused(db):
    """An unknown seller, an unknown currency."""
    ada = seller()

    with pytest.raises(NotFound), atomic() as session:
        add_fee_plan(session, uuid4(), commission_bps=100, cause=CLI)
    with pytest.raises(UnknownCurrency), atomic() as session:
        add_fee_plan(session, ada, commission_bps=100, currency="EUX", cause=CLI)
    with pytest.raises(NotFound):
        get_seller(uuid4())


def test_a_plan_is_never_edited(db):
    """The database refuses an UPDATE, from whomever."""
    seller()

    with pytest.raises(Exception, match="append-only"):
        db.rows("UPDATE fee_plans SET commission_bps = 0")


def test_sellers_are_listed_newest_first_page_by_page(db):
    """Three sellers in pages of two, there and back."""
    first, second, third = seller("First"), seller("Second"), seller("Third")

    page = list_sellers(limit=2)
    edge = (page[-1].created_at, page[-1].id)
    rest = list_sellers(limit=2, after=edge)
    back = list_sellers(limit=2, before=(rest[0].created_at, rest[0].id))

    assert [s.id for s in page] == [third, second]
    assert [s.id for s in rest] == [first]
    assert [s.id for s in back] == [third, second]
