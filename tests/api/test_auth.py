"""Keys: one refusal for everything that is none, one storefront for everything that is one."""

from __future__ import annotations

import time

import pytest

from checkout.db.session import atomic
from checkout.identity import api_keys, authenticate
from checkout.identity.authenticate import CACHE_SECONDS, forget_cached_keys
from tests.api.conftest import CAUSE


def shown(answer):
    """An answer without what is its own: its id."""
    problem = answer.get_json()
    return (
        answer.status_code,
        {**problem, "request_id": "", "instance": ""},
        answer.headers["WWW-Authenticate"],
    )


def wrong_keys(key):
    prefix, _, secret = key.rpartition("_")
    return {
        "nothing": None,
        "empty": "Bearer ",
        "other scheme": f"Basic {key}",
        "no scheme": key,
        "unknown prefix": f"Bearer sk_test_00000000_{secret}",
        "wrong secret": f"Bearer {prefix}_{secret[::-1]}",
        "too long": f"Bearer {key}{'x' * 500}",
        "not ascii": "Bearer schlüssel".encode("latin-1").decode("latin-1"),
        "two keys": f"Bearer {key}, Bearer {key}",
        "live twin": f"Bearer {key.replace('sk_test_', 'sk_live_')}",
    }


def test_every_wrong_key_gets_the_same_answer(client, shop):
    """Unknown, wrong, expired, revoked and none are not told apart."""
    with atomic() as session:
        revoked, revoked_text = api_keys.create(
            session, shop.storefront.id, "old", livemode=False, cause=CAUSE
        )
        api_keys.revoke(session, revoked.id, cause=CAUSE)
        _, expired_text = api_keys.create(
            session,
            shop.storefront.id,
            "late",
            livemode=False,
            cause=CAUSE,
            expires_at=shop.storefront.created_at,
        )
    headers = {
        **wrong_keys(shop.key),
        "revoked": f"Bearer {revoked_text}",
        "expired": f"Bearer {expired_text}",
    }

    answers = {
        name: shown(client.get("/v1/payments", headers={"Authorization": value} if value is not None else {}))
        for name, value in headers.items()
    }

    assert answers["nothing"][0] == 401
    assert {name for name, answer in answers.items() if answer != answers["nothing"]} == set()


def test_each_refusal_asks_the_database_once(client, shop, monkeypatch):
    """The same work for a known and an unknown prefix: its time tells nothing."""
    asked = []
    run = authenticate.run
    monkeypatch.setattr(authenticate, "run", lambda sql, **p: asked.append(p.get("prefix")) or run(sql, **p))
    client.get("/v1/payments", headers={"Authorization": f"Bearer {shop.key}"})  # cached now

    counts = {}
    for name, value in wrong_keys(shop.key).items():
        asked.clear()
        client.get("/v1/payments", headers={"Authorization": value} if value is not None else {})
        counts[name] = len(asked)

    assert set(counts.values()) == {1}, counts


def test_a_key_in_the_query_string_is_refused(client, shop):
    """Alone and beside a good header: it has been seen by now."""
    alone = client.get(f"/v1/payments?api_key={shop.key}")
    beside = client.get(f"/v1/payments?key={shop.key}", headers={"Authorization": f"Bearer {shop.key}"})

    assert (alone.status_code, beside.status_code) == (401, 401)


def test_a_revoked_key_is_refused_within_a_second(caller, shop):
    assert caller.get("/v1/payments").status_code == 200
    (key,) = api_keys.list_keys(storefront_id=shop.storefront.id)
    with atomic() as session:
        api_keys.revoke(session, key.id, cause=CAUSE)

    time.sleep(CACHE_SECONDS + 0.05)

    assert caller.get("/v1/payments").status_code == 401


def test_a_cached_key_costs_no_statement(caller, monkeypatch):
    caller.get("/v1/payments")
    asked = []
    monkeypatch.setattr(authenticate, "run", lambda *a, **p: asked.append(p))

    assert caller.get("/v1/payments").status_code == 200
    assert asked == []
    forget_cached_keys()


def test_the_secret_is_nowhere(db, shop):
    secret = shop.key.rpartition("_")[2]

    stored = db.rows("SELECT row_to_json(k)::text AS row FROM api_keys k")
    audited = db.rows("SELECT row_to_json(a)::text AS row FROM audit_log a")

    assert not any(secret in each["row"] for each in stored + audited)
    assert secret not in repr(stored)


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer"])
def test_the_scheme_is_spelt_in_any_case(client, shop, scheme):
    assert client.get("/v1/payments", headers={"Authorization": f"{scheme} {shop.key}"}).status_code == 200
