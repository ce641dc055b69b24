"""The second factor: a seed shared with an app on the person's phone, six digits every 30 seconds (RFC 6238).

Each code counts once: the step it belongs to is stored, and compared in one guarded UPDATE. Time is the database's,
which the test clock and a wrong clock of one web machine do not move: a phone follows neither.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest
from io import BytesIO
from math import ceil
from uuid import UUID

import pyotp
import segno
from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.errors import NotFound
from checkout.core.ids import encode
from checkout.db.session import atomic
from checkout.db.statement import execute, run
from checkout.identity import attempts, names, recovery_codes, sessions
from checkout.identity.attempts import Kind
from checkout.identity.errors import MfaInvalid
from checkout.secrets import open_sealed, seal

ISSUER = "Checkout"
STEP_SECONDS = 30
DIGITS = 6
STEPS_EITHER_WAY = 1  # a phone's clock may be half a minute off, and people type slowly

_NOW = "COALESCE(%(now)s::timestamptz, clock_timestamp())"
FIND = f"""
    SELECT f.seed_sealed, f.last_step, u.email_sealed, EXTRACT(EPOCH FROM {_NOW})::float8 AS epoch,
           floor(EXTRACT(EPOCH FROM {_NOW}) / {STEP_SECONDS})::bigint AS step
      FROM second_factors f JOIN users u ON u.id = f.user_id
     WHERE f.user_id = %(user_id)s AND (f.confirmed_at IS NOT NULL) = %(confirmed)s
"""
USE_STEP = """
    UPDATE second_factors SET last_step = %(step)s
     WHERE user_id = %(user_id)s AND confirmed_at IS NOT NULL AND last_step < %(step)s
    RETURNING user_id
"""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the person's app needs, to be shown once: the seed as text, as a URI, and as a QR code in inline SVG."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    qr_svg: str = field(repr=False)


def begin_enrolment(user_id: UUID) -> Enrolment:
    """A fresh seed, in the place of one that was never confirmed. It counts for nothing until confirm().

    Raises:
        MfaInvalid: there is a second factor; it is disabled first. NotFound: no such user.
    """
    secret = pyotp.random_base32()
    sealed = seal(secret.encode(), table="second_factors", column="seed_sealed", row=user_id)
    rows = run(
        """
        INSERT INTO second_factors AS f (user_id, seed_sealed, created_at)
        SELECT id, %(sealed)s, clock_timestamp() FROM users WHERE id = %(user_id)s
        ON CONFLICT (user_id) DO UPDATE SET seed_sealed = EXCLUDED.seed_sealed, created_at = EXCLUDED.created_at
         WHERE f.confirmed_at IS NULL
        RETURNING (SELECT email_sealed FROM users WHERE id = %(user_id)s) AS email_sealed
        """,
        user_id=user_id,
        sealed=sealed,
    )
    if not rows:
        if is_enabled(user_id):
            raise MfaInvalid("there is a second factor already: disable it first")
        raise NotFound("no such user")
    return _enrolment(secret, names.open_email(user_id, rows[0].email_sealed))


def enrolment_of(user_id: UUID) -> Enrolment:
    """The enrolment that was begun and not yet confirmed, for a page that is shown again.

    Raises:
        NotFound: none was begun.
    """
    rows = run(FIND, user_id=user_id, confirmed=False, now=None)
    if not rows:
        raise NotFound("no enrolment was begun")
    (row,) = rows
    return _enrolment(_open(row.seed_sealed, user_id), names.open_email(user_id, row.email_sealed))


def confirm(
    user_id: UUID, code: str, *, cause: Cause, ip: str | None = None, now: datetime | None = None
) -> tuple[str, ...]:
    """Ends the enrolment with the app's first code, which is used up; returns the recovery codes, seen only now.

    All sessions of the person end: the caller opens the next one.

    Raises:
        MfaInvalid: not the app's code. NotFound: no enrolment was begun. TooManyAttempts.
    """
    attempt = attempts.begin(Kind.CODE, account=str(user_id), ip=ip, now=now)
    rows = run(FIND, user_id=user_id, confirmed=False, now=now)
    if not rows:
        raise NotFound("no enrolment was begun")
    step = _step_of(code, _open(rows[0].seed_sealed, user_id), rows[0].step)
    if step is None:
        raise MfaInvalid("this is not the code that the app shows")
    with atomic() as session:
        _enable(session, user_id, step, bytes(rows[0].seed_sealed))
        codes = recovery_codes.issue(session, user_id)
        _audit(session, "second_factor.enable", user_id, cause, ip)
        sessions.revoke_all(session, user_id, cause=cause)
    attempts.succeeded(attempt)
    return codes


def enrol_without_a_phone(user_id: UUID, *, cause: Cause) -> str:
    """A second factor for an account that a script uses; returns its seed. For development. The step before this one is
    what confirms it, so that this one's code is still good."""
    secret = begin_enrolment(user_id).secret
    (row,) = run(FIND, user_id=user_id, confirmed=False, now=None)
    confirm(user_id, _code(secret, row.step - STEPS_EITHER_WAY), cause=cause)
    return secret


