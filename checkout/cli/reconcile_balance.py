"""`flask reconcile balance`: what the PSP says that it holds for us, against our books of it."""

from __future__ import annotations

from typing import Any

import click

from checkout.cli.context import CommandFailed, ExitCode, cli_cause, json_option
from checkout.cli.output import show_list
from checkout.psp import registry
from checkout.reconciliation.balance.prove import Reading, read_balance


@click.command("balance")
@json_option
def balance_command(as_json: bool) -> None:
    """Asks the PSP for its balance now, and holds it against our books as of the end of the last day that was compared;
    ends with 6 where open differences do not explain what differs. The reading is kept."""
    readings = read_balance(registry.current(), cause=cli_cause())
    rows = [_document(each) if as_json else _row(each) for each in readings]
    show_list(rows, as_json=as_json, empty="No currency is held.")
    differing = [each for each in readings if each.difference]
    if differing:
        told = ", ".join(str(each.difference) for each in differing)
        raise CommandFailed(f"Nothing explains {told}.", ExitCode.DIFFERENCES)


def _row(reading: Reading) -> dict[str, Any]:
    return {
        "day": reading.business_on,
        "ours": str(reading.ours),
        "open": str(reading.open),
        "theirs": str(reading.theirs),
        "unexplained": str(reading.difference),
    }


def _document(reading: Reading) -> dict[str, Any]:
    return {
        "psp": reading.psp,
        "business_on": reading.business_on,
        "taken_at": reading.taken_at,
        "currency": reading.ours.currency,
        "ours": reading.ours.amount_minor,
        "open": reading.open.amount_minor,
        "theirs": reading.theirs.amount_minor,
        "difference": reading.difference.amount_minor,
    }
