"""Proposals as those who decide them read them: what waits, what was decided, and who is behind each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from checkout.approvals import Approval
from checkout.core.ids import MalformedId, decode, encode
from checkout.db.statement import run
from checkout.identity import names
from checkout.reporting.paging import COUNTED, Cut, Page, page_of

WAITING_MOST: Final = 100

COLUMNS: Final = """
    SELECT id, kind, subject, proposal, proposer, proposer_person, status, decided_by, decided_at, reason, expires_at,
           created_at
      FROM approvals
"""
WAITING: Final = f"""{COLUMNS} WHERE status = 'pending' AND expires_at > %(now)s
     ORDER BY created_at, id LIMIT %(limit)s
"""
ENDED: Final = "status <> 'pending' AND (%(status)s::text IS NULL OR status = %(status)s)"
NEWEST: Final = f"{COLUMNS} WHERE {ENDED} ORDER BY id DESC LIMIT %(limit)s"
OLDER: Final = f"{COLUMNS} WHERE {ENDED} AND id < %(edge)s ORDER BY id DESC LIMIT %(limit)s"
NEWER: Final = f"{COLUMNS} WHERE {ENDED} AND id > %(edge)s ORDER BY id LIMIT %(limit)s"
COUNT: Final = f"SELECT count(*) FROM (SELECT FROM approvals WHERE {ENDED} LIMIT %(most)s) AS found"
PEOPLE: Final = "SELECT id, email_sealed, name_sealed FROM users WHERE id = ANY(%(ids)s)"


def waiting(now: datetime) -> Sequence[Approval]:
    """The oldest first, at most WAITING_MOST + 1: one more tells that there are more."""
    return [Approval(**row._mapping) for row in run(WAITING, now=now, limit=WAITING_MOST + 1)]


def ended(cut: Cut, *, status: str | None = None) -> Page[Approval]:
    """A page of what nobody has to decide any more, the newest proposal first.

    Raises:
        NotFound: the cut's id is malformed.
    """
    parameters: dict[str, Any] = {"status": status}
    total = int(run(COUNT, most=COUNTED + 1, **parameters)[0][0])
    edge = cut.after or cut.before
    statement = NEWEST if edge is None else (OLDER if cut.after else NEWER)
    if edge is not None:
        parameters["edge"] = decode("apr", edge)
    rows = [Approval(**row._mapping) for row in run(statement, limit=cut.limit + 1, **parameters)]
    return page_of(rows, cut, total=total, key=lambda approval: approval.public_id)


def people_of(approvals: Iterable[Approval]) -> dict[str, str]:
    """By "usr_…": what the people who proposed and decided are called, or else their address."""
    said = {text for each in approvals for text in (each.proposer_person, each.decided_by) if text}
    ids = [id for text in sorted(said) if (id := _person(text)) is not None]
    found = [names.opened(row) for row in run(PEOPLE, ids=ids)]
    return {encode("usr", person["id"]): person["name"] or person["email"] for person in found}


def _person(text: str) -> UUID | None:
    """Of "usr_…" or "person:usr_…"; None of anything else."""
    try:
        return decode("usr", text.removeprefix("person:"))
    except MalformedId:
        return None
