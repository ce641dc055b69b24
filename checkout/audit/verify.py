"""The proof of the audit log: every row against its seal and every seal against the chain, in one snapshot, in bounded
memory. It reads; it repairs nothing. keep() writes down what a proof has found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from checkout.audit.rows import StoredRow, leaf, rows_between
from checkout.audit.seals import CHAIN
from checkout.core.clock import utcnow
from checkout.core.ids import new_uuid
from checkout.core.merkle import GENESIS
from checkout.db.seal_chain import Seal, faults_of
from checkout.db.session import engine
from checkout.db.statement import execute, run

VERIFY: Final = "audit.verify"  # the task that proves the log, and the action of whoever asks for it
STATEMENT_TIMEOUT: Final = "30min"  # it reads the whole log; nobody waits for its locks, for it takes none
NAMED_AT_MOST: Final = 10  # the rest is counted
LAST_SEQUENCE: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was sealed. `subject`: "row 17" by its sequence, or "seal 3"."""

    code: str
    subject: str
    detail: str


@dataclass(slots=True)
class Proof:
    """What was read, and the first differences. `head_digest` is the last seal's: kept elsewhere, it also shows that the
    newest seals were cut off together with their rows. `through_sequence`: the last row that a seal covers."""

    checked_at: datetime
    rows: int = 0
    seals: int = 0
    unsealed_rows: int = 0
    through_sequence: int = 0
    head_digest: bytes = GENESIS
    difference_count: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return self.difference_count == 0

    def add(self, code: str, subject: str, detail: str) -> None:
        self.difference_count += 1
        if len(self.differences) < NAMED_AT_MOST:
            self.differences.append(Difference(code, subject, detail))


@dataclass(frozen=True, slots=True)
class Check:
    """The result of a proof as it was kept."""

    checked_at: datetime
    rows: int
    through_sequence: int
    differences: int
    first_difference: str | None


def verify_audit_log() -> Proof:
    """Proves the log and names the first differences. Owns its read-only transaction."""
    proof = Proof(checked_at=utcnow())
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine().connect().execution_options(**options) as connection, connection.begin():
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
        _prove(connection, proof)
    return proof


def keep(session: Session, proof: Proof) -> None:
    """Writes the result down, for those who ask when the log was last proven."""
    first = proof.differences[0] if proof.differences else None
    execute(
        session,
        """
        INSERT INTO audit_checks (id, checked_at, rows, seals, through_sequence, head_digest, differences,
                                  first_difference)
        VALUES (%(id)s, %(at)s, %(rows)s, %(seals)s, %(through)s, %(head)s, %(differences)s, %(first)s)
        """,
        id=new_uuid(),
        at=proof.checked_at,
        rows=proof.rows,
        seals=proof.seals,
        through=proof.through_sequence,
        head=proof.head_digest,
        differences=proof.difference_count,
        first=f"{first.subject}: {first.detail}" if first else None,
    )


def last_check() -> Check | None:
    """What the newest proof that was kept has found."""
    rows = run(
        """
        SELECT checked_at, rows, through_sequence, differences, first_difference
          FROM audit_checks ORDER BY checked_at DESC LIMIT 1
        """
    )
    return Check(**rows[0]._mapping) if rows else None


def _prove(connection: Connection, proof: Proof) -> None:
    """Holds the leaves of one seal at a time."""
    previous: Seal | None = None
    while seal := CHAIN.following(connection, previous.number if previous else 0):
        proof.seals += 1
        for fault in faults_of(previous, seal):
            proof.add(*fault)
        after = previous.last_sequence if previous else 0
        _check_rows(connection, seal, after, proof)
        previous = seal
    if previous:
        proof.through_sequence, proof.head_digest = previous.last_sequence, previous.digest
    for _ in rows_between(connection, proof.through_sequence, LAST_SEQUENCE):
        proof.rows += 1
        proof.unsealed_rows += 1


def _check_rows(connection: Connection, seal: Seal, after: int, proof: Proof) -> None:
    """Names the rows that are not what was sealed, and the places whose row is gone."""
    sealed = Counter(seal.leaves)
    present: set[bytes] = set()
    found = 0
    for row in rows_between(connection, after, seal.last_sequence):
        found += 1
        digest = leaf(row)
        present.add(digest)
        if sealed[digest]:
            sealed[digest] -= 1
        else:
            proof.add("row_not_as_sealed", row.name, _changed(row, seal))
    proof.rows += found
    if found < len(seal.leaves):
        places = [place for place, digest in enumerate(seal.leaves, 1) if digest not in present]
        proof.add(
            "row_missing",
            f"seal {seal.number}",
            f"{len(seal.leaves) - found} of its {len(seal.leaves)} rows (from row {seal.first_sequence} on) gone;"
            f" places not found: {places[:5]}",
        )


def _changed(row: StoredRow, seal: Seal) -> str:
    return f"{row.action} of {row.object}: changed or added since seal {seal.number}"
