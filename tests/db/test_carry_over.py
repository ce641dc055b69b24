"""Rows of before survive the migration that seals them, and come back when it is undone."""

from __future__ import annotations

import json

import psycopg
import pytest

import config
from checkout import secrets
from checkout.core.ids import new_uuid
from checkout.db import migrate, session
from checkout.db.statement import run
from checkout.launcher.state_files import make_development_secrets
from checkout.secrets import open_sealed
from checkout.shoppers import Details, email_index, open_person
from tests.db.test_migrations import empty_database  # noqa: F401

SHOP, JO, KIM, EVENT = new_uuid(), new_uuid(), new_uuid(), new_uuid()
PEOPLE = {
    JO: Details("Jo@Example.org", "Jo Ünal", "de-DE", "DE"),
    KIM: Details("kim@example.org"),
}
PAYLOAD = {
    "id": "evt_1",
    "data": {
        "object": {
            "id": "cs_1",
            "amount_total": 2490,
            "customer_details": {"email": "jo@example.org", "name": "Jo Ünal"},
        }
    },
}


def fill(url):
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO storefronts VALUES (%s, 'Shop', now())", [SHOP])
        for id, person in PEOPLE.items():
            connection.execute(
                "INSERT INTO shoppers (id, storefront_id, email, name, locale, country, created_at)"
                " VALUES (%s, %s, %s, %s, %s, %s, now())",
                [id, SHOP, person.email, person.name, person.locale, person.country],
            )
        connection.execute(
            "INSERT INTO inbox_events (id, psp, event_id, type, livemode, payload, created_at, received_at)"
            " VALUES (%s, 'stripe', 'evt_1', 'checkout.session.completed', false, %s, now(), now())",
            [EVENT, json.dumps(PAYLOAD)],
        )


@pytest.fixture
def older_data_folder(monkeypatch, tmp_path):
    """Of a version that encrypted nothing: the next start adds the key and leaves the other secrets as they are."""
    older = {"secret_key": "s" * 43, "webhook_secret": "whsec_1"}
    (tmp_path / "secrets.json").write_text(json.dumps(older))
    make_development_secrets(tmp_path)
    assert json.loads((tmp_path / "secrets.json").read_text()).items() >= older.items()
    monkeypatch.setenv("DATA_DIR", str(tmp_path))


@pytest.mark.usefixtures("older_data_folder")
def test_shoppers_of_before_are_sealed_found_and_readable(empty_database):  # noqa: F811
    """The plain columns are gone, each person opens, is found by address, and the stored webhook names nobody."""
    migrate.upgrade(empty_database, "0013")
    fill(empty_database)

    migrate.upgrade(empty_database, "0014")

    session.configure(empty_database)
    secrets.configure(secrets.LocalKeys(config.load_keys().encryption_keys))
    for id, person in PEOPLE.items():
        ((found, key_sealed, details),) = run(
            "SELECT id, key_sealed, details FROM shoppers WHERE email_index = %(index)s",
            index=email_index(person.email.lower(), SHOP),
        )
        assert (found, open_person(id, key_sealed, details)) == (id, person)
        assert len(open_sealed(key_sealed, table="shoppers", column="key_sealed", row=id)) == 32
    dump = str(run("SELECT * FROM shoppers")) + str(run("SELECT * FROM inbox_events"))
    assert "nal" not in dump
    assert "xample.org" not in dump
    assert "2490" in dump


@pytest.mark.usefixtures("older_data_folder")
def test_the_way_down_gives_the_plain_columns_back(empty_database):  # noqa: F811
    """Also an erased person's row, whose address is then nobody's."""
    migrate.upgrade(empty_database, "0013")
    fill(empty_database)
    migrate.upgrade(empty_database, "0014")
    with psycopg.connect(empty_database) as connection:
        connection.execute(
            "UPDATE shoppers SET erased_at = now(), email_index = NULL, key_sealed = NULL, details = NULL WHERE id = %s",
            [KIM],
        )

    migrate.downgrade(empty_database, "0013")

    with psycopg.connect(empty_database) as connection:
        rows = connection.execute("SELECT email, name FROM shoppers ORDER BY email").fetchall()
    assert rows == [("Jo@Example.org", "Jo Ünal"), (f"erased-{KIM}@erased.invalid", None)]


def test_without_a_key_the_migration_says_what_is_missing(empty_database, monkeypatch, tmp_path):  # noqa: F811
    """Nothing is half-migrated: the schema stays where it was."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    migrate.upgrade(empty_database, "0013")
    fill(empty_database)

    with pytest.raises(Exception, match="ENCRYPTION_KEYS is not set"):
        migrate.upgrade(empty_database, "0014")

    assert migrate.current(empty_database) == "0013"
