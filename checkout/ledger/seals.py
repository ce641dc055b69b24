"""Tamper evidence: what was recorded since the last seal goes, in order, into a digest that holds the previous one.

A periodic job, so that posting pays nothing for it. merkle.py says what exactly is digested.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, Row
from sqlalchemy.orm import Session

from checkout.core.clock import utcnow
from checkout.db.session import atomic
from checkout.db.statement import execute
from checkout.ledger.horizon import Horizon, settled_horizon
from checkout.ledger.merkle import GENESIS, leaf, root, seal_digest, split
from checkout.ledger.queries import entries_between
from checkout.ledger.snapshots import take_snapshots

SEAL_ENTRIES_AT_MOST = 10_000  # its leaves are 320 kB, its transaction a second or two
SEALS_PER_RUN = 100  # a million entries; the rest waits for the next period
SEALING_LOCK = 0x6C656467657273  # "ledgers": one sealer at a time


@dataclass(frozen=True, slots=True)
class Seal:
    """One link of the chain."""

    number: int
    first_sequence: int
    last_sequence: int
    entries: int
    leaves: tuple[bytes, ...]
    merkle_root: bytes
    digest: bytes
    sealed_at: datetime


def seal_ledger() -> list[Seal]:
    """Seals all that is final and not sealed yet, and snapshots long accounts. Owns its transactions.

    Returns the new seals: none where nothing is new, or where a long transaction keeps the journal open; the next
    period does that one's entries as well.
    """
    horizon = settled_horizon()
    if horizon is None:
        return []
    seals: list[Seal] = []
    for _ in range(SEALS_PER_RUN):
        with atomic() as session:
            seal = _seal_next(session, horizon)
        if seal is None:
            break
        seals.append(seal)
    take_snapshots(horizon)
    return seals


def last_seal(connection: Connection) -> Seal | None:
    return _seal(
        connection.exec_driver_sql("SELECT * FROM ledger_seals ORDER BY number DESC LIMIT 1").first()
    )


def next_seal(connection: Connection, after: int) -> Seal | None:
    """The seal with the next number that exists; reading a chain one link at a time keeps memory small."""
    return _seal(
        connection.exec_driver_sql(
            "SELECT * FROM ledger_seals WHERE number > %(after)s ORDER BY number LIMIT 1", {"after": after}
        ).first()
    )


def _seal_next(session: Session, horizon: Horizon) -> Seal | None:
    execute(session, "SELECT pg_advisory_xact_lock(%(lock)s)", lock=SEALING_LOCK)
    connection = session.connection()
    previous = last_seal(connection)
    after = previous.last_sequence if previous else 0
    leaves: list[bytes] = []
    last_sequence = after
    for entry in islice(entries_between(connection, after, horizon.sequence), SEAL_ENTRIES_AT_MOST):
        leaves.append(leaf(entry))
        last_sequence = entry.sequence
    if not leaves:
        return None
    seal = _link(previous, leaves, last_sequence)
    execute(
        session,
        """
        INSERT INTO ledger_seals
            (number, first_sequence, last_sequence, entries, leaves, merkle_root, digest, sealed_at)
        VALUES (%(number)s, %(first_sequence)s, %(last_sequence)s, %(entries)s, %(leaves)s, %(merkle_root)s,
                %(digest)s, %(sealed_at)s)
        """,
        number=seal.number,
        first_sequence=seal.first_sequence,
        last_sequence=seal.last_sequence,
        entries=seal.entries,
        leaves=b"".join(seal.leaves),
        merkle_root=seal.merkle_root,
        digest=seal.digest,
        sealed_at=seal.sealed_at,
    )
    return seal


def _link(previous: Seal | None, leaves: list[bytes], last_sequence: int) -> Seal:
    """The ranges of the chain follow on one another without a gap: what appears later below a seal belongs to none."""
    number = previous.number + 1 if previous else 1
    first_sequence = previous.last_sequence + 1 if previous else 1
    merkle_root = root(leaves)
    return Seal(
        number=number,
        first_sequence=first_sequence,
        last_sequence=last_sequence,
        entries=len(leaves),
        leaves=tuple(leaves),
        merkle_root=merkle_root,
        digest=seal_digest(
            previous.digest if previous else GENESIS,
            number=number,
            first_sequence=first_sequence,
            last_sequence=last_sequence,
            entries=len(leaves),
            merkle_root=merkle_root,
        ),
        sealed_at=utcnow(),
    )


def _seal(row: Row[tuple[object, ...]] | None) -> Seal | None:
    if row is None:
        return None
    return Seal(
        number=row.number,
        first_sequence=row.first_sequence,
        last_sequence=row.last_sequence,
        entries=row.entries,
        leaves=tuple(split(bytes(row.leaves))),
        merkle_root=bytes(row.merkle_root),
        digest=bytes(row.digest),
        sealed_at=row.sealed_at,
    )
