"""`flask users`: accounts made, shown, given roles, disabled; what each refusal ends with."""

import json
from dataclasses import replace
from typing import Any

from flask import Flask

import config
from checkout import cli
from checkout.core.cause import Cause
from checkout.core.ids import encode, new
from checkout.db.session import atomic
from checkout.identity import invitations, password_links, sign_in, totp, users
from checkout.identity.password_links import LinkKind
from checkout.sellers.create import create_seller
from tests.cli.conftest import Run
from tests.conftest import Database

CAUSE = Cause("cli", "test")


def created(
    flask_command: Run, email: str = "jo@example.org", role: str = "auditor", *more: str
) -> dict[str, Any]:
    answer = flask_command("users", "create", "--email", email, "--role", role, *more, "--json")
    assert answer.exit_code == 0, answer.output
    made: dict[str, Any] = json.loads(answer.stdout)
    return made


def exit_code(flask_command: Run, *arguments: str) -> int:
    return flask_command("users", *arguments).exit_code


def test_a_person_is_made_with_a_role_and_invited(flask_command: Run, db: Database) -> None:
    """One command: the account, the role, and an invitation whose link works."""
    password_links.configure(secret_key="k" * 32, public_url="https://pay.example")

    made = created(flask_command, "jo@example.org", "finance", "--name", "Jo")

    assert (made["email"], made["name"], made["roles"], made["has_password"]) == (
        "jo@example.org",
        "Jo",
        ["finance"],
        False,
    )
    token = password_links.token(LinkKind.INVITATION, db.value("SELECT id FROM password_links"))
    assert invitations.look_at(token).public_id == made["id"]
    assert db.value("SELECT count(*) FROM tasks WHERE kind = 'notifications.link_email'") == 1


def test_a_role_of_a_seller_names_the_seller(flask_command: Run, db: Database) -> None:
    """Without one, or with an unknown one, no account is made."""
    with atomic() as session:
        seller = create_seller(session, name="Ada's Pottery", commission_bps=1000, cause=CAUSE)
    owner = ("create", "--email", "ada@example.org", "--role", "seller_owner")
    assert exit_code(flask_command, *owner) == 2
    assert exit_code(flask_command, *owner, "--seller", new("sel")) == 3
    assert users.list_users() == []

    made = created(flask_command, "ada@example.org", "seller_owner", "--seller", encode("sel", seller))
    assert made["roles"] == [f"seller_owner at {encode('sel', seller)}"]


def test_each_refusal_has_its_exit_code(flask_command: Run, db: Database) -> None:
    """2 for what breaks a rule, 3 for nobody, 5 for an address in use."""
    created(flask_command)

    again = ("create", "--email", "JO@example.org", "--role", "auditor")
    assert exit_code(flask_command, *again) == 5
    assert exit_code(flask_command, "create", "--email", "mo@example.org", "--role", "auditer") == 2
    assert exit_code(flask_command, "create", "--email", "mo", "--role", "auditor") == 2
    assert exit_code(flask_command, "show", "nobody@example.org") == 3
    assert exit_code(flask_command, "show", "usr_x") == 3
    assert exit_code(flask_command, "revoke", "jo@example.org", "--role", "finance") == 3
    assert exit_code(flask_command, "code", "jo@example.org") == 3
    assert exit_code(flask_command, "unenrol", "jo@example.org") == 3


def test_roles_are_given_and_taken(flask_command: Run, db: Database) -> None:
    """By address or by id; the list shows them."""
    made = created(flask_command)

    flask_command("users", "grant", made["id"], "--role", "operator")
    flask_command("users", "revoke", "jo@example.org", "--role", "auditor")

    shown = json.loads(flask_command("users", "show", "jo@example.org", "--json").stdout)
    listed = json.loads(flask_command("users", "list", "--json").stdout)
    assert (shown["roles"], shown["sessions"], shown["recovery_codes_left"]) == (["operator"], [], 0)
    assert [item["roles"] for item in listed["items"]] == [["operator"]]


def test_a_disabled_person_does_not_sign_in_until_enabled(flask_command: Run, db: Database) -> None:
    """The reason is kept."""
    created(flask_command)

    assert exit_code(flask_command, "disable", "jo@example.org", "--reason", "left") == 0
    assert users.list_users()[0].status == "disabled"
    assert exit_code(flask_command, "enable", "jo@example.org") == 0
    assert users.list_users()[0].status == "active"
    assert exit_code(flask_command, "invite", "jo@example.org") == 0
    assert db.value("SELECT reason FROM audit_log WHERE action = 'user.disable'") == "left"


def test_a_password_from_stdin_sends_no_invitation(settings: config.Settings, db: Database) -> None:
    """The first line is the password; a bad one makes no account."""
    app = Flask("checkout")
    cli.register(app, settings)
    arguments = ["users", "create", "--email", "jo@example.org", "--role", "auditor", "--password-stdin"]

    assert app.test_cli_runner().invoke(args=arguments, input="short\n").exit_code == 2
    assert app.test_cli_runner().invoke(args=arguments, input="violet otter on ice\n").exit_code == 0

    assert sign_in.begin("jo@example.org", "violet otter on ice", ip=None).kind == "session"
    assert db.value("SELECT count(*) FROM password_links") == 0


def test_the_current_code_is_for_development(
    flask_command: Run, settings: config.Settings, db: Database
) -> None:
    """It signs in; production refuses to print it; forgetting the second factor ends it."""
    created(flask_command)
    user = users.list_users()[0]
    totp.enrol_without_a_phone(user.id, cause=CAUSE)

    shown = json.loads(flask_command("users", "code", "jo@example.org", "--json").stdout)
    live = replace(settings, environment="production")

    assert shown["wait_seconds"] == 0
    assert totp.use_code(user.id, shown["code"])
    refused = flask_command("users", "code", "jo@example.org", settings=live)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert exit_code(flask_command, "unenrol", "jo@example.org") == 0
    assert not totp.is_enabled(user.id)
