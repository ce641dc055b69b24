"""Propose what another person must decide, in the transaction of whatever waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import DomainError
from checkout.core.ids import decode, encode, new_uuid
from checkout.db.statement import execute
from checkout.events import DomainEvent, emit

LASTS: Final = timedelta(days=7)  # a weekend and holidays; what was still right then is proposed again


PROPOSE: Final = """
    WITH made AS (
        INSERT INTO approvals (id, kind, subject, proposal, proposer, proposer_person, expires_at, created_at,
                               updated_at)
        VALUES (%(id)s, %(kind)s, %(subject)s, %(proposal)s, %(proposer)s, %(person)s, %(expires_at)s, %(now)s,
                %(now)s)
        ON CONFLICT (kind, subject) WHERE status = 'pending' DO NOTHING RETURNING id)
    INSERT INTO approval_transitions (approval_id, version, from_status, to_status, cause, at)
    SELECT id, 1, NULL, 'pending', %(proposer)s, %(now)s FROM made RETURNING approval_id
"""


MADE_BY: Final = "SELECT made_by FROM api_keys WHERE id = %(id)s"


class AlreadyProposed(DomainError):
    """The same kind of proposal about the same thing still waits for its decision."""

    code = "invalid_approval_state"


def propose(
    session: Session,
    *,
    kind: str,
    subject: str,
    proposal: Mapping[str, Any],
    proposer: Cause,
    lasts: timedelta = LASTS,
) -> UUID:
    """Writes the proposal down and returns its id. Joins the caller's transaction.

    kind: "<noun>.<verb>", as "payout.send". subject: the public id of what it is about. proposal: what will be done,
    plain JSON with ids and amounts, no secrets and no personal data; it can never be changed. proposer: whoever
    proposes (a person, a key, a task), who cannot be the one that decides; nor can the person who made the key.

    Raises:
        AlreadyProposed: one such proposal is waiting.
    """
    id, now = new_uuid(), utcnow()
    made = execute(
        session,
        PROPOSE,
        id=id,
        kind=kind,
        subject=subject,
        proposal=Jsonb(dict(proposal)),
        proposer=str(proposer),
        person=_person_behind(session, proposer),
        expires_at=now + lasts,
        now=now,
    ).first()
    if made is None:
        raise AlreadyProposed(f"{kind} of {subject} has been proposed and waits for its decision")
    audit.record(
        session,
        actor=str(proposer),
        action="approval.propose",
        object=encode("apr", id),
        after={"kind": kind, "subject": subject, "proposal": dict(proposal)},
    )
    event = DomainEvent(
        "approval.proposed", object=encode("apr", id), data={"kind": kind, "subject": subject}
    )
    emit(session, event, cause=proposer)
    return id


def _person_behind(session: Session, proposer: Cause) -> str | None:
    """A key acts for whoever made it: what it proposes, that person has proposed."""
    if proposer.kind == "person":
        return proposer.id
    if proposer.kind != "key":
        return None
    made_by = execute(session, MADE_BY, id=decode("key", proposer.id)).scalar()
    return encode("usr", made_by) if made_by else None
