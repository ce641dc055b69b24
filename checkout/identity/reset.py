"""A forgotten password: a link by email, which sets another one. It replaces no second factor.

An address that nobody has gets the same answer after the same work: its row and its task are written as well, and lead
nowhere.
"""

from __future__ import annotations

from datetime import datetime

from checkout import audit, tasks
from checkout.core.cause import Cause
from checkout.core.ids import encode
from checkout.db.session import atomic
from checkout.identity import attempts, password_links, passwords, users
from checkout.identity.attempts import Kind
from checkout.identity.invitations import LINK_EMAIL
from checkout.identity.password_links import LinkKind
from checkout.tasks.ring import MAIL_QUEUE


def request(email: str, *, ip: str | None, now: datetime | None = None) -> None:
    """Stages the email with a link that lasts an hour, for an active account; tells nobody whether there is one.

    Raises:
        TooManyAttempts: five requests in fifteen minutes, whether or not the address is known.
    """
    attempts.begin(Kind.RESET, account=email, ip=ip, now=now)
    user = users.find_by_email(email)
    owner = user.id if user is not None and user.status == "active" else None
    with atomic() as session:
        link_id = password_links.make(session, LinkKind.RESET, owner, now=now)
        cause = Cause("request", "password-reset")
        whose = encode("usr", owner) if owner else "nobody"
        audit.record(session, actor="anybody", action="password.reset_link", object=whose, ip=ip)
        tasks.enqueue(session, LINK_EMAIL, {"link": str(link_id)}, queue=MAIL_QUEUE, cause=cause)


def look_at(token: str, *, now: datetime | None = None) -> None:
    """Passes while the link can be used, for the page that asks for the new password.

    Raises:
        LinkEnded.
    """
    password_links.look_at(LinkKind.RESET, token, now=now)


def perform(token: str, password: str, *, ip: str | None = None, now: datetime | None = None) -> None:
    """Sets the new password; the link is used up and all sessions end. Signing in asks for the second factor as ever.

    Raises:
        LinkEnded. InvalidParameter: the password breaks a rule; the link can still be used.
    """
    user = users.get_user(password_links.look_at(LinkKind.RESET, token, now=now))
    password_hash = passwords.hashed(password, email=user.email)
    with atomic() as session:
        user_id = password_links.use(session, LinkKind.RESET, token, now=now)
        passwords.set_hash(
            session,
            user_id,
            password_hash,
            action="password.reset",
            cause=Cause("person", encode("usr", user_id)),
            ip=ip,
        )
