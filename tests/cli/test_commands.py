"""What all commands share: groups that are found, exit codes, and two ways to print."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import click
import pytest
from flask import Flask

from checkout import cli
from checkout.cli import output
from checkout.cli.context import Command, CommandFailed, ExitCode, Group
from checkout.core.errors import DomainError, InvalidParameter, NotFound


class AlreadyDone(DomainError):
    code = "payment_not_cancelable"


def test_every_command_takes_json() -> None:
    """Scripts never have to parse a table."""
    commands = {line: command for group in cli.groups() for line, command in commands_of(group)}
    assert "clock advance" in commands

    for line, command in commands.items():
        options = {option for parameter in command.params for option in parameter.opts}
        assert "--json" in options, f"flask {line}"
        assert command.help, f"flask {line} says nothing of itself"


def commands_of(group: click.Command, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Each command with what a person types to reach it; a group may hold groups, and a command stand alone."""
    if not isinstance(group, click.Group):
        yield str(group.name), group
        return
    for name, command in group.commands.items():
        line = f"{before}{group.name} {name}"
        if isinstance(command, click.Group):
            yield from commands_of(command, f"{before}{group.name} ")
        else:
            yield line, command


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFound("no such payment"), ExitCode.NOT_FOUND),
        (InvalidParameter.at("/name", "too long"), ExitCode.USAGE),
        (AlreadyDone("it is captured"), ExitCode.CONFLICT),
        (CommandFailed("differs", ExitCode.DIFFERENCES), ExitCode.DIFFERENCES),
    ],
)
def test_a_refusal_is_one_line_and_its_exit_code(error: Exception, code: ExitCode) -> None:
    group = Group("try")

    @group.command("it")
    def _it() -> None:
        raise error

    app = Flask("checkout")
    app.cli.add_command(group)
    result = app.test_cli_runner().invoke(args=["try", "it"])

    assert result.exit_code == code
    assert result.output.startswith("Error: ")
    assert "Traceback" not in result.output


def test_one_thing_is_printed_as_lines_or_as_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    found: dict[str, Any] = {
        "id": "pay_1",
        "paid_at": datetime(2026, 3, 14, 9, 30, tzinfo=UTC),
        "reason": None,
    }

    output.show(found, as_json=False)
    assert capsys.readouterr().out == "id       pay_1\npaid_at  2026-03-14T09:30:00Z\nreason   -\n"

    output.show(found, as_json=True)
    assert json.loads(capsys.readouterr().out) == {
        "id": "pay_1",
        "paid_at": "2026-03-14T09:30:00Z",
        "reason": None,
    }


def test_many_things_are_a_table_or_items(capsys: pytest.CaptureFixture[str]) -> None:
    found = [{"name": "Bao Tea", "hold_days": 0}, {"name": "Ada's Pottery", "hold_days": 7}]

    output.show_list(found, as_json=False)
    assert capsys.readouterr().out == "name           hold_days\nBao Tea        0\nAda's Pottery  7\n"

    output.show_list(found, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"items": found}


def test_nothing_is_said_on_stderr_so_that_a_pipe_stays_empty(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_list([], as_json=False, empty="No tasks are due.")

    assert capsys.readouterr() == ("", "No tasks are due.\n")


def test_every_file_of_commands_is_found() -> None:
    """With the one way in which a refusal ends."""
    assert {"clock", "demo", "explain"} <= {group.name for group in cli.groups()}
    assert all(isinstance(group, (Group, Command)) for group in cli.groups())


def test_commands_build_no_web(settings) -> None:
    """They answer no HTTP: neither the API nor the pages are made for one that ends at once."""
    program = cli.create_program(settings)

    assert list(program.url_map.iter_rules()) == []
    assert "tasks" in program.cli.commands
