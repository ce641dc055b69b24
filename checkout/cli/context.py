"""What every command shares: its settings, its cause, how it ends, and `--json`."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeVar

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import exc

from checkout.audit import context as audit_context
from checkout.core.cause import Cause
from checkout.core.errors import DomainError

if TYPE_CHECKING:
    from config import Settings

SETTINGS = "checkout.settings"
Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class ExitCode(IntEnum):
    """What scripts may rely on. click itself ends with 2 for a wrong usage."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    NOT_FOUND = 3
    AUTH = 4
    CONFLICT = 5
    DIFFERENCES = 6
    PARTIAL = 7
    UNHEALTHY = 8


class CommandFailed(click.ClickException):
    """Ends the command with one line on stderr and the code."""

    exit_code: int  # type: ignore[misc]  # click declares a class variable; each failure has its own

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILURE) -> None:
        super().__init__(message)
        self.exit_code = int(code)


# Refusals that are not CONFLICT: what was asked cannot be done in the state that things are in.
CODES = {
    "not_found": ExitCode.NOT_FOUND,
    "invalid_parameter": ExitCode.USAGE,
    "unauthenticated": ExitCode.AUTH,
    "permission_denied": ExitCode.AUTH,
    "database_unavailable": ExitCode.FAILURE,
    "psp_unavailable": ExitCode.FAILURE,
    "internal_error": ExitCode.FAILURE,
}


class Group(AppGroup):
    """A group whose commands run inside the application and end a refusal as one line with its exit code."""

    def invoke(self, context: click.Context) -> Any:
        with ending_as_said():
            return super().invoke(context)


class Command(click.Command):
    """A command that stands in no group, and ends in the same way."""

    def invoke(self, context: click.Context) -> Any:
        with ending_as_said():
            return super().invoke(context)


@contextmanager
def ending_as_said() -> Iterator[None]:
    """A refusal is one line on stderr and its exit code."""
    try:
        with audit_context.acting(str(cli_cause()), "command"):
            yield
    except DomainError as refusal:
        message = refusal.detail or refusal.code
        for field in refusal.pointers:
            if field.detail not in message:
                message += f"\n  {field.pointer}: {field.detail}"
        raise CommandFailed(message, CODES.get(refusal.code, ExitCode.CONFLICT)) from refusal
    except exc.OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise CommandFailed(f"PostgreSQL cannot be reached: {reason}") from error


def settings() -> Settings:
    found: Settings = current_app.extensions[SETTINGS]
    return found


def development_only() -> Settings:
    """The settings, or the end of a command that production must not have."""
    found = settings()
    if found.is_production:
        raise CommandFailed("This command is for development: it is refused with ENVIRONMENT=production.")
    return found


def cli_cause() -> Cause:
    """The person at the keyboard, as the audit log names a cause."""
    try:
        return Cause("cli", getpass.getuser())
    except (KeyError, OSError):
        return Cause("cli", "unknown")


def json_option(command: Decorated) -> Decorated:
    """`--json`, which every command has, as the parameter `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")(command)
