"""Accounts and the roles they hold: made with an audit row, at the tenant that the role asks for."""

from __future__ import annotations

from functools import partial

import pytest

from checkout.core.cause import Cause
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import new_uuid
from checkout.db.session import atomic
from checkout.identity import memberships, sessions, storefronts, users
from checkout.identity.errors import EmailInUse
from checkout.identity.grants import Grant
from checkout.secrets import CannotOpen
from checkout.secrets.rotate import rotate
from checkout.sellers.create import create_seller
from tests.concurrency import at_once

CAUSE = Cause("cli", "test")


def user_of(email="jo@example.org", name="Jo"):
    with atomic() as session:
        return users.create_user(session, email=email, name=name, cause=CAUSE)


def seller_of(name="Ada's Pottery"):
    with atomic() as session:
        return create_seller(session, name=name, commission_bps=1000, cause=CAUSE)


def granted(user, role, **at):
    with atomic() as session:
        return memberships.grant(session, user.id, role, cause=CAUSE, **at)


def session_of(user):
    with atomic() as session:
        return sessions.open(session, user.id, ip="192.0.2.1", second_factor=False)


def test_an_account_begins_without_password_and_roles(db):
    """It is found under its address, however that is cased."""
    user = user_of("Jo@Example.org", " Jo ")

    assert users.find_by_email(" jo@example.ORG ") == users.get_user(user.id) == user
    assert (user.name, user.has_password, user.has_second_factor, user.grants) == ("Jo", False, False, ())
    assert users.list_users() == [user]
    audit = db.rows("SELECT actor, action, object, after FROM audit_log")
    assert audit == [{"actor": "cli:test", "action": "user.create", "object": user.public_id, "after": None}]


@pytest.mark.parametrize(
    "email",
    [
        "",
        "jo",
        "jo@",
        "@example.org",
        "jo@exa mple.org",
        "jo@example..org",
        "a@b\n.org",
        "jo@example.org\0",
        "x" * 190 + "@example.org",
        "jö@example.org",
        "<jo@example.org>",
    ],
)
def test_what_is_no_address_is_refused(db, email):
    """The field is named; nothing is kept."""
    with pytest.raises(InvalidParameter) as refusal:
        user_of(email)

    assert refusal.value.pointers[0].pointer == "/email"
    assert users.list_users() == []


def test_an_address_has_one_account(db):
    """A second one is refused, whatever the case of its letters."""
    user_of("jo@example.org")

    with pytest.raises(EmailInUse):
        user_of("JO@example.org")


def test_address_and_name_are_sealed_for_their_own_row(db):
    """Nothing of them is readable in the table; another row's do not open in this one."""
    jo, mo = user_of("Jo@Example.org", "Jo Ünal"), user_of("mo@example.org")

    row = str(db.rows("SELECT * FROM users"))
    assert not [word for word in ("xample", "nal", "Jo", "jo@") if word in row]
    assert users.find_by_email(" jo@EXAMPLE.org") == users.get_user(jo.id) == jo
    db.rows(
        "UPDATE users SET email_sealed = (SELECT email_sealed FROM users WHERE id = %(jo)s) WHERE id = %(mo)s",
        jo=jo.id,
        mo=mo.id,
    )
    with pytest.raises(CannotOpen):
        users.get_user(mo.id)


def test_a_rotation_seals_people_anew_and_they_are_found_as_before(db):
    """Their columns are among those that are rotated; the fingerprint's key stays."""
    jo = user_of("jo@example.org", "Jo Ünal")
    before = db.rows("SELECT email_sealed, name_sealed FROM users")

    done = rotate(lambda line: None, settle_seconds=0)

    assert (done.complete, done.resealed) == (True, 2)
    assert users.find_by_email("JO@example.org") == jo
    assert db.rows("SELECT email_sealed, name_sealed FROM users") != before


def test_nobody_is_found_under_an_odd_address(db):
    """A NUL, which PostgreSQL takes in no text, or half a letter is no error of ours."""
    assert users.find_by_email("jo\0@example.org") is None
    assert users.find_by_email("jo\ud800@example.org") is None
    with pytest.raises(NotFound):
        users.get_user(new_uuid())


