"""Storefronts and their keys: made with an audit row, shown once, ended for good."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from checkout.core import clock
from checkout.core.cause import Cause
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import new_uuid
from checkout.db.session import atomic
from checkout.identity import api_keys, storefronts
from checkout.identity.authenticate import authenticate, forget_cached_keys
from checkout.identity.origins import InvalidOrigin

CAUSE = Cause("cli", "test")


@pytest.fixture
def storefront(db):
    forget_cached_keys()
    with atomic() as session:
        return storefronts.create(
            session,
            name=" Demo shop ",
            origins=["https://shop.example/", "https://SHOP.example"],
            cause=CAUSE,
        )


def key_of(storefront, **options):
    with atomic() as session:
        return api_keys.create(session, storefront.id, "till", livemode=False, cause=CAUSE, **options)


def test_a_storefront_has_its_origins_once(storefront, db):
    assert (storefront.name, storefront.origins) == ("Demo shop", ("https://shop.example",))
    assert storefronts.list_storefronts() == [storefront]
    assert db.value("SELECT count(*) FROM audit_log WHERE action = 'storefront.create'") == 1


@pytest.mark.parametrize(
    ("name", "origins", "error"),
    [
        ("", ["https://shop.example"], InvalidParameter),
        ("x" * 201, ["https://shop.example"], InvalidParameter),
        ("Shop", [], InvalidParameter),
        ("Shop", [f"https://s{n}.example" for n in range(51)], InvalidParameter),
        ("Shop", ["http://shop.example"], InvalidOrigin),
    ],
)
def test_a_storefront_that_breaks_a_rule_is_refused(db, name, origins, error):
    with pytest.raises(error), atomic() as session:
        storefronts.create(session, name=name, origins=origins, cause=CAUSE)

    assert storefronts.list_storefronts() == []


def test_origins_are_replaced_and_audited(storefront, db):
    with atomic() as session:
        storefronts.set_origins(session, storefront.id, ["https://new.example"], cause=CAUSE)

    assert storefronts.list_storefronts()[0].origins == ("https://new.example",)
    row = db.rows("SELECT before, after FROM audit_log WHERE action = 'storefront.set_origins'")[0]
    assert row == {
        "before": {"origins": ["https://shop.example"]},
        "after": {"origins": ["https://new.example"]},
    }
    with pytest.raises(NotFound), atomic() as session:
        storefronts.set_origins(session, new_uuid(), ["https://new.example"], cause=CAUSE)


def test_a_key_has_the_documented_form_and_is_stored_as_a_digest(storefront, db):
    key, text = key_of(storefront)

    row = db.rows("SELECT prefix, secret_sha256, last_four FROM api_keys")[0]
    assert re.fullmatch(r"sk_test_[0-9a-z]{8}_[0-9A-Za-z]{32}", text)
    assert row["prefix"] == key.prefix == text[:16]
    assert bytes(row["secret_sha256"]) == sha256(text.encode()).digest()
    assert row["last_four"] == text[-4:]
    assert db.value("SELECT actor FROM audit_log WHERE action = 'api_key.create'") == "cli:test"


def test_a_live_key_says_so(storefront):
    with atomic() as session:
        _, text = api_keys.create(session, storefront.id, "till", livemode=True, cause=CAUSE)

    principal = authenticate(text)
    assert text.startswith("sk_live_")
    assert principal is not None
    assert principal.livemode


def test_a_key_speaks_for_its_storefront(storefront, db):
    key, text = key_of(storefront)

    principal = authenticate(text)

    assert principal is not None
    assert (principal.reach("payments:read").one_storefront, principal.id) == (storefront.id, key.id)
    assert (principal.scope, principal.actor) == (storefront.public_id, f"key:{key.public_id}")
    assert db.value("SELECT last_used_at IS NOT NULL FROM api_keys") is True


def test_use_is_not_noted_with_every_request(storefront, db):
    _, text = key_of(storefront)
    authenticate(text)
    noted = db.value("SELECT last_used_at FROM api_keys")
    forget_cached_keys()

    authenticate(text)

    assert db.value("SELECT last_used_at FROM api_keys") == noted


def test_a_revoked_key_ends_and_stays_ended(storefront, db):
    key, text = key_of(storefront)
    for _ in range(2):
        with atomic() as session:
            api_keys.revoke(session, key.id, cause=CAUSE, reason="lost")
    forget_cached_keys()

    assert authenticate(text) is None
    assert db.value("SELECT count(*) FROM audit_log WHERE action = 'api_key.revoke'") == 1
    assert api_keys.list_keys()[0].revoked_at is not None
    with pytest.raises(NotFound), atomic() as session:
        api_keys.revoke(session, new_uuid(), cause=CAUSE)


def test_a_key_expires_even_while_it_is_cached(storefront, tmp_path):
    _, text = key_of(storefront, expires_at=datetime.now(UTC) + timedelta(minutes=1))
    assert authenticate(text) is not None

    clock.configure(offset_seconds=61)

    assert authenticate(text) is None


def test_a_key_needs_a_storefront_and_a_name(storefront):
    with pytest.raises(NotFound), atomic() as session:
        api_keys.create(session, new_uuid(), "till", livemode=False, cause=CAUSE)
    with pytest.raises(InvalidParameter), atomic() as session:
        api_keys.create(session, storefront.id, " ", livemode=False, cause=CAUSE)


def test_keys_are_listed_per_storefront(storefront):
    key, _ = key_of(storefront)

    assert api_keys.list_keys(storefront_id=storefront.id) == api_keys.list_keys() == [key]
    assert api_keys.list_keys(storefront_id=new_uuid()) == []


@pytest.mark.parametrize(
    "text", ["", "sk_test_", "x" * 10_000, "sk_test_\ud800", "sk_test_00000000_" + "é" * 32]
)
def test_what_is_no_key_is_nobody(db, text):
    assert authenticate(text) is None
