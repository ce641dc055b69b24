"""The journal proven entry by entry, and against its seals, from the first to the last."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from sqlalchemy import Connection

from checkout.core.ids import encode
from checkout.core.merkle import GENESIS
from checkout.db.seal_chain import Seal, faults_of
from checkout.ledger.findings import Findings
from checkout.ledger.merkle import leaf
from checkout.ledger.queries import JournalEntry, entries_between
from checkout.ledger.seals import CHAIN

LAST_SEQUENCE = 2**63 - 1


@dataclass(slots=True)
class Journal:
    """What was read on the way."""

    entries: int = 0
    postings: int = 0
    seals: int = 0
    unsealed: int = 0
    head: bytes = field(default=GENESIS)


@dataclass(frozen=True, slots=True)
class Found:
    """What is kept of an entry until its seal has been compared."""

    name: str
    what: str
    leaf: bytes


def verify_journal(connection: Connection, findings: Findings) -> Journal:
    """Every entry, every posting, every seal. Holds the entries of one seal at a time."""
    journal = Journal()
    previous: Seal | None = None
    while seal := CHAIN.following(connection, previous.number if previous else 0):
        journal.seals += 1
        for fault in faults_of(previous, seal):
            findings.add(*fault)
        after = previous.last_sequence if previous else 0
        found: list[Found] = []
        for entry in entries_between(connection, after, seal.last_sequence):
            _check_entry(entry, journal, findings)
            found.append(
                Found(encode("jrn", entry.id), f"{entry.kind}, sequence {entry.sequence}", leaf(entry))
            )
        _check_leaves(seal, found, findings)
        previous = seal
    for entry in entries_between(connection, previous.last_sequence if previous else 0, LAST_SEQUENCE):
        _check_entry(entry, journal, findings)
        journal.unsealed += 1
    journal.head = previous.digest if previous else GENESIS
    return journal


def _check_entry(entry: JournalEntry, journal: Journal, findings: Findings) -> None:
    journal.entries += 1
    journal.postings += len(entry.lines)
    name = encode("jrn", entry.id)
    if len(entry.lines) < 2:
        findings.add("entry_incomplete", name, f"{entry.kind} has {len(entry.lines)} postings")
    sums: dict[str, int] = defaultdict(int)
    for line in entry.lines:
        sums[line.currency] += line.amount_minor
        if line.amount_minor == 0:
            findings.add("posting_zero", name, f"posting {line.number} moves nothing")
        if line.account_kind is None:
            account = encode("acc", line.account_id)
            findings.add(
                "account_missing", name, f"posting {line.number} is on {account}, which is not there"
            )
        elif line.account_currency != line.currency:
            findings.add(
                "posting_currency",
                name,
                f"posting {line.number} of {line.currency} is on an account of {line.account_currency}",
            )
    for currency, difference in sums.items():
        if difference:
            findings.add(
                "entry_unbalanced", name, f"{entry.kind} is off by {difference} minor units of {currency}"
            )


def _check_leaves(seal: Seal, found: list[Found], findings: Findings) -> None:
    """Names the entries that are not what was sealed, and the places whose entry is gone."""
    sealed = Counter(seal.leaves)
    for entry in found:
        if sealed[entry.leaf]:
            sealed[entry.leaf] -= 1
        else:
            findings.add(
                "entry_not_as_sealed",
                entry.name,
                f"{entry.what}: changed or added since seal {seal.number}",
            )
    gone = len(seal.leaves) - len(found)
    if gone > 0:
        present = {entry.leaf for entry in found}
        places = [place for place, digest in enumerate(seal.leaves, 1) if digest not in present]
        findings.add(
            "entry_missing",
            f"seal {seal.number}",
            f"{gone} of its {len(seal.leaves)} entries gone; places not found: {places[:5]}",
        )
