"""Keys: what they may do, whom they belong to, how long they last, how one takes over from another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from checkout.core import clock
from checkout.core.cause import Cause
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import new_uuid
from checkout.db.session import atomic
from checkout.identity import api_keys, storefronts, users
from checkout.identity.access import Forbidden, MissingScope, Reach, principal_of
from checkout.identity.authenticate import authenticate, forget_cached_keys
from checkout.identity.grants import Grant
from checkout.identity.roles import SCOPES
from checkout.identity.roll_key import KeyNotRollable, roll
from checkout.identity.step_up import StepUpRequired
from checkout.sellers.create import create_seller
from tests.concurrency import at_once

CAUSE = Cause("cli", "test")


@pytest.fixture
def shop(db):
    forget_cached_keys()
    with atomic() as session:
        return storefronts.create(session, name="Shop", origins=["https://shop.example"], cause=CAUSE)


@pytest.fixture
def seller(db):
    with atomic() as session:
        return create_seller(session, name="Ada's Pottery", commission_bps=1_000, cause=CAUSE)


def make(storefront_id, **options):
    with atomic() as session:
        return api_keys.create(session, storefront_id, "till", livemode=False, cause=CAUSE, **options)


def rolled(key, overlap, **options):
    with atomic() as session:
        return roll(session, key.id, overlap=overlap, cause=CAUSE, **options)


def developer_of(storefront, *, minutes_ago=0):
    now = datetime.now(UTC)
    with atomic() as session:
        person = users.create_user(session, email=f"{new_uuid().hex}@example.org", cause=CAUSE)
    return principal_of(
        SimpleNamespace(
            user_id=person.id,
            grants=[Grant("developer", storefront_id=storefront.id)],
            second_factor_at=now - timedelta(minutes=minutes_ago),
            read_at=now,
        )
    )


def test_a_key_may_do_what_its_scopes_say(shop, db):
    key, text = make(shop.id, scopes=["payments:read", "orders:read", "payments:read"])

    principal = authenticate(text)
    assert key.scopes == ("orders:read", "payments:read")
    assert principal.permissions == {"orders:read", "payments:read"}
    with pytest.raises(MissingScope):
        principal.reach("payments:write")
    assert db.value("SELECT after->'scopes' FROM audit_log WHERE action = 'api_key.create'") == [
        "orders:read",
        "payments:read",
    ]


def test_a_key_of_the_release_before_keeps_every_scope(shop, db):
    """Rows that were there when scopes came, and those that an older process still inserts. What keys may do since then
    was never theirs: it takes a new key."""
    since = {"wallets:read", "wallets:write"}
    make(shop.id, scopes=["orders:read"])
    db.rows(
        "INSERT INTO api_keys (id, storefront_id, name, prefix, secret_sha256, last_four, livemode, created_at)"
        " SELECT gen_random_uuid(), storefront_id, name, 'sk_test_00000000', secret_sha256, last_four, livemode,"
        " created_at FROM api_keys"
    )

    assert set(db.value("SELECT scopes FROM api_keys WHERE prefix = 'sk_test_00000000'")) >= SCOPES - since


def test_a_scope_that_no_key_may_have_any_more_opens_nothing(shop, db):
    """Keys of before were made with the platform's own: books, tasks, alerts."""
    _, text = make(shop.id, scopes=["payments:read"])
    db.rows("UPDATE api_keys SET scopes = scopes || '{ledger:read,tasks:replay}'")

    principal = authenticate(text)

    assert principal.permissions == {"payments:read"}
    with pytest.raises(MissingScope):
        principal.reach("ledger:read")


@pytest.mark.parametrize(
    "scopes", [[], ["payments:reed"], ["users:write"], ["payouts:approve"], ["tasks:replay"]]
)
def test_scopes_that_no_key_may_have_are_refused(shop, scopes):
    with pytest.raises(InvalidParameter):
        make(shop.id, scopes=scopes)


def test_a_sellers_key_sees_its_seller_and_never_a_whole_payment(seller):
    _, text = make(None, seller_id=seller)

    principal = authenticate(text)

    assert principal.reach("orders:read") == Reach(sellers=frozenset({seller}))
    assert "payments:read" not in principal.permissions
    with pytest.raises(InvalidParameter):
        make(None, seller_id=seller, scopes=["payments:read"])


def test_a_key_belongs_to_one_tenant(shop, seller, db):
    with pytest.raises(NotFound):
        make(None)
    with pytest.raises(NotFound):
        make(shop.id, seller_id=seller)


def test_a_maker_gives_no_more_than_they_have(shop, db):
    """Reach, permissions and a fresh second factor; a refusal leaves no key."""
    maker = developer_of(shop)
    with atomic() as session:
        other = storefronts.create(session, name="Other", origins=["https://other.example"], cause=CAUSE)

    with pytest.raises(Forbidden, match="payouts:write"):
        make(shop.id, scopes=["payments:read", "payouts:write"], maker=maker)
    with pytest.raises(NotFound):
        make(other.id, scopes=["payments:read"], maker=maker)
    with pytest.raises(StepUpRequired):
        make(shop.id, scopes=["payments:read"], maker=developer_of(shop, minutes_ago=6))

    assert api_keys.list_keys() == []
    key, _ = make(shop.id, scopes=["payments:read"], maker=maker)
    assert api_keys.list_keys() == [key]


