"""People: their addresses and names are sealed, an address is found by its keyed fingerprint; who stands behind a key
is written down, so that nobody decides what a key of their own proposed; a proposal can be withdrawn.

What stood there before is sealed here, in Python: SQL does not know the keys. The plain columns go in the same step, so
that no copy of them is left; a process of an older version cannot work beside the new schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from alembic import op
from sqlalchemy import Connection

import config
from checkout.core.ids import decode, new_uuid
from checkout.identity.email_spelling import spelled
from checkout.identity.names import EMAIL, INDEX, NAME, PLATFORM, TABLE
from checkout.secrets import KeyProvider, envelope
from checkout.secrets.blind_index import fingerprint
from checkout.secrets.choose import choose_provider
from checkout.secrets.data_keys import wrap_context
from checkout.secrets.providers import Wrapped

revision = "0026"
down_revision = "0025"

BATCH = 1_000


def upgrade() -> None:
    op.execute("ALTER TABLE users ADD email_index bytea, ADD email_sealed bytea, ADD name_sealed bytea")
    _seal(op.get_bind())
    # A sealed value is 45 bytes longer than the text: an address of 3 to 200, a name of 1 to 200 letters of up to 4.
    op.execute("""
        DROP INDEX users_by_email;
        ALTER TABLE users
            DROP COLUMN email, DROP COLUMN name,
            ALTER COLUMN email_index SET NOT NULL, ALTER COLUMN email_sealed SET NOT NULL,
            ADD CONSTRAINT user_email_index_is_a_digest CHECK (length(email_index) = 32),
            ADD CONSTRAINT user_email_bounded CHECK (length(email_sealed) BETWEEN 48 AND 245),
            ADD CONSTRAINT user_named CHECK (length(name_sealed) BETWEEN 46 AND 845);
        CREATE UNIQUE INDEX users_by_email_index ON users (email_index);

        ALTER TABLE api_keys ADD made_by uuid REFERENCES users;
        COMMENT ON COLUMN api_keys.made_by IS 'who saw its text when it was made or rolled; NULL: the command line';
        ALTER TABLE approvals
            ADD proposer_person text,
            DROP CONSTRAINT approval_status,
            ADD CONSTRAINT approval_status
                CHECK (status IN ('pending', 'approved', 'rejected', 'expired', 'withdrawn')),
            ADD CONSTRAINT four_eyes_behind_a_key CHECK (split_part(decided_by, ':', 2) <> proposer_person),
            ADD CONSTRAINT a_program_decides_nothing CHECK (decided_by NOT LIKE 'key:%') NOT VALID;
        COMMENT ON COLUMN approvals.proposer_person IS '"usr_…": the person, or the one who made the key, behind it';
    """)
    _say_who_made_keys(op.get_bind())


def downgrade() -> None:
    op.execute("""
        UPDATE approvals SET status = 'expired' WHERE status = 'withdrawn';
        ALTER TABLE approvals
            DROP CONSTRAINT a_program_decides_nothing, DROP COLUMN proposer_person, DROP CONSTRAINT approval_status,
            ADD CONSTRAINT approval_status CHECK (status IN ('pending', 'approved', 'rejected', 'expired'));
        ALTER TABLE api_keys DROP COLUMN made_by;
        DROP INDEX users_by_email_index;
        ALTER TABLE users
            DROP CONSTRAINT user_email_bounded, DROP CONSTRAINT user_named,
            ADD email text CONSTRAINT user_email_bounded CHECK (length(email) BETWEEN 3 AND 200),
            ADD name text CONSTRAINT user_named CHECK (length(name) BETWEEN 1 AND 200);
    """)
    _open(op.get_bind())
    op.execute("""
        ALTER TABLE users
            ALTER COLUMN email SET NOT NULL,
            DROP COLUMN email_index, DROP COLUMN email_sealed, DROP COLUMN name_sealed;
        CREATE UNIQUE INDEX users_by_email ON users (lower(email));
    """)


def _seal(connection: Connection) -> None:
    keys: dict[str, tuple[Any, bytes]] = {}
    for batch in _batches(connection, "id, email, name"):
        keys = keys or {purpose: _current_key(connection, purpose) for purpose in ("seal", "blind_index")}
        key_id, key = keys["seal"]
        index_key = keys["blind_index"][1]
        rows = [
            {
                "id": row.id,
                "email_index": fingerprint(
                    spelled(row.email), key=index_key, table=TABLE, column=INDEX, scope=PLATFORM
                ),
                "email_sealed": _sealed(row.email, EMAIL, row.id, key_id, key),
                "name_sealed": row.name and _sealed(row.name, NAME, row.id, key_id, key),
            }
            for row in batch
        ]
        connection.exec_driver_sql(
            "UPDATE users SET email_index = %(email_index)s, email_sealed = %(email_sealed)s,"
            " name_sealed = %(name_sealed)s WHERE id = %(id)s",
            rows,
        )


def _sealed(text: str, column: str, row: Any, key_id: Any, key: bytes) -> bytes:
    return envelope.encrypt(text.encode(), key=key, key_id=key_id, place=envelope.place(TABLE, column, row))


def _open(connection: Connection) -> None:
    keys: dict[Any, bytes] = {}

    def opened(sealed: bytes | None, column: str, row: Any) -> str | None:
        if sealed is None:
            return None
        key_id = envelope.key_id_of(sealed)
        if key_id not in keys:
            keys[key_id] = _key(connection, "id = %(wanted)s", key_id)[1]
        return envelope.decrypt(sealed, key=keys[key_id], place=envelope.place(TABLE, column, row)).decode()

    for batch in _batches(connection, "id, email_sealed, name_sealed"):
        rows = [
            {
                "id": row.id,
                "email": opened(row.email_sealed, EMAIL, row.id),
                "name": opened(row.name_sealed, NAME, row.id),
            }
            for row in batch
        ]
        connection.exec_driver_sql(
            "UPDATE users SET email = %(email)s, name = %(name)s WHERE id = %(id)s", rows
        )


def _say_who_made_keys(connection: Connection) -> None:
    """The audit log knows of the keys of before. Proposals that wait and came by such a key learn it too."""
    made = connection.exec_driver_sql("""
        SELECT COALESCE(after ->> 'rolled_to', object) AS key, split_part(actor, ':', 2) AS person FROM audit_log
         WHERE action IN ('api_key.create', 'api_key.roll') AND actor LIKE 'person:usr\\_%%'
    """).all()
    for key, person in made:
        connection.exec_driver_sql(
            "UPDATE api_keys SET made_by = (SELECT id FROM users WHERE id = %(person)s) WHERE id = %(key)s",
            {"key": decode("key", key), "person": decode("usr", person)},
        )
        connection.exec_driver_sql(
            "UPDATE approvals SET proposer_person = %(person)s WHERE status = 'pending' AND proposer = 'key:' || %(key)s",
            {"key": key, "person": person},
        )


def _batches(connection: Connection, columns: str) -> Iterator[Any]:
    last = None
    while batch := connection.exec_driver_sql(
        f"SELECT {columns} FROM users WHERE %(last)s::uuid IS NULL OR id > %(last)s ORDER BY id LIMIT {BATCH}",
        {"last": last},
    ).all():
        yield batch
        last = batch[-1].id


def _current_key(connection: Connection, purpose: str) -> tuple[Any, bytes]:
    """The key that this installation seals under; a database that never sealed anything gets its first."""
    found = connection.exec_driver_sql(
        "SELECT 1 FROM data_keys WHERE purpose = %(purpose)s AND status = 'current'", {"purpose": purpose}
    ).first()
    if found is None:
        return _make_key(connection, purpose)
    return _key(connection, "purpose = %(wanted)s AND status = 'current'", purpose)


def _make_key(connection: Connection, purpose: str) -> tuple[Any, bytes]:
    key_id, key = new_uuid(), envelope.new_key()
    wrapped = _provider().wrap(key, context=wrap_context(key_id, purpose))
    connection.exec_driver_sql(
        "INSERT INTO data_keys (id, purpose, status, kek_id, wrapped, created_at)"
        " VALUES (%(id)s, %(purpose)s, 'current', %(kek_id)s, %(wrapped)s, now())",
        {"id": key_id, "purpose": purpose, "kek_id": wrapped.kek_id, "wrapped": wrapped.blob},
    )
    return key_id, key


def _key(connection: Connection, where: str, wanted: Any) -> tuple[Any, bytes]:
    row = connection.exec_driver_sql(
        f"SELECT id, purpose, kek_id, wrapped FROM data_keys WHERE {where}", {"wanted": wanted}
    ).one()
    wrapped = Wrapped(row.kek_id, bytes(row.wrapped))
    return row.id, _provider().unwrap(wrapped, context=wrap_context(row.id, row.purpose))


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
