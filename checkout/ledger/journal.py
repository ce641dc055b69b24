"""Posting to the journal: one statement for an entry, one for a batch. A fact that is there already is not posted again.

The ledger's locks come last: post after the rows of the payment, order or payout have been changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exc
from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import encode, new_uuid
from checkout.db.arrays import integer_array, moment_array, text_array, uuid_array
from checkout.db.session import constraint_name
from checkout.db.statement import execute
from checkout.ledger.accounts import AccountKey, account_ids, key_of
from checkout.ledger.entry import Entry, NumberPart, PspNumber
from checkout.ledger.errors import NumberTaken, PostedDifferently
from checkout.ledger.periods import Effect, effect_of
from checkout.ledger.statements import POST_MANY, post_statement

BATCH_AT_MOST = 500  # entries a statement: long enough to amortise it, short enough for the statement timeout


@dataclass(frozen=True, slots=True)
class PostedEntry:
    """What the journal now holds."""

    id: UUID
    kind: str
    source_key: str
    recorded_at: datetime


def post(session: Session, entry: Entry, *, cause: Cause) -> PostedEntry | None:
    """Writes the entry in the caller's transaction; None where the fact had been posted before.

    Two callers with the same fact at the same moment: the second waits for the first one's commit, then gets None.

    Raises:
        PeriodLocked: a person dated it into a locked period. A late fact is booked at the time it is heard of.
        PostedDifferently: the fact is there with other postings.
        NumberTaken: the PSP's number names another movement.
    """
    accounts = account_ids(session, {key_of(leg.account, leg.amount.currency) for leg in entry.postings})
    posted = PostedEntry(new_uuid(), entry.kind, entry.source_key, utcnow())
    effect = effect_of(session, entry, recorded_at=posted.recorded_at)
    parameters: dict[str, Any] = _entry_parameters(posted, entry, effect, cause)
    for i, leg in enumerate(entry.postings):
        parameters[f"a{i}"] = accounts[key_of(leg.account, leg.amount.currency)]
        parameters[f"o{i}"] = leg.order_id
        parameters[f"c{i}"] = leg.amount.currency
        parameters[f"m{i}"] = leg.amount.amount_minor
    statement = post_statement(len(entry.postings), numbered=entry.psp_number is not None)
    if _insert(session, statement, parameters, entry.psp_number):
        return posted
    _refuse_difference(session, entry, accounts)
    return None


def post_many(session: Session, entries: Sequence[Entry], *, cause: Cause) -> list[PostedEntry | None]:
    """Writes a batch, up to 500 entries a statement; for each one what post() would return, in the order given.

    For a batch of our own facts (releases, payouts): entries keyed by a PSP's number are posted one by one.
    """
    assert all(entry.psp_number is None for entry in entries), (
        "an entry with a PSP's number is posted by itself"
    )
    posted: list[PostedEntry | None] = []
    for start in range(0, len(entries), BATCH_AT_MOST):
        posted.extend(_post_batch(session, entries[start : start + BATCH_AT_MOST], cause))
    return posted


def find(session: Session, kind: str, source_key: str) -> UUID | None:
    """The entry of a fact, where it has been posted."""
    row = execute(
        session,
        "SELECT id FROM journal_entries WHERE kind = %(kind)s AND source_key = %(source_key)s",
        kind=kind,
        source_key=source_key,
    ).first()
    return row[0] if row else None


def learn_number(
    session: Session, psp: str, number: str, entry_id: UUID, *, part: NumberPart = "movement"
) -> None:
    """Records under which number the PSP booked an entry that was keyed otherwise. Learnt twice is learnt once.

    Raises:
        NumberTaken: the number names another entry.
    """
    execute(
        session,
        """
        INSERT INTO psp_numbers (psp, number, part, entry_id) VALUES (%(psp)s, %(number)s, %(part)s, %(entry_id)s)
        ON CONFLICT DO NOTHING
        """,
        psp=psp,
        number=number,
        part=part,
        entry_id=entry_id,
    )
    if entry_by_number(session, psp, number, part=part) != entry_id:
        raise NumberTaken(psp, number)


def entry_by_number(session: Session, psp: str, number: str, *, part: NumberPart = "movement") -> UUID | None:
    """The entry that the PSP's number names, where it is known."""
    row = execute(
        session,
        "SELECT entry_id FROM psp_numbers WHERE psp = %(psp)s AND number = %(number)s AND part = %(part)s",
        psp=psp,
        number=number,
        part=part,
    ).first()
    return row[0] if row else None


