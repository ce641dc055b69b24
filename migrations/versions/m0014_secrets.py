"""Data keys; shoppers' personal data under a key per person; no personal data in stored webhooks.

What stood there before is sealed and redacted here, in Python: SQL does not know the keys. The plain columns go in the
same step, so that no copy of them is left; a process of an older version cannot work beside the new schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from alembic import op
from psycopg.types.json import Jsonb
from sqlalchemy import Connection

import config
from checkout.core.ids import new_uuid
from checkout.psp.stripe.personal import without_personal_data
from checkout.secrets import KeyProvider, envelope
from checkout.secrets.blind_index import fingerprint
from checkout.secrets.choose import choose_provider
from checkout.secrets.data_keys import wrap_context
from checkout.secrets.providers import Wrapped
from checkout.shoppers.details import Details, decode
from checkout.shoppers.email_index import normalise
from checkout.shoppers.person import encrypt_details

revision = "0014"
down_revision = "0013"

BATCH = 1_000
KEY_PLACE = ("shoppers", "key_sealed")


def upgrade() -> None:
    op.execute("""
        CREATE TABLE data_keys (
            id uuid PRIMARY KEY,
            purpose text NOT NULL CONSTRAINT data_key_purpose CHECK (purpose IN ('seal', 'blind_index')),
            status text NOT NULL
                CONSTRAINT data_key_status CHECK (status IN ('current', 'previous', 'retired')),
            kek_id text NOT NULL,
            wrapped bytea NOT NULL,
            created_at timestamptz NOT NULL,
            retired_at timestamptz,
            CONSTRAINT retired_key_says_when CHECK ((status = 'retired') = (retired_at IS NOT NULL))
        );
        CREATE UNIQUE INDEX one_current_data_key ON data_keys (purpose) WHERE status = 'current';
        GRANT SELECT, INSERT, UPDATE ON data_keys TO checkout_app;

        ALTER TABLE shoppers
            ADD COLUMN email_index bytea,
            ADD COLUMN key_sealed bytea,
            ADD COLUMN details bytea,
            ADD COLUMN erased_at timestamptz;
        ALTER TABLE inbox_events ADD COLUMN body_sha256 bytea
            CONSTRAINT body_sha256_is_a_digest CHECK (length(body_sha256) = 32);
    """)
    _seal_shoppers(op.get_bind())
    _redact_inbox(op.get_bind())
    op.execute("""
        DROP INDEX shoppers_by_email;
        ALTER TABLE shoppers
            DROP COLUMN email, DROP COLUMN name, DROP COLUMN locale, DROP COLUMN country,
            ADD CONSTRAINT person_is_whole_or_erased CHECK (
                (erased_at IS NULL AND email_index IS NOT NULL AND key_sealed IS NOT NULL AND details IS NOT NULL)
                OR (erased_at IS NOT NULL AND email_index IS NULL AND key_sealed IS NULL AND details IS NULL)),
            ADD CONSTRAINT email_index_is_a_digest CHECK (length(email_index) = 32);
        CREATE UNIQUE INDEX shoppers_by_email_index ON shoppers (storefront_id, email_index);
        GRANT UPDATE (name) ON order_lines TO checkout_app;
    """)


def downgrade() -> None:
    op.execute("""
        REVOKE UPDATE (name) ON order_lines FROM checkout_app;
        DROP INDEX shoppers_by_email_index;
        ALTER TABLE shoppers
            DROP CONSTRAINT person_is_whole_or_erased,
            ADD COLUMN email text, ADD COLUMN name text, ADD COLUMN locale text, ADD COLUMN country text;
    """)
    _open_shoppers(op.get_bind())
    op.execute("""
        ALTER TABLE shoppers
            ALTER COLUMN email SET NOT NULL,
            DROP COLUMN email_index, DROP COLUMN key_sealed, DROP COLUMN details, DROP COLUMN erased_at;
        CREATE UNIQUE INDEX shoppers_by_email ON shoppers (storefront_id, lower(email));
        ALTER TABLE inbox_events DROP COLUMN body_sha256;
        DROP TABLE data_keys;
    """)


def _seal_shoppers(connection: Connection) -> None:
    columns = "id, storefront_id, email, name, locale, country"
    keys: dict[str, tuple[Any, bytes]] = {}
    for batch in _batches(connection, "shoppers", columns):
        keys = keys or {purpose: _make_key(connection, purpose) for purpose in ("seal", "blind_index")}
        key_id, key = keys["seal"]
        rows = []
        for row in batch:
            person = envelope.new_key()
            details = Details(row.email, row.name, row.locale, row.country)
            rows.append(
                {
                    "id": row.id,
                    "email_index": fingerprint(
                        normalise(row.email),
                        key=keys["blind_index"][1],
                        table="shoppers",
                        column="email_index",
                        scope=row.storefront_id,
                    ),
                    "key_sealed": envelope.encrypt(
                        person, key=key, key_id=key_id, place=envelope.place(*KEY_PLACE, row.id)
                    ),
                    "details": encrypt_details(details, key=person, shopper_id=row.id),
                }
            )
        connection.exec_driver_sql(
            "UPDATE shoppers SET email_index = %(email_index)s, key_sealed = %(key_sealed)s, details = %(details)s"
            " WHERE id = %(id)s",
            rows,
        )


def _open_shoppers(connection: Connection) -> None:
    """An erased person stays erased: the address that stands there is nobody's."""
    opened: dict[Any, bytes] = {}
    for batch in _batches(connection, "shoppers", "id, key_sealed, details"):
        for row in batch:
            details = Details(f"erased-{row.id}@erased.invalid")
            if row.key_sealed is not None:
                key_id = envelope.key_id_of(row.key_sealed)
                if key_id not in opened:
                    opened[key_id] = _read_key(connection, key_id)
                person = envelope.decrypt(
                    row.key_sealed, key=opened[key_id], place=envelope.place(*KEY_PLACE, row.id)
                )
                place = envelope.place("shoppers", "details", row.id)
                details = decode(envelope.decrypt(row.details, key=person, place=place))
            connection.exec_driver_sql(
                "UPDATE shoppers SET email = %(email)s, name = %(name)s, locale = %(locale)s, country = %(country)s"
                " WHERE id = %(id)s",
                {
                    "id": row.id,
                    "email": details.email,
                    "name": details.name,
                    "locale": details.locale,
                    "country": details.country,
                },
            )