def test_a_user_may_hold_several_roles(db):
    """At a seller, at another one, and at a storefront; each grant is audited and held once."""
    user, ada, bao = user_of(), seller_of(), seller_of("Bao Tea")
    with atomic() as session:
        shop = storefronts.create(session, name="Shop", origins=["https://shop.example"], cause=CAUSE)

    granted(user, "seller_owner", seller_id=ada)
    granted(user, "seller_owner", seller_id=ada)
    granted(user, "seller_staff", seller_id=bao)
    granted(user, "developer", storefront_id=shop.id)

    assert memberships.grants_of(user.id) == (
        Grant("developer", None, shop.id),
        Grant("seller_owner", ada, None),
        Grant("seller_staff", bao, None),
    )
    assert users.get_user(user.id).grants == memberships.grants_of(user.id)
    assert db.value("SELECT count(*) FROM audit_log WHERE action = 'role.grant'") == 3


@pytest.mark.parametrize(
    ("role", "at"),
    [
        ("seller_owner", {}),
        ("developer", {}),
        ("finance", {"seller_id": new_uuid()}),
        ("seller_staff", {"storefront_id": new_uuid()}),
        ("developer", {"seller_id": new_uuid(), "storefront_id": new_uuid()}),
        ("root", {}),
    ],
)
def test_a_role_is_held_at_its_own_kind_of_tenant(db, role, at):
    """An owner of no seller, or a finance person of one, would be a hole in the reach."""
    user = user_of()

    with pytest.raises(InvalidParameter):
        granted(user, role, **at)

    assert memberships.grants_of(user.id) == ()


def test_a_role_needs_a_user_and_a_tenant_that_exist(db):
    """Unknown ones are not found."""
    user = user_of()

    with pytest.raises(NotFound):
        granted(user, "seller_owner", seller_id=new_uuid())
    with pytest.raises(NotFound), atomic() as session:
        memberships.grant(session, new_uuid(), "finance", cause=CAUSE)


def test_granting_and_revoking_end_all_sessions(db):
    """Nobody goes on with the roles of before; both are in the audit log."""
    user = user_of()
    first = session_of(user)
    granted(user, "finance")
    assert sessions.read(first.text) is None
    second = session_of(user)

    with atomic() as session:
        memberships.revoke(session, user.id, "finance", cause=CAUSE)

    assert sessions.read(second.text) is None
    assert memberships.grants_of(user.id) == ()
    actions = [row["action"] for row in db.rows("SELECT action FROM audit_log ORDER BY sequence")]
    assert actions == ["user.create", "role.grant", "session.end", "role.revoke", "session.end"]
    with pytest.raises(NotFound), atomic() as session:
        memberships.revoke(session, user.id, "finance", cause=CAUSE)


def test_a_disabled_account_has_no_sessions(db):
    """They end at once and none can be opened; enabling does not bring them back."""
    user = user_of()
    token = session_of(user)

    with atomic() as session:
        users.disable(session, user.id, cause=CAUSE, reason="left")
    with atomic() as session:
        users.enable(session, user.id, cause=CAUSE)

    assert sessions.read(token.text) is None
    assert users.get_user(user.id).status == "active"
    assert db.value("SELECT reason FROM audit_log WHERE action = 'user.disable'") == "left"


def admins_of(db, *emails):
    """Admins who can sign in: they have chosen a password."""
    made = [user_of(email) for email in emails]
    for user in made:
        granted(user, "admin")
    db.rows("UPDATE users SET password_hash = 'x'")
    return made


def loses_the_role(user):
    with atomic() as session:
        memberships.revoke(session, user.id, "admin", cause=CAUSE)


def is_disabled(user):
    with atomic() as session:
        users.disable(session, user.id, cause=CAUSE)


@pytest.mark.parametrize("take_away", [loses_the_role, is_disabled])
def test_the_last_admin_stays(db, take_away):
    """One who has no password yet, or is disabled, lets nobody in again."""
    first, second, third = admins_of(db, "jo@example.org", "kim@example.org", "lee@example.org")
    db.rows("UPDATE users SET password_hash = NULL WHERE id = %(id)s", id=third.id)
    take_away(first)

    with pytest.raises(InvalidParameter, match="last admin"):
        take_away(second)

    take_away(third)
    assert users.get_user(second.id).status == "active"
    assert Grant("admin") in memberships.grants_of(second.id)


def test_two_admins_who_remove_each_other_at_once_leave_one(db):
    """Eight pairs of requests at the same moment: nobody is left without an admin."""
    for round in range(8):
        pair = admins_of(db, f"jo{round}@example.org", f"kim{round}@example.org")
        db.rows(
            "UPDATE users SET status = 'disabled' WHERE id <> ALL(%(ids)s)", ids=[user.id for user in pair]
        )

        outcomes = at_once(partial(loses_the_role, pair[0]), partial(is_disabled, pair[1]))

        assert sum(isinstance(outcome, InvalidParameter) for outcome in outcomes) == 1, outcomes
