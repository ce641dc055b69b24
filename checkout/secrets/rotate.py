"""Put every sealed value under a new data key, and every data key under the newest key-encryption key, while others
read and write. What is left after a kill is done by the next run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from checkout.core.clock import utcnow
from checkout.db.session import IDLE_IN_TRANSACTION_TIMEOUT_MS, STATEMENT_TIMEOUT_MS, atomic
from checkout.db.statement import execute, run
from checkout.secrets import envelope
from checkout.secrets.data_keys import (
    CURRENT_KEY_SECONDS,
    INSERT,
    DataKeys,
    Purpose,
    data_key_rows,
    row_of,
    wrap_context,
)
from checkout.secrets.errors import CannotOpen
from checkout.secrets.inspect import count_by_key, walk
from checkout.secrets.providers import KeyProvider, Wrapped
from checkout.secrets.registry import SEALED_COLUMNS, SealedColumn
from checkout.secrets.sealed import data_keys

# Another process seals under the old key until it asks again (twice the time, for a slow answer), and a transaction
# that has sealed may stay open as long as PostgreSQL lets it. Only what is counted later than this proves anything.
SETTLE_SECONDS: Final = (
    2 * CURRENT_KEY_SECONDS + (IDLE_IN_TRANSACTION_TIMEOUT_MS + STATEMENT_TIMEOUT_MS) / 1000
)


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a run did. Nothing is left when `left`, `unreadable` and `keys_left` are all 0."""

    key: UUID
    resumed: bool
    rewrapped: int
    resealed: int
    left: int
    unreadable: int
    keys_left: int

    @property
    def complete(self) -> bool:
        return self.left == self.unreadable == self.keys_left == 0


def rotate(
    say: Callable[[str], None],
    *,
    columns: Sequence[SealedColumn] = SEALED_COLUMNS,
    settle_seconds: float = SETTLE_SECONDS,
) -> Rotation:
    """Re-wraps, then re-seals, then counts what is under an older key; retires the old keys when that is nothing.

    Owns its transactions, one per batch. A rotation that was cut off goes on under the key it had begun.

    Raises:
        KeyProviderUnavailable: no key can be wrapped.
    """
    keys = data_keys()
    rewrapped = rewrap(keys.provider, say)
    key_id, resumed = _begin(keys)
    say(f"{'going on with' if resumed else 'new'} data key {key_id}")
    began = time.monotonic()
    resealed = unreadable = 0
    for column in columns:
        done, unreadable_here = _reseal_column(keys, column, key_id, say)
        resealed, unreadable = resealed + done, unreadable + unreadable_here
    _settle(settle_seconds - (time.monotonic() - began), say)
    for column in columns:  # what others sealed under the old key meanwhile
        resealed += _reseal_column(keys, column, key_id, say)[0]
    counted = count_by_key(columns)
    left = sum(number for (_, key), number in counted.items() if key != key_id)
    if left == 0:
        run(RETIRE, now=utcnow())
    current_kek = keys.provider.current_kek_id()
    keys_left = sum(row.kek_id != current_kek for row in data_key_rows())
    return Rotation(key_id, resumed, rewrapped, resealed, left, unreadable, keys_left)


def rewrap(provider: KeyProvider, say: Callable[[str], None]) -> int:
    """Every data key under the provider's newest key-encryption key. Returns how many it wrapped anew."""
    current = provider.current_kek_id()
    behind = [row for row in data_key_rows() if row.kek_id != current]
    for row in behind:
        context = wrap_context(row.id, row.purpose)
        key = provider.unwrap(Wrapped(row.kek_id, bytes(row.wrapped)), context=context)
        wrapped = provider.wrap(key, context=context)
        run(
            "UPDATE data_keys SET kek_id = %(kek_id)s, wrapped = %(new)s WHERE id = %(id)s AND wrapped = %(old)s",
            id=row.id,
            kek_id=wrapped.kek_id,
            new=wrapped.blob,
            old=row.wrapped,
        )
    if behind:
        say(f"{len(behind)} data keys wrapped anew under {current}")
    return len(behind)


RETIRE: Final = "UPDATE data_keys SET status = 'retired', retired_at = %(now)s WHERE status = 'previous'"


def _begin(keys: DataKeys) -> tuple[UUID, bool]:
    """The key to seal under, and whether an earlier run had made it. Two runs at once share one."""
    keys.current(Purpose.SEAL)  # a database that never sealed anything gets its first key
    fresh, wrapped = keys.make(Purpose.SEAL)  # may ask over the network: before the transaction
    with atomic() as session:
        current = execute(
            session,
            "SELECT id FROM data_keys WHERE purpose = %(purpose)s AND status = 'current' FOR UPDATE",
            purpose=Purpose.SEAL,
        ).scalar_one()
        unfinished = execute(session, "SELECT 1 FROM data_keys WHERE status = 'previous' LIMIT 1").first()
        if unfinished is None:
            execute(session, "UPDATE data_keys SET status = 'previous' WHERE id = %(id)s", id=current)
            execute(session, INSERT, **row_of(fresh, Purpose.SEAL, wrapped))
    keys.forget_current()
    return (fresh, False) if unfinished is None else (current, True)


def _reseal_column(
    keys: DataKeys, column: SealedColumn, key_id: UUID, say: Callable[[str], None]
) -> tuple[int, int]:
    """(values sealed anew, values that nobody can open)."""
    resealed = unreadable = 0
    for batch in walk(column, whole=True):
        fresh: list[tuple[UUID, bytes, bytes]] = []
        for row in batch:
            try:
                value = _sealed_anew(keys, column, row, key_id)
            except CannotOpen:
                unreadable += 1
                continue
            if value is not None:
                fresh.append((row.row, bytes(row.value), value))
        resealed += _replace(column, fresh)
        if fresh:
            say(f"{column.table}.{column.column}: {resealed} values under the new key")
    return resealed, unreadable


def _sealed_anew(keys: DataKeys, column: SealedColumn, row: Row[Any], key_id: UUID) -> bytes | None:
    """None for a value that is under the key already."""
    value = bytes(row.value)
    old = envelope.key_id_of(value)
    if old == key_id:
        return None
    place = envelope.place(column.table, column.column, row.row)
    plaintext = envelope.decrypt(value, key=keys.get(old), place=place)
    return envelope.encrypt(plaintext, key=keys.get(key_id), key_id=key_id, place=place)


def _replace(column: SealedColumn, fresh: Sequence[tuple[UUID, bytes, bytes]]) -> int:
    """Only where the value is still the one that was read: somebody else's newer one is never undone."""
    if not fresh:
        return 0
    rows, old, new = zip(*fresh, strict=True)
    changed = run(
        f"""
        UPDATE {column.table} t SET {column.column} = n.new
          FROM unnest(%(rows)s::uuid[], %(old)s::bytea[], %(new)s::bytea[]) AS n (row, old, new)
         WHERE t.{column.key} = n.row AND t.{column.column} = n.old RETURNING 1
        """,
        rows=list(rows),
        old=list(old),
        new=list(new),
    )
    return len(changed)


def _settle(seconds: float, say: Callable[[str], None]) -> None:
    if seconds > 0:
        say(f"waiting {seconds:.0f} s for processes that still seal under the old key")
        time.sleep(seconds)
