"""Invite a person: an email with a link, under which they choose their password. Inviting again ends the older link."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import audit, tasks
from checkout.core.cause import Cause
from checkout.core.ids import encode
from checkout.db.session import atomic
from checkout.identity import password_links, passwords, users
from checkout.identity.password_links import LinkKind
from checkout.identity.users import User
from checkout.tasks.ring import MAIL_QUEUE

LINK_EMAIL: Final = "notifications.link_email"


def invite(session: Session, user_id: UUID, *, cause: Cause, now: datetime | None = None) -> None:
    """Sends the person a link, which lasts seven days. The email leaves after the commit, by a task.

    Raises:
        IntegrityError is what a user who does not exist ends in: the caller has looked them up.
    """
    link_id = password_links.make(session, LinkKind.INVITATION, user_id, now=now)
    audit.record(session, actor=str(cause), action="user.invite", object=encode("usr", user_id))
    tasks.enqueue(session, LINK_EMAIL, {"link": str(link_id)}, queue=MAIL_QUEUE, cause=cause)


def look_at(token: str, *, now: datetime | None = None) -> User:
    """Who is invited, for the page that asks for the password.

    Raises:
        LinkEnded.
    """
    return users.get_user(password_links.look_at(LinkKind.INVITATION, token, now=now))


def accept(
    token: str, password: str, *, name: str | None = None, ip: str | None = None, now: datetime | None = None
) -> User:
    """Sets the invited person's password, and the name where one is given; the link is used up. They sign in with it
    afterwards.

    Raises:
        LinkEnded. InvalidParameter: password or name break a rule; the link can still be used.
    """
    user = look_at(token, now=now)
    password_hash = passwords.hashed(password, email=user.email)
    with atomic() as session:
        user_id = password_links.use(session, LinkKind.INVITATION, token, now=now)
        passwords.set_hash(
            session,
            user_id,
            password_hash,
            action="user.accept_invitation",
            cause=Cause("person", user.public_id),
            ip=ip,
        )
        if name:
            users.rename(session, user_id, name)
    return users.get_user(user.id)
