"""People of before survive the migration that seals their addresses and names, and come back when it is undone."""

from __future__ import annotations

import json

import psycopg
import pytest

import config
from checkout import secrets
from checkout.core.ids import encode, new_uuid
from checkout.db import migrate, session
from checkout.db.statement import run
from checkout.identity import users
from checkout.launcher.state_files import make_development_secrets
from tests.db.test_migrations import empty_database  # noqa: F401

JO, KIM, SHOP, OLD_KEY, NEW_KEY = (new_uuid() for _ in range(5))
PEOPLE = {JO: ("Jo@Example.org", "Jo Ünal"), KIM: ("kim@example.org", None)}
EVERYBODY = "SELECT email, name FROM users ORDER BY email"


@pytest.fixture
def older(empty_database, monkeypatch, tmp_path):  # noqa: F811
    """A database of before, with two people, a key that one made and the other rolled, and what it has proposed."""
    make_development_secrets(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    migrate.upgrade(empty_database, "0025")
    with psycopg.connect(empty_database) as connection:
        connection.execute("INSERT INTO storefronts VALUES (%s, 'Shop', now())", [SHOP])
        for id, (email, name) in PEOPLE.items():
            connection.execute(
                "INSERT INTO users (id, email, name, created_at) VALUES (%s, %s, %s, now())",
                [id, email, name],
            )
        for number, key in enumerate((OLD_KEY, NEW_KEY)):
            connection.execute(
                "INSERT INTO api_keys (id, storefront_id, name, prefix, secret_sha256, last_four, livemode, created_at)"
                " VALUES (%s, %s, 'till', %s, %s, 'abcd', false, now())",
                [key, SHOP, f"sk_test_{number}", bytes(32)],
            )
        rows = [("api_key.create", JO, OLD_KEY, None), ("api_key.roll", KIM, OLD_KEY, NEW_KEY)]
        for action, person, key, rolled_to in rows:
            after = {"rolled_to": encode("key", rolled_to)} if rolled_to else {"name": "till"}
            connection.execute(
                "INSERT INTO audit_log (id, at, actor, action, object, after) VALUES (%s, now(), %s, %s, %s, %s)",
                [
                    new_uuid(),
                    f"person:{encode('usr', person)}",
                    action,
                    encode("key", key),
                    json.dumps(after),
                ],
            )
        connection.execute(
            "INSERT INTO approvals (id, kind, subject, proposal, proposer, expires_at, created_at, updated_at)"
            " VALUES (%s, 'payout.send', 'po_x', '{}', %s, now(), now(), now())",
            [new_uuid(), f"key:{encode('key', NEW_KEY)}"],
        )
    return empty_database


def test_people_of_before_are_sealed_and_found(older):
    """The plain columns are gone, each account opens and is found by its address; who made a key is known."""
    migrate.upgrade(older, "0026")

    session.configure(older)
    secrets.configure(secrets.LocalKeys(config.load_keys().encryption_keys))
    for id, (email, name) in PEOPLE.items():
        found = users.find_by_email(email.upper())
        assert found is not None
        assert (found.id, found.email, found.name) == (id, email, name)
    assert not {"email", "name"} & set(run("SELECT * FROM users")[0]._mapping)
    assert "xample" not in str(run("SELECT * FROM users"))
    assert dict(tuple(row) for row in run("SELECT id, made_by FROM api_keys")) == {OLD_KEY: JO, NEW_KEY: KIM}
    assert [row.proposer_person for row in run("SELECT proposer_person FROM approvals")] == [
        encode("usr", KIM)
    ]


def test_the_way_down_gives_the_plain_columns_back(older):
    """Addresses as they were first written, and names, or none."""
    migrate.upgrade(older, "0026")

    migrate.downgrade(older, "0025")

    with psycopg.connect(older) as connection:
        assert connection.execute(EVERYBODY).fetchall() == sorted(PEOPLE.values())


def test_without_a_key_nothing_is_half_migrated(older, monkeypatch, tmp_path):
    """It says what is missing; everybody is still there as before."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "empty"))

    with pytest.raises(Exception, match="ENCRYPTION_KEYS is not set"):
        migrate.upgrade(older, "0026")

    assert migrate.current(older) == "0025"
    with psycopg.connect(older) as connection:
        assert connection.execute(EVERYBODY).fetchall() == sorted(PEOPLE.values())


def test_an_installation_that_sealed_before_goes_on_under_its_own_keys(older):
    """The migration makes no second current key."""
    session.configure(older)
    secrets.configure(secrets.LocalKeys(config.load_keys().encryption_keys))
    secrets.seal(b"x", table="users", column="x_sealed", row=JO)
    secrets.blind_index("x", table="users", column="x", scope=JO)
    keys = run("SELECT id FROM data_keys ORDER BY id")

    migrate.upgrade(older, "0026")

    assert run("SELECT id FROM data_keys ORDER BY id") == keys
    assert users.find_by_email("kim@example.org") is not None
