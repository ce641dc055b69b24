"""Entries that another statement of the same account has shown already: a bank delivers a statement again under another
number, or a page of it, and nothing that stands in both may count twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.ids import encode
from checkout.db.statement import execute
from checkout.reconciliation.bank import statements
from checkout.reconciliation.queries import SettlementFile

AROUND_DAYS: Final = 31  # a bank that sends a month anew
TWINS_MOST: Final = 20_000


def shown_before(
    session: Session, files: Sequence[SettlementFile], *, kinds: Sequence[str]
) -> dict[str, str]:
    """Row of these files to the row that showed it first, each as file and line. First is what was received first, or
    what is booked: under whichever row that was, it is not booked under a second."""
    ids = [file.id for file in files]
    twins = execute(session, statements.TWINS, files=ids, days=AROUND_DAYS, limit=TWINS_MOST).all()
    others = sorted({_other(twin) for twin in twins})
    booked = (
        set(execute(session, statements.BOOKED, keys=others, kinds=list(kinds)).scalars())
        if others
        else set()
    )
    found: dict[str, str] = {}
    for twin in twins:
        if twin.earlier or _other(twin) in booked:
            found.setdefault(f"{encode('file', twin.file_id)}:{twin.line}", _other(twin))
    return found


def _other(twin: Row[tuple[object, ...]]) -> str:
    return f"{encode('file', twin.other_file_id)}:{twin.other_line}"
