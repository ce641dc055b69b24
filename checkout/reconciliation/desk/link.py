"""Join a difference with the records it belongs to: one movement that both sides know under other names, days or amounts.
What each answers for of the other is written down; what is left stays open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.alerts import desk
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import decode, encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.db.statement import execute
from checkout.ledger import journal
from checkout.ledger.entry import Entry
from checkout.reconciliation.desk.closing import close
from checkout.reconciliation.desk.resolutions import Plan, ResolutionNotPossible, link_entries
from checkout.reconciliation.desk.rest import lock, unexplained
from checkout.reconciliation.desk.unexplained import Unexplained

TO_MOST: Final = 50
DUPLICATE: Final = "duplicate_line"
LINK: Final = """
    INSERT INTO alert_links (id, alert_id, other_id, minor, currency, linked_by, linked_at)
    VALUES (%(id)s, %(alert_id)s, %(other_id)s, %(minor)s, %(currency)s, %(by)s, %(now)s)
"""


@dataclass(frozen=True, slots=True)
class Joined:
    """Another record, and how much of the difference it answers for, with the difference's sign; its own rest after it."""

    other: Unexplained
    part: Money
    rest: Money


@dataclass(frozen=True, slots=True)
class LinkPlan:
    """What joining does. plan.rest: what of the difference is left."""

    found: Unexplained
    joined: tuple[Joined, ...]
    plan: Plan

    @property
    def closed(self) -> tuple[UUID, ...]:
        """The alerts of which nothing is left."""
        ends = [(self.found.alert_id, self.plan.rest), *((j.other.alert_id, j.rest) for j in self.joined)]
        return tuple(id for id, rest in ends if not rest)


def preview_link(alert_id: UUID, to: Sequence[str]) -> Money:
    """What would be left of the difference.

    Raises:
        As link_records.
    """
    with atomic() as session:
        return plan_of_link(session, alert_id, to=to).plan.rest


def link_records(session: Session, alert_id: UUID, *, to: Sequence[str], note: str, by: Cause) -> LinkPlan:
    """Joins it with the alerts of other records ("alr_…"), in the caller's transaction. Those of which nothing is left
    are closed; the others stay open with their rest.

    Raises:
        NotFound. InvalidParameter: `to` names none, too many, or no difference. ResolutionNotPossible: they do not
        belong together. InvalidAlertState: one is resolved.
    """
    said, others = desk.reason_of(note), _ids(to)
    lock(session, [alert_id, *others])
    desk.refuse_resolved(session, alert_id)
    for place, id in enumerate(others):
        try:
            desk.refuse_resolved(session, id)
        except NotFound as error:
            raise InvalidParameter.at(f"/to/{place}", "is no alert") from error
    wanted = plan_of_link(session, alert_id, to=to)
    for joined in wanted.joined:
        _write_down(session, wanted.found, joined.other, joined.part, by)
        _write_down(session, joined.other, wanted.found, -joined.part, by)
    closed = wanted.closed
    for id, rest in ((alert_id, wanted.plan.rest), *((j.other.alert_id, j.rest) for j in wanted.joined)):
        if id in closed:
            close(session, id, kind="link_records", note=said, by=by)
        else:
            desk.note_link(
                session, id, text=f"Joined with {_names(wanted, id)}: {rest} is left. {said}", by=by
            )
    for entry in wanted.plan.entries:
        journal.post(session, entry, cause=by)
    return wanted


def plan_of_link(session: Session, alert_id: UUID, *, to: Sequence[str]) -> LinkPlan:
    """What joining would do, as things stand in the caller's transaction."""
    found = unexplained(session, alert_id)
    others = []
    for place, id in enumerate(_ids(to)):
        if id == alert_id:
            raise InvalidParameter.at(f"/to/{place}", "is this difference itself")
        try:
            others.append(unexplained(session, id))
        except NotFound as error:
            raise InvalidParameter.at(f"/to/{place}", "is no difference of a settlement") from error
    return join(found, others)


def join(found: Unexplained, others: Sequence[Unexplained]) -> LinkPlan:
    """How much each answers for, in the order given. Pure.

    Raises:
        ResolutionNotPossible: another PSP or currency; nothing of the other sign; more than there is to answer for.
    """
    left, joined = answerable(found), []
    for other in others:
        has = answerable(other)
        if other.psp != found.psp or has.currency != left.currency:
            raise ResolutionNotPossible("they are of two PSPs or in two currencies")
        if not left or not has or (has.amount_minor > 0) is (left.amount_minor > 0):
            raise ResolutionNotPossible(
                f"{encode('alr', other.alert_id)} of {has} answers for nothing of what is left, {left}"
            )
        size = min(abs(left.amount_minor), abs(has.amount_minor))
        part = Money(size if left.amount_minor > 0 else -size, left.currency)
        left = left - part
        joined.append(Joined(other, part, _rest(other, -part)))
    whole = answerable(found) - left
    entries: list[Entry] = [*link_entries(found, whole)]
    for each in joined:
        entries += link_entries(each.other, -each.part)
    rest = _rest(found, whole)
    wanted = Plan("link_records", tuple(entries), second_person=False, rest=rest, amount=whole)
    return LinkPlan(found, tuple(joined), wanted)


def answerable(found: Unexplained) -> Money:
    """What it can stand against: its rest. A line that is told twice is counted nowhere: it stands for what it says."""
    if found.code == DUPLICATE and found.line_net is not None:
        return -found.line_net
    return found.beyond


def _rest(found: Unexplained, part: Money) -> Money:
    return found.beyond if found.code == DUPLICATE else found.beyond - part


def _write_down(session: Session, of: Unexplained, other: Unexplained, part: Money, by: Cause) -> None:
    execute(
        session,
        LINK,
        id=new_uuid(),
        alert_id=of.alert_id,
        other_id=other.alert_id,
        minor=0 if of.code == DUPLICATE else part.amount_minor,
        currency=part.currency,
        by=str(by),
        now=utcnow(),
    )


def _names(wanted: LinkPlan, id: UUID) -> str:
    if id != wanted.found.alert_id:
        return encode("alr", wanted.found.alert_id)
    return ", ".join(encode("alr", joined.other.alert_id) for joined in wanted.joined)


def _ids(to: Sequence[str]) -> list[UUID]:
    if not 1 <= len(to) <= TO_MOST or len(set(to)) != len(to):
        raise InvalidParameter.at("/to", f"names 1 to {TO_MOST} differences, each once", "invalid_length")
    ids = []
    for place, text in enumerate(to):
        try:
            ids.append(decode("alr", text))
        except NotFound as error:
            raise InvalidParameter.at(f"/to/{place}", "is no alr_ id", "invalid_format") from error
    return ids
