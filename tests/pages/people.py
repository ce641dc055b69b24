"""People with roles and open sessions, made by the use cases but for the password: hashing one for each test is slow."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from flask.testing import FlaskClient

from checkout.core.cause import Cause
from checkout.core.ids import encode
from checkout.db.session import atomic
from checkout.identity import memberships, password_hashes, sessions, totp, users
from checkout.identity.roles import ROLES
from tests.conftest import Database

CAUSE = Cause("cli", "test")
PASSWORD = "a long enough passphrase"


@dataclass(frozen=True)
class Somebody:
    """A signed-in person; `token` is the session cookie's value."""

    user_id: UUID
    email: str
    token: str

    @property
    def public_id(self) -> str:
        return encode("usr", self.user_id)


def somebody(
    db: Database,
    role: str | None = None,
    *,
    storefront_id: UUID | None = None,
    seller_id: UUID | None = None,
    email: str | None = None,
    name: str | None = None,
    stepped_up: bool = True,
    second_factor: bool = True,
) -> Somebody:
    """`stepped_up`: the second factor was shown just now. Roles of a tenant without one named get a new tenant."""
    with atomic() as session:
        made = users.create_user(
            session, email=email or f"{uuid4().hex[:12]}@example.org", name=name, cause=CAUSE
        )
    if role is not None:
        tenant = ROLES[role].tenant
        if tenant == "storefront":
            storefront_id = storefront_id or storefront(db)
        if tenant == "seller":
            seller_id = seller_id or seller(db)
        with atomic() as session:
            memberships.grant(
                session, made.id, role, seller_id=seller_id, storefront_id=storefront_id, cause=CAUSE
            )
    if second_factor:
        db.rows(
            "INSERT INTO second_factors (user_id, seed_sealed, created_at, confirmed_at, last_step)"
            " VALUES (%(id)s, ''::bytea, now(), now(), 0)",
            id=made.id,
        )
    with atomic() as session:
        opened = sessions.open(
            session, made.id, ip="192.0.2.1", user_agent="Firefox", second_factor=stepped_up
        )
    return Somebody(made.id, made.email, opened.text)


def with_app(db: Database, who: Somebody) -> str:
    """Enrols a real second factor in the place of the empty one; returns the seed."""
    db.rows("DELETE FROM second_factors WHERE user_id = %(id)s", id=who.user_id)
    secret = totp.begin_enrolment(who.user_id).secret
    db.rows(
        "UPDATE second_factors SET confirmed_at = now(), last_step = 0 WHERE user_id = %(id)s", id=who.user_id
    )
    return secret


def with_password(db: Database, who: Somebody) -> None:
    """PASSWORD, as its owner would have chosen it."""
    db.rows(
        "UPDATE users SET password_hash = %(hash)s WHERE id = %(id)s",
        hash=password_hashes.hash_password(PASSWORD),
        id=who.user_id,
    )


def storefront(db: Database, name: str = "A shop") -> UUID:
    id = uuid4()
    db.rows(
        "INSERT INTO storefronts (id, name, created_at) VALUES (%(id)s, %(name)s, now())", id=id, name=name
    )
    return id


def seller(db: Database, name: str = "A seller") -> UUID:
    id = uuid4()
    db.rows(
        "INSERT INTO sellers (id, name, hold_days, created_at) VALUES (%(id)s, %(name)s, 0, now())",
        id=id,
        name=name,
    )
    return id


def signed_in(client: FlaskClient, who: Somebody) -> FlaskClient:
    client.set_cookie("session", who.token)
    return client


def token_in(page: str) -> str:
    """The CSRF token of a page's first form."""
    _, _, rest = page.partition('name="csrf_token" value="')
    return rest.partition('"')[0]


def send(client: FlaskClient, page: str, action: str, **fields: object):
    """Fills in a form of a page and sends it, as a browser does."""
    shown = client.get(page)
    return client.post(
        action, data={"csrf_token": token_in(shown.text), **fields}, headers={"Origin": "http://localhost"}
    )
