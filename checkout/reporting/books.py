"""The books as finance reads them: an account's entries with the balance after each, an entry whole, a period's journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from checkout.core.errors import NotFound
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import run

ACCOUNTS: Final = """
    SELECT id, kind, owner, currency, account_balance(id) AS minor FROM ledger_accounts
     WHERE kind = %(kind)s AND currency = %(currency)s ORDER BY owner LIMIT %(limit)s
"""
# A page is read by the account's index; the balance before it is the balance now, less all that came since.
ENTRIES: Final = """
    SELECT p.id AS number, p.amount_minor, p.order_id, e.id AS entry_id, e.kind, e.source, e.effective_at, e.recorded_at
      FROM postings p JOIN journal_entries e ON e.id = p.entry_id
     WHERE p.account_id = %(account)s {edge} ORDER BY p.id {order} LIMIT %(limit)s
"""
THROUGH: Final = """
    SELECT coalesce(s.balance_minor, 0) + coalesce((
             SELECT sum(p.amount_minor) FROM postings p
              WHERE p.account_id = %(account)s AND p.id > coalesce(s.through_posting, 0) AND p.id <= %(number)s), 0) AS minor
      FROM (SELECT) one
      LEFT JOIN LATERAL (SELECT balance_minor, through_posting FROM balance_snapshots
                          WHERE account_id = %(account)s AND through_posting <= %(number)s
                          ORDER BY through_posting DESC LIMIT 1) s ON true
"""
ENTRY: Final = """
    SELECT e.id, e.sequence, e.kind, e.source, e.source_key, e.cause, e.effective_at, e.happened_at, e.recorded_at,
           e.reverses_entry_id, (SELECT r.id FROM journal_entries r WHERE r.reverses_entry_id = e.id) AS reversed_by,
           s.number AS seal, encode(s.digest, 'hex') AS digest, s.sealed_at
      FROM journal_entries e
      LEFT JOIN ledger_seals s ON e.sequence BETWEEN s.first_sequence AND s.last_sequence
     WHERE e.id = %(id)s
"""
POSTINGS: Final = """
    SELECT p.id AS number, p.account_id, a.kind, a.owner, p.currency, p.amount_minor, p.order_id
      FROM postings p JOIN ledger_accounts a ON a.id = p.account_id WHERE p.entry_id = %(id)s ORDER BY p.id
"""
NUMBERS: Final = (
    "SELECT psp, number, part FROM psp_numbers WHERE entry_id = %(id)s ORDER BY psp, number, part"
)
FEE_BESIDE: Final = """
    SELECT entry_id FROM psp_numbers
     WHERE psp = %(psp)s AND number = %(number)s AND part = 'fee' AND entry_id <> %(but)s
"""
PLACE: Final = """
    SELECT s.first_sequence, s.last_sequence, s.entries, encode(s.merkle_root, 'hex') AS root, before.number + 1 AS place,
           encode(substring(s.leaves FROM (32 * before.number + 1)::int FOR 32), 'hex') AS leaf,
           (SELECT encode(p.digest, 'hex') FROM ledger_seals p WHERE p.number = s.number - 1) AS previous
      FROM ledger_seals s
     CROSS JOIN LATERAL (SELECT count(*) AS number FROM journal_entries e
                          WHERE e.sequence >= s.first_sequence AND e.sequence < %(sequence)s) AS before
     WHERE s.number = %(seal)s
"""


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account with what it holds now, debit positive."""

    id: UUID
    owner: str
    balance: Money

    @property
    def public_id(self) -> str:
        return encode("acc", self.id)


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """A posting of an account; `balance` is the account's once it was posted."""

    number: int
    entry_id: UUID
    kind: str
    source: str
    amount: Money
    balance: Money
    effective_at: datetime

    @property
    def entry(self) -> str:
        return encode("jrn", self.entry_id)


@dataclass(frozen=True, slots=True)
class EntryPosting:
    number: int
    account_id: UUID
    account: str
    owner: str
    amount: Money
    order_id: UUID | None

    @property
    def account_public_id(self) -> str:
        return encode("acc", self.account_id)


