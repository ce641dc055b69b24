"""Who of the staff is written to about alerts, and the one way in which it is done: a letter each, once for each fact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from checkout.core.ids import MalformedId, decode, encode
from checkout.db.arrays import uuid_array
from checkout.db.statement import run
from checkout.identity import names
from checkout.identity.roles import ROLES
from checkout.notifications import letters
from checkout.notifications.message import Letter, compose
from checkout.notifications.outbox import mark_sent, write_down
from checkout.notifications.post_office import PostOffice

FINANCE: Final = ("finance", "finance_approver")
READERS: Final = tuple(sorted(name for name, role in ROLES.items() if "alerts:read" in role.permissions))
STAFF_MOST: Final = 200

OF_ROLES: Final = """
    SELECT DISTINCT u.id, u.email_sealed, u.name_sealed FROM users u JOIN memberships m ON m.user_id = u.id
     WHERE u.status = 'active' AND m.role = ANY(%(roles)s::text[]) AND m.seller_id IS NULL AND m.storefront_id IS NULL
     ORDER BY u.id LIMIT %(most)s
"""
AMONG: Final = """
    SELECT DISTINCT u.id, u.email_sealed, u.name_sealed, u.email_index
      FROM users u JOIN memberships m ON m.user_id = u.id
     WHERE u.status = 'active' AND m.role = ANY(%(roles)s::text[])
       AND (u.id = ANY(%(ids)s::uuid[]) OR u.email_index = ANY(%(indexes)s::bytea[]))
     ORDER BY u.id LIMIT %(most)s
"""
NAMES: Final = (
    "SELECT id, email_sealed, name_sealed FROM users WHERE id = ANY(%(ids)s::uuid[]) LIMIT %(most)s"
)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the staff, with the address that is sealed in the database."""

    id: UUID
    email: str
    name: str

    @property
    def public_id(self) -> str:
        return encode("usr", self.id)


def holding(roles: Sequence[str]) -> list[Colleague]:
    """Everybody active who holds one of the platform's roles, each once."""
    return [_colleague(row) for row in run(OF_ROLES, roles=list(roles), most=STAFF_MOST)]


def named(people: Iterable[str]) -> list[Colleague]:
    """Those among "usr_…" and addresses who may read alerts; nobody else is written to, whoever is named."""
    ids, indexes = [], []
    for person in people:
        if "@" in person:
            indexes.append(names.email_index(person))
            continue
        try:
            ids.append(decode("usr", person))
        except MalformedId:
            continue
    if not ids and not indexes:
        return []
    rows = run(AMONG, roles=list(READERS), ids=uuid_array(ids), indexes=indexes, most=STAFF_MOST)
    return [_colleague(row) for row in rows]


def names_of(actors: Iterable[str]) -> Mapping[str, str]:
    """What the people among "person:usr_…" are called, else their address."""
    wanted = {}
    for actor in actors:
        kind, _, id = actor.partition(":")
        try:
            if kind == "person":
                wanted[decode("usr", id)] = actor
        except MalformedId:
            continue
    rows = run(NAMES, ids=uuid_array(wanted), most=STAFF_MOST) if wanted else []
    return {wanted[row.id]: _colleague(row).name for row in rows}


def send_each(
    people: Iterable[Colleague], letter: Letter, *, fact: str, about: str, template: str, office: PostOffice
) -> int:
    """One letter for each, once for each fact: its Message-ID is the fact's and the person's. Returns how many left.

    Raises:
        UndeliverableAddress. OSError, smtplib.SMTPException: the task tries again, who has it already gets no second.
    """
    sent = 0
    for person in people:
        message_id = office.message_id(fact, f"{about}.{person.public_id}")
        written_at = write_down(message_id=message_id, template=template, object=about, shopper_id=None)
        if written_at is None:
            continue
        message = compose(
            letter,
            message_id=message_id,
            sender_name=letters.PRODUCT,
            sender=office.sender,
            recipient=person.email,
            written_at=written_at,
        )
        office.channel.send(message)
        mark_sent(message_id)
        sent += 1
    return sent


def _colleague(row: Row[Any]) -> Colleague:
    opened = names.opened(row)
    return Colleague(opened["id"], opened["email"], opened["name"] or opened["email"])
