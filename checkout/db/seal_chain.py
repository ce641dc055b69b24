"""A chain of seals over an append-only table: each holds the digests of a range of rows and that of the seal before.

Which rows, in which canonical form, is told by whose table it is; core/merkle.py says what exactly is digested.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row
from sqlalchemy.orm import Session

from checkout.core.clock import utcnow
from checkout.core.merkle import GENESIS, root, seal_digest, split
from checkout.db.statement import execute


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


@dataclass(frozen=True, slots=True)
class SealChain:
    """The table that holds the seals, and the number of the advisory lock that lets one sealer in at a time."""

    table: str
    lock: int

    def hold(self, session: Session) -> None:
        """Nobody else adds to the chain until the transaction ends."""
        execute(session, "SELECT pg_advisory_xact_lock(%(lock)s)", lock=self.lock)

    def last(self, connection: Connection) -> Seal | None:
        return _seal(
            connection.exec_driver_sql(f"SELECT * FROM {self.table} ORDER BY number DESC LIMIT 1").first()
        )

    def following(self, connection: Connection, after: int) -> Seal | None:
        """The seal with the next number that exists; reading a chain one link at a time keeps memory small."""
        return _seal(
            connection.exec_driver_sql(
                f"SELECT * FROM {self.table} WHERE number > %(after)s ORDER BY number LIMIT 1",
                {"after": after},
            ).first()
        )

    def add(
        self, session: Session, previous: Seal | None, leaves: Sequence[bytes], last_sequence: int
    ) -> Seal:
        """Writes the link that follows on `previous`, under the lock."""
        seal = _link(previous, leaves, last_sequence)
        execute(
            session,
            f"""
            INSERT INTO {self.table}
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


def faults_of(previous: Seal | None, seal: Seal) -> Iterator[tuple[str, str, str]]:
    """What is wrong with a seal by itself, and with how it follows on the one before: code, subject, words."""
    name = f"seal {seal.number}"
    expected = previous.number + 1 if previous else 1
    if seal.number != expected:
        yield "seal_missing", f"seal {expected}", f"the seals go on with number {seal.number}"
    if seal.first_sequence != (previous.last_sequence + 1 if previous else 1):
        yield "seal_range", name, "it does not begin where the one before it ends"
    if len(seal.leaves) != seal.entries or root(seal.leaves) != seal.merkle_root:
        yield "seal_root", name, "its leaves do not give its Merkle root"
    digest = seal_digest(
        previous.digest if previous else GENESIS,
        number=seal.number,
        first_sequence=seal.first_sequence,
        last_sequence=seal.last_sequence,
        entries=seal.entries,
        merkle_root=seal.merkle_root,
    )
    if digest != seal.digest:
        yield "seal_digest", name, "its digest is not that of what it says and the digest before it"


def _link(previous: Seal | None, leaves: Sequence[bytes], last_sequence: int) -> Seal:
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
