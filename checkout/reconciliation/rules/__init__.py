"""The rules of this installation: its own file, else the one of the package."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from checkout.reconciliation.rules.rule_set import Rules
from checkout.reconciliation.rules.rules_file import RulesInvalid, load

__all__ = ["Rules", "RulesInvalid", "configure", "current", "load"]

PACKAGED: Final = Path(__file__).with_name("default_rules.yaml")

_current: Rules | None = None


def configure(*, path: Path | None, mock: bool) -> None:
    """Where the rules lie; None: the package's, whose tariffs are the mock PSP's and count for nobody else.

    Raises:
        RulesInvalid: the file cannot be used.
    """
    global _current
    rules = load(path or PACKAGED)
    _current = rules if mock or path is not None else replace(rules, tariffs=())


def current() -> Rules:
    """The rules as they were read when the process started."""
    global _current
    if _current is None:
        _current = load(PACKAGED)
    return _current