def _redact_inbox(connection: Connection) -> None:
    for batch in _batches(connection, "inbox_events", "id, payload"):
        rows = [
            {"id": row.id, "payload": Jsonb(redacted)}
            for row in batch
            if (redacted := without_personal_data(row.payload)) != row.payload
        ]
        if rows:
            connection.exec_driver_sql(
                "UPDATE inbox_events SET payload = %(payload)s WHERE id = %(id)s", rows
            )


def _batches(connection: Connection, table: str, columns: str) -> Iterator[Any]:
    last = None
    while batch := connection.exec_driver_sql(
        f"SELECT {columns} FROM {table} WHERE %(last)s::uuid IS NULL OR id > %(last)s ORDER BY id LIMIT {BATCH}",
        {"last": last},
    ).all():
        yield batch
        last = batch[-1].id


def _make_key(connection: Connection, purpose: str) -> tuple[Any, bytes]:
    key_id, key = new_uuid(), envelope.new_key()
    wrapped = _provider().wrap(key, context=wrap_context(key_id, purpose))
    connection.exec_driver_sql(
        "INSERT INTO data_keys (id, purpose, status, kek_id, wrapped, created_at)"
        " VALUES (%(id)s, %(purpose)s, 'current', %(kek_id)s, %(wrapped)s, now())",
        {"id": key_id, "purpose": purpose, "kek_id": wrapped.kek_id, "wrapped": wrapped.blob},
    )
    return key_id, key


def _read_key(connection: Connection, key_id: Any) -> bytes:
    row = connection.exec_driver_sql(
        "SELECT purpose, kek_id, wrapped FROM data_keys WHERE id = %(id)s", {"id": key_id}
    ).one()
    return _provider().unwrap(Wrapped(row.kek_id, row.wrapped), context=wrap_context(key_id, row.purpose))


def _provider() -> KeyProvider:
    """Asked for only where there is something to seal: an empty database needs no key."""
    settings = config.load_keys()
    return choose_provider(
        settings.key_provider,
        keys=settings.encryption_keys,
        vault_addr=settings.vault_addr,
        vault_token=settings.vault_token,
        vault_transit_key=settings.vault_transit_key,
    )
