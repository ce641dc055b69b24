"""Tamper evidence: what was recorded since the last seal goes, in order, into a digest that holds the previous one.

A periodic job, so that posting pays nothing for it. merkle.py says what exactly is digested.
"""

from __future__ import annotations

from itertools import islice

from sqlalchemy.orm import Session

from checkout.db.seal_chain import Seal, SealChain
from checkout.db.session import atomic
from checkout.ledger.horizon import Horizon, settled_horizon
from checkout.ledger.merkle import leaf
from checkout.ledger.queries import entries_between
from checkout.ledger.snapshots import take_snapshots

SEAL_ENTRIES_AT_MOST = 10_000  # its leaves are 320 kB, its transaction a second or two
SEALS_PER_RUN = 100  # a million entries; the rest waits for the next period
CHAIN = SealChain("ledger_seals", lock=0x6C656467657273)  # "ledgers"


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


def _seal_next(session: Session, horizon: Horizon) -> Seal | None:
    CHAIN.hold(session)
    connection = session.connection()
    previous = CHAIN.last(connection)
    after = previous.last_sequence if previous else 0
    leaves: list[bytes] = []
    last_sequence = after
    for entry in islice(entries_between(connection, after, horizon.sequence), SEAL_ENTRIES_AT_MOST):
        leaves.append(leaf(entry))
        last_sequence = entry.sequence
    return CHAIN.add(session, previous, leaves, last_sequence) if leaves else None