def test_it_is_written_down_who_stands_behind_a_key(shop, db):
    """Whoever made it; after a roll whoever saw the new one; nobody for the command line's."""
    ada, bao = developer_of(shop), developer_of(shop)
    key, _ = make(shop.id, scopes=["payments:read"], maker=ada)
    rolled(key, "24h", maker=bao)
    make(shop.id)

    made_by = [row["made_by"] for row in db.rows("SELECT made_by FROM api_keys ORDER BY id")]
    assert made_by == [ada.id, bao.id, None]


def test_a_key_for_the_nights_files_is_named_and_made_by_whoever_holds_that_at_the_platform(shop, seller):
    """Not without naming it, not by the shop's developer, not for a seller; by an admin: then all of the platform's."""
    scopes = ["reconciliation:read", "reconciliation:write"]
    _, plain = make(shop.id)
    assert not {"reconciliation:read", "reconciliation:write"} & authenticate(plain).permissions
    with pytest.raises(Forbidden, match="reconciliation:read"):
        make(shop.id, scopes=scopes, maker=developer_of(shop))
    with pytest.raises(InvalidParameter):
        make(None, seller_id=seller, scopes=scopes)
    now = datetime.now(UTC)
    admin = principal_of(
        SimpleNamespace(user_id=_person(), grants=[Grant("admin")], second_factor_at=now, read_at=now)
    )

    _, text = make(shop.id, scopes=scopes, maker=admin)

    assert authenticate(text).reach("reconciliation:write") == Reach(everything=True)


def _person():
    with atomic() as session:
        return users.create_user(session, email=f"{new_uuid().hex}@example.org", cause=CAUSE).id


def test_what_a_maker_may_do_elsewhere_is_in_no_key(shop, seller):
    """Who keeps a shop and owns a seller holds payouts:write there: a key of the shop is not given it."""
    now = datetime.now(UTC)
    maker = principal_of(
        SimpleNamespace(
            user_id=new_uuid(),
            grants=[Grant("developer", storefront_id=shop.id), Grant("seller_owner", seller_id=seller)],
            second_factor_at=now,
            read_at=now,
        )
    )

    for scope in ("payouts:write", "sellers:write", "balances:read"):
        with pytest.raises(Forbidden, match=scope):
            make(shop.id, scopes=["payments:read", scope], maker=maker)

    assert api_keys.list_keys() == []


def test_nobody_rolls_a_key_that_holds_more_than_they_do(shop):
    """Rolling shows a new secret: it would be a way to more power."""
    key, _ = make(shop.id)

    with pytest.raises(Forbidden):
        rolled(key, "24h", maker=developer_of(shop))


def test_a_rolled_key_works_for_the_overlap(shop, tmp_path, db):
    """Both for an hour, then the new one alone; the new one is like the old one."""
    key, old = make(shop.id, scopes=["payments:read"])

    made, new = rolled(key, "1h")
    forget_cached_keys()
    before = [authenticate(old), authenticate(new)]
    clock.configure(offset_seconds=3_601)
    after = [authenticate(old), authenticate(new)]

    assert [principal.id for principal in before] == [key.id, made.id]
    assert (after[0], after[1].id) == (None, made.id)
    assert (made.scopes, made.storefront_id, made.name, made.expires_at) == (
        key.scopes,
        shop.id,
        "till",
        None,
    )
    assert api_keys.get_key(key.id).rolled_to == made.id
    assert db.value("SELECT after->>'overlap' FROM audit_log WHERE action = 'api_key.roll'") == "1h"


def test_without_an_overlap_the_old_key_ends_now(shop):
    key, old = make(shop.id)
    rolled(key, "0")
    forget_cached_keys()

    assert authenticate(old) is None


def test_an_overlap_never_makes_a_key_last_longer(shop):
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=10)
    key, _ = make(shop.id, expires_at=end)

    made, _ = rolled(key, "7d")

    assert (api_keys.get_key(key.id).expires_at, made.expires_at) == (end, end)


def test_a_key_is_rolled_once(shop):
    """A second roll, one of a revoked key, one with an overlap of our own: refused."""
    key, _ = make(shop.id)
    revoked, _ = make(shop.id)
    with atomic() as session:
        api_keys.revoke(session, revoked.id, cause=CAUSE)
    rolled(key, "24h")

    for each in (key, revoked):
        with pytest.raises(KeyNotRollable):
            rolled(each, "24h")
    with pytest.raises(InvalidParameter):
        rolled(key, "30d")
    with pytest.raises(NotFound):
        rolled(SimpleNamespace(id=new_uuid()), "24h")


def test_of_two_rolls_at_once_one_is_refused(shop):
    key, _ = make(shop.id)

    outcomes = at_once(lambda: rolled(key, "24h"), lambda: rolled(key, "24h"))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["KeyNotRollable", "tuple"]
    assert len(api_keys.list_keys()) == 2


def test_where_a_key_was_used_last_is_noted(shop):
    key, text = make(shop.id)

    authenticate(text, ip="203.0.113.7")

    found = api_keys.get_key(key.id)
    assert (found.last_used_ip, found.last_used_at is not None) == ("203.0.113.7", True)


def test_keys_are_seen_within_a_reach(shop, seller):
    mine, _ = make(shop.id)
    sellers, _ = make(None, seller_id=seller)

    assert api_keys.list_keys(reach=Reach(storefronts=frozenset({shop.id}))) == [mine]
    assert api_keys.list_keys(reach=Reach(sellers=frozenset({seller}))) == [sellers]
    assert len(api_keys.list_keys(reach=Reach(everything=True))) == 2
    with pytest.raises(NotFound):
        api_keys.get_key(mine.id, reach=Reach(sellers=frozenset({seller})))
