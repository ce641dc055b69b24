"""Erase a person. Their key goes, and with it all that was sealed under it; the payments and the books stay, of
somebody whom nobody can name any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import DomainError, InvalidParameter, NotFound
from checkout.core.ids import encode
from checkout.db.session import atomic
from checkout.db.statement import execute, run
from checkout.privacy.free_text import Names
from checkout.privacy.open_business import reasons_to_wait
from checkout.privacy.subject import shoppers_of
from checkout.privacy.traces import remove_traces
from checkout.shoppers import Details, open_person

REASON_LENGTH: Final = 500


class ErasureRefused(DomainError):
    """Something that needs the person is still open; the detail names it."""

    code = "erasure_refused"


@dataclass(frozen=True, slots=True)
class Erased:
    """Who is gone, and how many payments are nobody's now."""

    shoppers: tuple[str, ...]
    payments: int


def erase_person(subject: str, *, reason: str, cause: Cause) -> Erased:
    """Whole or not at all, in one transaction; a later checkout with the address makes a new shopper.

    Raises:
        NotFound: nobody is known by the subject. ErasureRefused: a payment, order or payout of theirs is open.
        InvalidParameter: no reason, or one that names the person.
    """
    ids = shoppers_of(subject)
    people = _details(ids)
    names = Names(people)
    reason = reason.strip()
    if not 1 <= len(reason) <= REASON_LENGTH:
        raise InvalidParameter.at("/reason", f"a reason has 1 to {REASON_LENGTH} characters")
    if names.are_in(reason):
        raise InvalidParameter.at("/reason", "the reason is kept for ever: it must not name the person")
    with atomic() as session:
        _lock(session, ids)
        reasons = reasons_to_wait(session, ids)
        if reasons:
            raise ErasureRefused(f"not while {'; '.join(reasons)}", extra={"open": reasons})
        payments = remove_traces(session, ids, names, [person.email for person in people])
        _erase(session, ids, reason, cause)
    return Erased(tuple(encode("cus", id) for id in ids), payments)


def _details(ids: Sequence[UUID]) -> list[Details]:
    """Read before the transaction: a key may have to be fetched."""
    rows = run("SELECT id, key_sealed, details FROM shoppers WHERE id = ANY(%(ids)s)", ids=list(ids))
    opened = [open_person(row.id, row.key_sealed, row.details) for row in rows]
    found = [person for person in opened if person is not None]
    if not found:
        raise NotFound("no shopper of that address or id is known")
    return found


def _lock(session: Session, ids: Sequence[UUID]) -> None:
    """Against a checkout that has found them: it holds the row until its payment is written, and is seen then."""
    execute(session, "SELECT id FROM shoppers WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE", ids=list(ids))


def _erase(session: Session, ids: Sequence[UUID], reason: str, cause: Cause) -> None:
    erased = execute(
        session,
        """
        UPDATE shoppers SET erased_at = %(now)s, email_index = NULL, key_sealed = NULL, details = NULL
         WHERE id = ANY(%(ids)s) AND erased_at IS NULL RETURNING id
        """,
        ids=list(ids),
        now=utcnow(),
    ).scalars()
    for id in sorted(erased):
        audit.record(
            session, actor=str(cause), action="privacy.erase", object=encode("cus", id), reason=reason
        )
