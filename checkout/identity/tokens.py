"""Tokens for programs that people use: password and code for an access and a refresh token, and those anew."""

from __future__ import annotations

from dataclasses import dataclass, field

from checkout.core.cause import Cause
from checkout.core.ids import encode
from checkout.db.session import atomic, retrying
from checkout.identity import access_tokens, sign_in, signing_keys, token_families
from checkout.identity.access import Principal, principal_of
from checkout.identity.errors import InvalidCredentials
from checkout.identity.token_families import Family, Reused


@dataclass(frozen=True, slots=True)
class TokenPair:
    """Seen here once. `expires_in` seconds are the access token's."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int = int(access_tokens.LIFETIME.total_seconds())


def issue(email: str, password: str, code: str | None, *, issuer: str, ip: str | None) -> TokenPair:
    """A new family for whoever proves to be its person.

    Raises:
        InvalidCredentials, MfaRequired, MfaInvalid, TooManyAttempts: as signing in on the pages.
    """
    proved = sign_in.at_once(email, password, code, ip=ip)
    with atomic() as session:
        family = token_families.open(
            session,
            proved.user_id,
            version=proved.version,
            second_factor=proved.second_factor,
            ip=ip,
            cause=Cause("person", encode("usr", proved.user_id)),
        )
    return _pair(family, issuer)


def refresh(refresh_token: str, *, issuer: str, secret: str, ip: str | None) -> TokenPair:
    """The next pair. The refresh token given is used up; an identical retry within ten seconds gets the same next one.

    Raises:
        InvalidCredentials: unknown, ended, or used before, which ends its whole family.
    """
    outcome = retrying(lambda: _advance(refresh_token, secret, ip))
    if isinstance(outcome, Reused):
        raise InvalidCredentials("this refresh token is worth nothing")
    return _pair(outcome, issuer)


def principal(access_token: str, *, issuer: str, livemode: bool) -> Principal | None:
    """Who an access token speaks for now, else None: what they hold is read anew, at most a second old."""
    claims = access_tokens.read(access_token, issuer=issuer)
    person = token_families.person_of(claims.family_id, claims.user_id) if claims else None
    return principal_of(person, livemode=livemode) if person else None


def forget_cached() -> None:
    """Starts anew, as a fresh process would."""
    signing_keys.forget_cached()
    token_families.forget_cached()


def _advance(refresh_token: str, secret: str, ip: str | None) -> Family | Reused:
    with atomic() as session:
        return token_families.advance(session, refresh_token, secret=secret, ip=ip)


def _pair(family: Family, issuer: str) -> TokenPair:
    access = access_tokens.issue(
        family.user_id, family.id, issuer=issuer, second_factor_at=family.second_factor_at
    )
    return TokenPair(access_token=access, refresh_token=family.refresh_token)
