"""A command that README or docs name exists."""

from __future__ import annotations

import re

import click
import pytest

import config
from checkout.cli import groups

TEXTS = [config.PROJECT / "README.md", *sorted((config.PROJECT / "docs").glob("*.md"))]
COMMAND = re.compile(r"flask ((?:[a-z-]+ ){1,2}[a-z-]+|[a-z-]+ [a-z-]+)")


def named_commands():
    return sorted({match for text in TEXTS for match in COMMAND.findall(text.read_text())})


def known(words):
    """Follows the words down the groups; what comes after a command is its argument."""
    commands = {group.name: group for group in groups()}
    for word in words:
        found = commands.get(word)
        if found is None:
            return False
        if not isinstance(found, click.Group):
            return True
        commands = found.commands
    return True


@pytest.mark.parametrize("command", named_commands())
def test_a_command_of_the_docs_exists(command):
    assert known(command.split())


def test_an_unknown_command_would_be_seen():
    assert "payments review approve" in named_commands()
    assert not known(["payments", "approve"])
