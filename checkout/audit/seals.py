"""Tamper evidence: the audit rows since the last seal go, in order, into a digest that holds the previous one.

A periodic job, so that writing a row pays nothing for it. rows.py says what is digested of a row, core/merkle.py how.
"""

from __future__ import annotations

from itertools import islice
from typing import Final

from sqlalchemy.orm import Session

from checkout.audit.rows import leaf, rows_between
from checkout.db.seal_chain import Seal, SealChain
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.db.writers import wait_for_writers

SEAL_ROWS_AT_MOST: Final = 10_000  # its leaves are 320 kB, its transaction a second or two
SEALS_PER_RUN: Final = 100  # a million rows; the rest waits for the next period
WAIT_SECONDS: Final = 5.0  # a statement's own limit is 5 s; who writes for longer is left to the next period
TABLES: Final = ("audit_log",)
CHAIN: Final = SealChain("audit_seals", lock=0x6175646974)  # "audit"


def seal_audit_log() -> list[Seal]:
    """Seals all that is final and not sealed yet. Owns its transactions.

    Returns the new seals: none where nothing is new, or where a long transaction keeps the log open; the next period
    does that one's rows as well.
    """
    reached = settled_sequence()
    if reached is None:
        return []
    seals: list[Seal] = []
    for _ in range(SEALS_PER_RUN):
        with atomic() as session:
            seal = _seal_next(session, reached)
        if seal is None:
            break
        seals.append(seal)
    return seals


def settled_sequence(*, wait_seconds: float = WAIT_SECONDS) -> int | None:
    """The number below which no row can appear any more; None if waiting for those who write takes too long.

    Numbers are given out in order but committed in any order: how far they have gone is read first, then everybody who
    was writing is waited for.
    """
    row = run("SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS reached FROM audit_log_sequence_seq")[
        0
    ]
    return int(row.reached) if wait_for_writers(TABLES, wait_seconds=wait_seconds) else None


def _seal_next(session: Session, reached: int) -> Seal | None:
    CHAIN.hold(session)
    connection = session.connection()
    previous = CHAIN.last(connection)
    last_sequence = previous.last_sequence if previous else 0
    leaves: list[bytes] = []
    for row in islice(rows_between(connection, last_sequence, reached), SEAL_ROWS_AT_MOST):
        leaves.append(leaf(row))
        last_sequence = row.sequence
    return CHAIN.add(session, previous, leaves, last_sequence) if leaves else None
