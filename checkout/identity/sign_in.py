"""Sign in: address and password, then the second factor of whoever has one. Who must have one and has none gets no
further than enrolling it.

Attempts are counted before anything is checked. An unknown address costs what a wrong password costs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.ids import encode
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.identity import (
    attempts,
    memberships,
    names,
    password_hashes,
    passwords,
    pending_sign_ins,
    second_factor,
    sessions,
    totp,
)
from checkout.identity.attempts import Kind
from checkout.identity.errors import InvalidCredentials, MfaRequired
from checkout.identity.grants import second_factor_required
from checkout.identity.pending_sign_ins import Pending, Step
from checkout.identity.sessions import SessionToken
from checkout.identity.totp import Enrolment

FIND = """
    SELECT id, password_hash, status, credentials_version FROM users WHERE email_index = %(index)s
"""


@dataclass(frozen=True, slots=True)
class Begun:
    """Where a right password led: to a session, or to the step that comes first."""

    kind: Literal["session", "second_factor", "enrol"]
    session: SessionToken | None = None
    pending_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A session with a second factor just made, and the codes for the day it is lost, seen only now."""

    session: SessionToken
    recovery_codes: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who somebody proved to be in one step, with which version of their credentials, and whether with a second
    factor."""

    user_id: UUID
    version: int
    second_factor: bool


@dataclass(frozen=True, slots=True)
class _Account:
    user_id: UUID
    version: int


def begin(
    email: str, password: str, *, ip: str | None, user_agent: str | None = None, now: datetime | None = None
) -> Begun:
    """Checks address and password.

    Raises:
        InvalidCredentials: they do not belong together. TooManyAttempts.
    """
    account = _checked(email, password, ip, now)
    step = _step_after_password(account.user_id)
    if step is None:
        return Begun("session", session=_open(account, ip, user_agent, second_factor=False))
    if step is Step.ENROL:
        totp.begin_enrolment(account.user_id)
    pending = pending_sign_ins.make(account.user_id, step, account.version, now=now)
    return Begun(step.value, pending_token=pending)


def finish(
    pending_token: str,
    code: str,
    *,
    ip: str | None,
    user_agent: str | None = None,
    now: datetime | None = None,
) -> SessionToken:
    """The second step: the app's code or a recovery code. A wrong one can be followed by another.

    Raises:
        InvalidCredentials: the first step is too long ago or was overtaken by a change. MfaInvalid. TooManyAttempts.
    """
    pending = pending_sign_ins.find(pending_token, Step.SECOND_FACTOR, now=now)
    second_factor.verify(pending.user_id, code, ip=ip, now=now)
    return _open_pending(pending, ip, user_agent)


def enrolment(pending_token: str, *, now: datetime | None = None) -> Enrolment:
    """What the person's app needs, for the page of the step "enrol".

    Raises:
        InvalidCredentials: the first step is too long ago.
    """
    return totp.enrolment_of(pending_sign_ins.find(pending_token, Step.ENROL, now=now).user_id)


def finish_enrolment(
    pending_token: str,
    code: str,
    *,
    ip: str | None,
    user_agent: str | None = None,
    now: datetime | None = None,
) -> Enrolled:
    """The first code of the new second factor opens the session.

    Raises:
        InvalidCredentials: the first step is too long ago. MfaInvalid. TooManyAttempts.
    """
    pending = pending_sign_ins.find(pending_token, Step.ENROL, now=now)
    codes = totp.confirm(
        pending.user_id, code, cause=Cause("person", encode("usr", pending.user_id)), ip=ip, now=now
    )
    account = _Account(pending.user_id, pending.version + 1)  # confirming was the one change since
    return Enrolled(_open(account, ip, user_agent, second_factor=True), codes)


def at_once(
    email: str, password: str, code: str | None, *, ip: str | None, now: datetime | None = None
) -> SignedIn:
    """All in one step, for programs that people use; no session is opened.

    Raises:
        InvalidCredentials, TooManyAttempts. MfaRequired: a code is due and none came, or the account has no second
        factor yet and needs one. MfaInvalid.
    """
    account = _checked(email, password, ip, now)
    step = _step_after_password(account.user_id)
    if step is None:
        return SignedIn(account.user_id, account.version, second_factor=False)
    if step is Step.ENROL:
        raise MfaRequired("this account needs a second factor: sign in on the web once to set it up")
    if not code:
        raise MfaRequired("a code of the second factor must come with the password")
    second_factor.verify(account.user_id, code, ip=ip, now=now)
    return SignedIn(account.user_id, account.version, second_factor=True)


def _checked(email: str, password: str, ip: str | None, now: datetime | None) -> _Account:
    attempt = attempts.begin(Kind.PASSWORD, account=email, ip=ip, now=now)
    rows = run(FIND, index=names.email_index(email))
    row = rows[0] if rows and rows[0].status == "active" else None
    right = password_hashes.matches(row.password_hash if row else None, password)
    if row is None or not right:
        raise InvalidCredentials("the email address and the password do not belong together")
    attempts.succeeded(attempt)
    passwords.rehash_if_needed(row.id, row.password_hash, password)
    return _Account(row.id, row.credentials_version)


def _step_after_password(user_id: UUID) -> Step | None:
    if totp.is_enabled(user_id):
        return Step.SECOND_FACTOR
    return Step.ENROL if second_factor_required(memberships.grants_of(user_id)) else None


def _open_pending(pending: Pending, ip: str | None, user_agent: str | None) -> SessionToken:
    token = _open(_Account(pending.user_id, pending.version), ip, user_agent, second_factor=True)
    pending_sign_ins.forget(pending)
    return token


def _open(account: _Account, ip: str | None, user_agent: str | None, *, second_factor: bool) -> SessionToken:
    """Opens the session in the name of the credentials that were checked: changed meanwhile, it does not open."""
    person = encode("usr", account.user_id)
    with atomic() as session:
        token = sessions.open(
            session,
            account.user_id,
            ip=ip,
            user_agent=user_agent,
            second_factor=second_factor,
            version=account.version,
        )
        audit.record(session, actor=f"person:{person}", action="session.open", object=person, ip=ip)
    return token