@dataclass(frozen=True, slots=True)
class EntryView:
    """A journal entry as a whole. `seal`: the number of the seal that covers it, None until it is sealed."""

    id: UUID
    sequence: int
    kind: str
    source: str
    source_key: str
    cause: str
    effective_at: datetime
    happened_at: datetime | None
    recorded_at: datetime
    reverses: UUID | None
    reversed_by: UUID | None
    seal: int | None
    digest: str | None
    sealed_at: datetime | None
    postings: Sequence[EntryPosting]
    numbers: Sequence[tuple[str, str, str]]

    @property
    def public_id(self) -> str:
        return encode("jrn", self.id)


@dataclass(frozen=True, slots=True)
class PlaceInChain:
    """The entry's leaf, its place among the seal's entries, and the digests that the seal binds: hex."""

    first_sequence: int
    last_sequence: int
    entries: int
    root: str
    place: int
    leaf: str
    previous: str | None


@dataclass(frozen=True, slots=True)
class PeriodSum:
    """What a period posted in a currency; the two sides are equal, or the books are broken."""

    debit: Money
    credit: Money
    postings: int
    entries: int


def accounts_of(kind: str, currency: str, *, limit: int) -> list[AccountLine]:
    """The accounts of one line of the trial balance."""
    rows = run(ACCOUNTS, kind=kind, currency=currency, limit=limit)
    return [AccountLine(row.id, row.owner, Money(row.minor, row.currency)) for row in rows]


def entries_of(
    account_id: UUID, currency: str, *, limit: int, after: int | None = None, before: int | None = None
) -> list[AccountEntry]:
    """Newest first, each with the balance after it. `after` and `before`: numbers of postings to go on from."""
    edge = "AND p.id < %(edge)s" if after is not None else "AND p.id > %(edge)s" if before is not None else ""
    order = "ASC" if after is None and before is not None else "DESC"
    statement = ENTRIES.format(edge=edge, order=order)
    number = after if after is not None else before
    rows = list(run(statement, account=account_id, limit=limit, **({"edge": number} if edge else {})))
    if order == "ASC":
        rows.reverse()
    if not rows:
        return []
    level = int(run(THROUGH, account=account_id, number=rows[0].number)[0].minor)
    found = []
    for row in rows:
        found.append(
            AccountEntry(
                row.number,
                row.entry_id,
                row.kind,
                row.source,
                Money(row.amount_minor, currency),
                Money(level, currency),
                row.effective_at,
            )
        )
        level -= row.amount_minor
    return found


def get_entry(entry_id: UUID) -> EntryView:
    """
    Raises:
        NotFound: there is none.
    """
    rows = run(ENTRY, id=entry_id)
    if not rows:
        raise NotFound("no such entry")
    row = rows[0]
    postings = [
        EntryPosting(
            leg.number,
            leg.account_id,
            leg.kind,
            leg.owner,
            Money(leg.amount_minor, leg.currency),
            leg.order_id,
        )
        for leg in run(POSTINGS, id=entry_id)
    ]
    numbers = [(each.psp, each.number, each.part) for each in run(NUMBERS, id=entry_id)]
    return EntryView(
        id=row.id, sequence=row.sequence, kind=row.kind, source=row.source, source_key=row.source_key,
        cause=row.cause, effective_at=row.effective_at, happened_at=row.happened_at, recorded_at=row.recorded_at,
        reverses=row.reverses_entry_id, reversed_by=row.reversed_by, seal=row.seal, digest=row.digest,
        sealed_at=row.sealed_at, postings=postings, numbers=numbers,
    )  # fmt: skip


def fee_beside(psp: str, number: str, but: UUID) -> UUID | None:
    """The entry of the fee that the PSP took under the number of a movement."""
    rows = run(FEE_BESIDE, psp=psp, number=number, but=but)
    return rows[0].entry_id if rows else None


def place_in_chain(entry: EntryView) -> PlaceInChain:
    """Where a sealed entry stands in its seal."""
    (row,) = run(PLACE, seal=entry.seal, sequence=entry.sequence)
    return PlaceInChain(**row._mapping)