def _entry_parameters(posted: PostedEntry, entry: Entry, effect: Effect, cause: Cause) -> dict[str, Any]:
    number = entry.psp_number
    return {
        "id": posted.id,
        "kind": entry.kind,
        "source_key": entry.source_key,
        "source": entry.source,
        "cause": str(cause),
        "effective_at": effect.effective_at,
        "happened_at": effect.happened_at,
        "recorded_at": posted.recorded_at,
        "reverses": entry.reverses_entry_id,
        "action": f"ledger.{entry.kind}",
        "name": encode("jrn", posted.id),
        **audit.stamp(str(cause)),
        **({"psp": number.psp, "number": number.number, "part": number.part} if number else {}),
    }


def _insert(session: Session, statement: str, parameters: dict[str, Any], number: PspNumber | None) -> bool:
    try:
        return execute(session, statement, **parameters).first() is not None
    except exc.IntegrityError as error:
        if number is not None and constraint_name(error) == "one_entry_per_number":
            raise NumberTaken(number.psp, number.number) from error
        raise


def _refuse_difference(session: Session, entry: Entry, accounts: dict[AccountKey, UUID]) -> None:
    """A fact that came again must say the same: the same legs, in whatever order."""
    entry_id = find(session, entry.kind, entry.source_key)
    assert entry_id is not None, "the key was taken, and entries are never deleted"
    rows = execute(
        session,
        "SELECT account_id, order_id, amount_minor FROM postings WHERE entry_id = %(entry_id)s",
        entry_id=entry_id,
    )
    there = Counter((row.account_id, row.order_id, row.amount_minor) for row in rows)
    again = Counter(
        (accounts[key_of(leg.account, leg.amount.currency)], leg.order_id, leg.amount.amount_minor)
        for leg in entry.postings
    )
    if there != again:
        raise PostedDifferently(entry.kind, entry.source_key, entry_id)


def _post_batch(session: Session, entries: Sequence[Entry], cause: Cause) -> list[PostedEntry | None]:
    accounts = account_ids(
        session, {key_of(leg.account, leg.amount.currency) for entry in entries for leg in entry.postings}
    )
    now = utcnow()
    posted = [PostedEntry(new_uuid(), entry.kind, entry.source_key, now) for entry in entries]
    # In key order: two batches that share facts wait for each other in one direction.
    in_order = sorted(zip(posted, entries, strict=True), key=lambda pair: (pair[1].kind, pair[1].source_key))
    effects = [effect_of(session, entry, recorded_at=now) for _, entry in in_order]
    legs = [(line.id, leg) for line, entry in in_order for leg in entry.postings]
    rows = execute(
        session,
        POST_MANY,
        ids=uuid_array([line.id for line, _ in in_order]),
        kinds=text_array([entry.kind for _, entry in in_order]),
        source_keys=text_array([entry.source_key for _, entry in in_order]),
        sources=text_array([entry.source for _, entry in in_order]),
        effective_ats=moment_array([effect.effective_at for effect in effects]),
        happened_ats=moment_array([effect.happened_at for effect in effects]),
        reverses=uuid_array([entry.reverses_entry_id for _, entry in in_order]),
        names=text_array([encode("jrn", line.id) for line, _ in in_order]),
        cause=str(cause),
        now=now,
        **audit.stamp(str(cause)),
        entry_ids=uuid_array([entry_id for entry_id, _ in legs]),
        account_ids=uuid_array([accounts[key_of(leg.account, leg.amount.currency)] for _, leg in legs]),
        order_ids=uuid_array([leg.order_id for _, leg in legs]),
        currencies=text_array([leg.amount.currency for _, leg in legs]),
        amounts=integer_array([leg.amount.amount_minor for _, leg in legs]),
    )
    written = {id for (id,) in rows}
    for line, entry in in_order:
        if line.id not in written:
            _refuse_difference(session, entry, accounts)
    return [line if line.id in written else None for line in posted]
