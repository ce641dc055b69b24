"""Statements as they were issued. Rows are added, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.errors import NotFound
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.core.strict_json import loads
from checkout.db.statement import execute, run
from checkout.identity.access import Reach
from checkout.orders.within import seller_within
from checkout.statements.document import with_code

LISTED_AT_MOST: Final = 500

COLUMNS: Final = """
    id, revision, seller_id, currency, kind, month, payout_id, opening_minor, closing_minor, document, check_code, issued_at
"""
LATEST: Final = f"""
    SELECT {COLUMNS} FROM statements
     WHERE seller_id = %(seller)s AND currency = %(currency)s AND month IS NOT DISTINCT FROM %(month)s::date
       AND payout_id IS NOT DISTINCT FROM %(payout)s::uuid
     ORDER BY revision DESC LIMIT 1
"""
ONE: Final = f"""
    SELECT {COLUMNS} FROM statements WHERE id = %(id)s AND (%(revision)s::integer IS NULL OR revision = %(revision)s)
     ORDER BY revision DESC LIMIT 1
"""
ISSUED: Final = f"""
    SELECT DISTINCT ON (id) {COLUMNS} FROM statements WHERE seller_id = %(seller)s
     ORDER BY id DESC, revision DESC LIMIT %(limit)s
"""
INSERT: Final = f"""
    INSERT INTO statements ({COLUMNS})
    VALUES (%(id)s, %(revision)s, %(seller)s, %(currency)s, %(kind)s, %(month)s, %(payout)s, %(opening)s, %(closing)s,
            %(document)s, %(check_code)s, %(issued_at)s)
    ON CONFLICT DO NOTHING RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a statement is of: a seller's month, or a payout, in one currency."""

    seller_id: UUID
    currency: str
    month: date | None = None
    payout_id: UUID | None = None

    @property
    def kind(self) -> str:
        return "payout" if self.month is None else "month"

    def parameters(self) -> dict[str, Any]:
        return {
            "seller": self.seller_id,
            "currency": self.currency,
            "month": self.month,
            "payout": self.payout_id,
        }


@dataclass(frozen=True, slots=True)
class StoredStatement:
    """One revision. `document` is what the check code is over."""

    id: UUID
    revision: int
    subject: Subject
    opening: Money
    closing: Money
    document: Mapping[str, Any]
    check_code: str
    issued_at: datetime

    @property
    def public_id(self) -> str:
        return encode("stm", self.id)

    @property
    def file(self) -> bytes:
        """What is given out: the document with its check code."""
        return with_code(self.document, self.check_code)


def read_latest(session: Session, subject: Subject) -> StoredStatement | None:
    row = execute(session, LATEST, **subject.parameters()).first()
    return _statement(row) if row else None


def insert(
    session: Session,
    id: UUID,
    subject: Subject,
    document: Mapping[str, Any],
    raw: bytes,
    *,
    code: str,
    at: datetime,
) -> bool:
    """False where somebody else has issued this revision meanwhile."""
    row = execute(
        session,
        INSERT,
        id=id,
        revision=document["revision"],
        kind=subject.kind,
        opening=document["opening"],
        closing=document["closing"],
        document=raw,
        check_code=code,
        issued_at=at,
        **subject.parameters(),
    ).first()
    return row is not None


def find(statement_id: UUID, revision: int | None = None) -> StoredStatement | None:
    """The newest revision, or the one that is named."""
    rows = run(ONE, id=statement_id, revision=revision)
    return _statement(rows[0]) if rows else None


def statement_within(text: str, reach: Reach, *, revision: int | None = None) -> StoredStatement:
    """A statement by its "stm_…" id, where its seller lies within the reach.

    Raises:
        NotFound: malformed, unknown and outside the reach alike.
    """
    found = find(decode("stm", text), revision)
    if found is None:
        raise NotFound("no such statement")
    seller_within(encode("sel", found.subject.seller_id), reach)
    return found


def list_issued(seller_id: UUID) -> list[StoredStatement]:
    """The newest revision of each statement of a seller, the last issued first."""
    return [_statement(row) for row in run(ISSUED, seller=seller_id, limit=LISTED_AT_MOST)]


def _statement(row: Row[Any]) -> StoredStatement:
    return StoredStatement(
        id=row.id,
        revision=row.revision,
        subject=Subject(row.seller_id, row.currency, row.month, row.payout_id),
        opening=Money(row.opening_minor, row.currency),
        closing=Money(row.closing_minor, row.currency),
        document=loads(bytes(row.document)),
        check_code=row.check_code,
        issued_at=row.issued_at,
    )