def use_code(user_id: UUID, code: str, *, now: datetime | None = None) -> bool:
    """Whether it is the app's code of about now and was not used before; it is used up by asking. Counts no attempt:
    `second_factor.verify` does."""
    rows = run(FIND, user_id=user_id, confirmed=True, now=now)
    if not rows:
        return False
    step = _step_of(code, _open(rows[0].seed_sealed, user_id), rows[0].step)
    return step is not None and bool(run(USE_STEP, user_id=user_id, step=step))


def next_code(user_id: UUID, *, now: datetime | None = None) -> tuple[str, int]:
    """The next code of the person's app that is not used up, and in how many seconds it is taken: 0 for at once. For
    development: it defeats the purpose.

    Raises:
        NotFound: the person has no second factor.
    """
    rows = run(FIND, user_id=user_id, confirmed=True, now=now)
    if not rows:
        raise NotFound("this user has no second factor")
    (row,) = rows
    step = max(row.step, row.last_step + 1)
    taken_from = (step - STEPS_EITHER_WAY) * STEP_SECONDS
    return _code(_open(row.seed_sealed, user_id), step), max(0, ceil(taken_from - row.epoch))


def is_enabled(user_id: UUID) -> bool:
    rows = run(
        "SELECT 1 FROM second_factors WHERE user_id = %(user_id)s AND confirmed_at IS NOT NULL",
        user_id=user_id,
    )
    return bool(rows)


def forget(session: Session, user_id: UUID, *, cause: Cause, ip: str | None = None) -> None:
    """Takes the second factor and its recovery codes away; all sessions end.

    Raises:
        NotFound: there is none.
    """
    gone = execute(session, "DELETE FROM second_factors WHERE user_id = %(id)s RETURNING user_id", id=user_id)
    if gone.first() is None:
        raise NotFound("this user has no second factor")
    recovery_codes.forget(session, user_id)
    _audit(session, "second_factor.disable", user_id, cause, ip)
    sessions.revoke_all(session, user_id, cause=cause)


def _enable(session: Session, user_id: UUID, step: int, sealed: bytes) -> None:
    """The seed that the code was checked against, not one of an enrolment begun meanwhile."""
    enabled = execute(
        session,
        """
        UPDATE second_factors SET confirmed_at = clock_timestamp(), last_step = %(step)s
         WHERE user_id = %(user_id)s AND confirmed_at IS NULL AND seed_sealed = %(sealed)s RETURNING user_id
        """,
        user_id=user_id,
        step=step,
        sealed=sealed,
    ).first()
    if enabled is None:
        raise MfaInvalid("the enrolment was begun anew meanwhile")


def _step_of(code: str, secret: str, now_step: int) -> int | None:
    """The step near this one whose code it is. All are compared, whichever fits."""
    given = code.strip().replace(" ", "").encode("utf-8", "surrogatepass")
    near = range(now_step - STEPS_EITHER_WAY, now_step + STEPS_EITHER_WAY + 1)
    fitting = [step for step in near if compare_digest(_code(secret, step).encode(), given)]
    return fitting[-1] if fitting else None


def _code(secret: str, step: int) -> str:
    return pyotp.HOTP(secret, digits=DIGITS).at(step)


def _open(sealed: bytes, user_id: UUID) -> str:
    return open_sealed(sealed, table="second_factors", column="seed_sealed", row=user_id).decode()


def _enrolment(secret: str, email: str) -> Enrolment:
    uri = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(
        name=email, issuer_name=ISSUER
    )
    drawn = BytesIO()
    # Attributes only, no style: a page whose policy forbids inline styles shows it as it is.
    segno.make_qr(uri, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=True, scale=5, border=4, dark="#000", light="#fff", nl=False
    )
    return Enrolment(secret, uri, drawn.getvalue().decode())


def _audit(session: Session, action: str, user_id: UUID, cause: Cause, ip: str | None) -> None:
    audit.record(session, actor=str(cause), action=action, object=encode("usr", user_id), ip=ip)
