"""Whose rows a caller may touch: by the scopes of a key at its tenant, by a person's roles at theirs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest

from checkout.identity import step_up
from checkout.identity.access import (
    EVERYTHING,
    Forbidden,
    MissingScope,
    Reach,
    key_principal,
    principal_of,
    roles_with,
)
from checkout.identity.grants import Grant
from checkout.identity.step_up import StepUpRequired

SHOP, OTHER, ADA, KEY, USER = (UUID(int=number) for number in range(1, 6))
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def person(*grants, second_factor_at=None):
    return principal_of(
        SimpleNamespace(user_id=USER, grants=grants, second_factor_at=second_factor_at, read_at=NOON)
    )


def test_a_key_reaches_its_storefront_with_its_scopes_and_nothing_else():
    principal = key_principal(KEY, storefront_id=SHOP, seller_id=None, scopes=["orders:read"], livemode=False)

    assert principal.reach("orders:read") == Reach(storefronts=frozenset({SHOP}))
    assert principal.reach("orders:read").one_storefront == SHOP
    assert (principal.actor[:8], principal.scope[:4]) == ("key:key_", "sto_")
    with pytest.raises(MissingScope, match="orders:write"):
        principal.reach("orders:write")


def test_a_sellers_key_reaches_its_seller():
    principal = key_principal(KEY, storefront_id=None, seller_id=ADA, scopes=["orders:read"], livemode=False)

    reach = principal.reach("orders:read")
    assert reach.holds(storefront_id=SHOP, seller_id=ADA)
    assert not reach.holds(storefront_id=SHOP, seller_id=OTHER)
    assert reach.one_storefront is None
    assert principal.scope.startswith("sel_")


def test_several_memberships_add_up_permission_by_permission():
    """Two storefronts and a seller: each permission reaches where a role gives it, and no further."""
    both = person(
        Grant("developer", storefront_id=SHOP),
        Grant("developer", storefront_id=OTHER),
        Grant("seller_owner", seller_id=ADA),
    )

    assert both.reach("orders:read") == Reach(storefronts=frozenset({SHOP, OTHER}), sellers=frozenset({ADA}))
    assert both.reach("payments:read") == Reach(storefronts=frozenset({SHOP, OTHER}))
    assert both.reach("balances:read") == Reach(sellers=frozenset({ADA}))
    assert both.reach("orders:read").one_storefront is None


def test_a_role_of_the_platform_reaches_everything():
    both = person(Grant("finance"), Grant("seller_staff", seller_id=ADA))

    assert both.reach("payments:read") == EVERYTHING
    assert both.reach("balances:read").everything
    assert both.actor.startswith("person:usr_")


def test_a_refusal_names_the_permission_and_the_roles_that_have_it():
    with pytest.raises(Forbidden, match=r"payments:review.*admin, operator") as refused:
        person(Grant("seller_owner", seller_id=ADA)).reach("payments:review")

    assert refused.value.extra["roles"] == roles_with("payments:review") == ["admin", "operator"]


@pytest.mark.parametrize(
    "grant", [Grant("developer"), Grant("seller_owner"), Grant("developer", seller_id=ADA), Grant("gone")]
)
def test_a_grant_without_its_tenant_gives_nothing(grant):
    """What the database refuses is refused here too: an empty reach is no reach."""
    with pytest.raises(Forbidden):
        person(grant).reach("orders:read")


@pytest.mark.parametrize(
    ("age", "fresh"),
    [(timedelta(0), True), (timedelta(minutes=5), True), (timedelta(minutes=5, seconds=1), False)],
)
def test_a_second_factor_is_fresh_for_five_minutes(age, fresh):
    assert step_up.is_fresh(person(second_factor_at=NOON - age)) is fresh


def test_no_second_factor_one_to_come_and_a_key_are_not_fresh():
    key = key_principal(KEY, storefront_id=SHOP, seller_id=None, scopes=["orders:read"], livemode=False)
    for who in (person(), person(second_factor_at=NOON + timedelta(seconds=1)), key):
        with pytest.raises(StepUpRequired):
            step_up.require(who)
