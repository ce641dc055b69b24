"""`flask users`: people's accounts and the roles they hold. A person is named by email address or by id (usr_…)."""

from __future__ import annotations

import sys
from typing import Any
from uuid import UUID

import click

from checkout.cli.context import Group, cli_cause, development_only, json_option
from checkout.cli.output import note, show, show_list
from checkout.core.errors import NotFound
from checkout.core.ids import decode, encode
from checkout.db.session import atomic
from checkout.identity import invitations, memberships, passwords, recovery_codes, sessions, totp, users
from checkout.identity.grants import Grant
from checkout.identity.roles import ROLES
from checkout.identity.users import User

group = Group("users", help="People: accounts, roles, invitations.")

role_option = click.option("--role", required=True, help=f"One of: {', '.join(ROLES)}.")
seller_option = click.option("--seller", help="sel_…, for the roles of a seller.")
storefront_option = click.option("--storefront", help="sto_…, for the role developer.")
reason_option = click.option("--reason", help="Kept in the audit log.")


@group.command("create")
@click.option("--email", required=True)
@click.option("--name", help="How the person is called.")
@role_option
@seller_option
@storefront_option
@click.option("--password-stdin", is_flag=True, help="Read the password from stdin; no invitation is sent.")
@json_option
def create_user(
    email: str,
    name: str | None,
    role: str,
    seller: str | None,
    storefront: str | None,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Makes an account with a role, and sends an invitation to choose a password."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    password_hash = passwords.hashed(password, email=email) if password is not None else None
    with atomic() as session:
        user = users.create_user(session, email=email, name=name, cause=cli_cause())
        memberships.grant(session, user.id, role, **_tenant(seller, storefront), cause=cli_cause())
        if password_hash is None:
            invitations.invite(session, user.id, cause=cli_cause())
        else:
            passwords.set_hash(session, user.id, password_hash, action="password.change", cause=cli_cause())
    show(_shown(users.get_user(user.id)), as_json=as_json)
    if password_hash is None:
        note("An invitation is on its way.")


@group.command("list")
@json_option
def list_users(as_json: bool) -> None:
    """Lists the newest accounts."""
    show_list([_shown(user) for user in users.list_users()], as_json=as_json)


@group.command("show")
@click.argument("user")
@json_option
def show_user(user: str, as_json: bool) -> None:
    """Shows one account and where it is signed in."""
    found = _find(user)
    signed_in = [
        {"ip": each.ip, "since": each.created_at, "last_seen_at": each.last_seen_at}
        for each in sessions.list_of(found.id)
    ]
    show(
        {**_shown(found), "recovery_codes_left": recovery_codes.left(found.id), "sessions": signed_in},
        as_json=as_json,
    )


@group.command("grant")
@click.argument("user")
@role_option
@seller_option
@storefront_option
@json_option
def grant_role(user: str, role: str, seller: str | None, storefront: str | None, as_json: bool) -> None:
    """Gives USER a role. All sessions of the person end."""
    found = _find(user)
    with atomic() as session:
        memberships.grant(session, found.id, role, **_tenant(seller, storefront), cause=cli_cause())
    show(_shown(users.get_user(found.id)), as_json=as_json)


@group.command("revoke")
@click.argument("user")
@role_option
@seller_option
@storefront_option
@json_option
def revoke_role(user: str, role: str, seller: str | None, storefront: str | None, as_json: bool) -> None:
    """Takes a role from USER. All sessions of the person end."""
    found = _find(user)
    with atomic() as session:
        memberships.revoke(session, found.id, role, **_tenant(seller, storefront), cause=cli_cause())
    show(_shown(users.get_user(found.id)), as_json=as_json)


@group.command("invite")
@click.argument("user")
@json_option
def invite_user(user: str, as_json: bool) -> None:
    """Sends USER a new invitation; the older link ends."""
    found = _find(user)
    with atomic() as session:
        invitations.invite(session, found.id, cause=cli_cause())
    show({"id": found.public_id, "invitation": "sent"}, as_json=as_json)


@group.command("disable")
@click.argument("user")
@reason_option
@json_option
def disable_user(user: str, reason: str | None, as_json: bool) -> None:
    """Ends USER's account: no sign-in, and all sessions end."""
    found = _find(user)
    with atomic() as session:
        users.disable(session, found.id, cause=cli_cause(), reason=reason)
    show({"id": found.public_id, "status": "disabled"}, as_json=as_json)


@group.command("enable")
@click.argument("user")
@reason_option
@json_option
def enable_user(user: str, reason: str | None, as_json: bool) -> None:
    """Lets USER sign in again."""
    found = _find(user)
    with atomic() as session:
        users.enable(session, found.id, cause=cli_cause(), reason=reason)
    show({"id": found.public_id, "status": "active"}, as_json=as_json)


@group.command("unenrol")
@click.argument("user")
@json_option
def unenrol_user(user: str, as_json: bool) -> None:
    """For a lost phone: takes USER's second factor away. Be sure who asks; sign-in then needs the password alone."""
    found = _find(user)
    with atomic() as session:
        totp.forget(session, found.id, cause=cli_cause())
    show({"id": found.public_id, "second_factor": False}, as_json=as_json)


@group.command("code")
@click.argument("user")
@json_option
def show_code(user: str, as_json: bool) -> None:
    """Prints the code that USER's app shows (development only)."""
    development_only()
    code, wait_seconds = totp.next_code(_find(user).id)
    if as_json:
        show({"code": code, "wait_seconds": wait_seconds}, as_json=True)
        return
    click.echo(code)
    if wait_seconds:
        note(f"Each code is taken once: this one in {wait_seconds} s.")


def _find(text: str) -> User:
    if "@" not in text:
        return users.get_user(decode("usr", text))
    found = users.find_by_email(text)
    if found is None:
        raise NotFound("no such user")
    return found


def _tenant(seller: str | None, storefront: str | None) -> dict[str, UUID | None]:
    return {
        "seller_id": decode("sel", seller) if seller else None,
        "storefront_id": decode("sto", storefront) if storefront else None,
    }


def _shown(user: User) -> dict[str, Any]:
    return {
        "id": user.public_id,
        "email": user.email,
        "name": user.name,
        "status": user.status,
        "roles": [_role(grant) for grant in user.grants],
        "has_password": user.has_password,
        "has_second_factor": user.has_second_factor,
        "created_at": user.created_at,
    }


def _role(grant: Grant) -> str:
    """As text: `seller_owner at sel_…`."""
    if grant.seller_id:
        return f"{grant.role} at {encode('sel', grant.seller_id)}"
    if grant.storefront_id:
        return f"{grant.role} at {encode('sto', grant.storefront_id)}"
    return grant.role
