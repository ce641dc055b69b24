"""Access tokens: JWTs (RFC 9068) of ten minutes that name a person and the family they came from.

Signed with EdDSA and with nothing else: the algorithm of a token's header is compared, never followed. A token says
who; what they may do, and whether they still may, is read from the database, at most a second old.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import jwt

from checkout.core.clock import wallclock
from checkout.core.errors import NotFound
from checkout.core.ids import decode, encode, new_uuid
from checkout.identity import signing_keys

ALGORITHM: Final = "EdDSA"
TYPE: Final = "at+jwt"
LIFETIME: Final = timedelta(minutes=10)
EARLY: Final = timedelta(seconds=30)  # how far another machine's clock may be ahead
# Bounded before anything is parsed: a header could nest deeper than a parser likes.
SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{10,200}\.[A-Za-z0-9_-]{10,1000}\.[A-Za-z0-9_-]{86}")
CLAIMS: Final = ["iss", "aud", "sub", "iat", "exp", "jti", "sid"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a genuine token says. It may still speak for a family that has ended."""

    user_id: UUID
    family_id: UUID


def issue(user_id: UUID, family_id: UUID, *, issuer: str, second_factor_at: datetime | None) -> str:
    """A signed token. issuer: the installation's public address. Its clock is real time, as sessions' is."""
    key, now = signing_keys.current(), wallclock()
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": audience(issuer),
        "sub": encode("usr", user_id),
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "jti": str(new_uuid()),
        "sid": str(family_id),
        "amr": ["pwd"] if second_factor_at is None else ["pwd", "otp", "mfa"],  # RFC 8176
    }
    if second_factor_at is not None:
        claims["mfa_time"] = int(second_factor_at.timestamp())
    return jwt.encode(claims, key.private, algorithm=ALGORITHM, headers={"kid": key.kid, "typ": TYPE})


def read(text: str, *, issuer: str) -> Claims | None:
    """What the token says, or None: another form, key, algorithm, issuer or audience, too old, or changed."""
    if not SHAPE.fullmatch(text):
        return None
    try:
        header = jwt.get_unverified_header(text)
        key = signing_keys.public_key(str(header.get("kid")))
        if key is None or header.get("alg") != ALGORITHM or header.get("typ") != TYPE:
            return None
        claims = jwt.decode(
            text,
            key,
            algorithms=[ALGORITHM],
            audience=audience(issuer),
            issuer=issuer,
            options={"require": CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
        return _within_its_time(claims)
    except (jwt.PyJWTError, NotFound, ValueError):
        return None


def audience(issuer: str) -> str:
    return f"{issuer}/v1"


def _within_its_time(claims: dict[str, Any]) -> Claims | None:
    """By our own clock, which a test may move; the library would take the system's."""
    now, issued, expires = wallclock().timestamp(), claims["iat"], claims["exp"]
    if type(issued) is not int or type(expires) is not int:
        return None
    if not issued - EARLY.total_seconds() <= now < expires:
        return None
    return Claims(user_id=decode("usr", claims["sub"]), family_id=UUID(claims["sid"]))
