"""`flask psp`: an operator takes a PSP out of service for every process, and puts it back."""

from __future__ import annotations

from datetime import timedelta

import click

from checkout.audit import record
from checkout.cli.context import CommandFailed, ExitCode, Group, cli_cause, json_option
from checkout.cli.output import show
from checkout.core.clock import utcnow
from checkout.db.session import atomic
from checkout.psp import registry
from checkout.psp.switch import close_switch, open_switch, read_switch

group = Group("psp", help="Payment service providers: in service or not.")
NAMES = click.Choice([registry.STRIPE])


@group.command("open")
@click.argument("name", type=NAMES)
@click.option("--reason", required=True, help="Why; the audit log keeps it.")
@click.option(
    "--minutes", type=click.IntRange(1, 7 * 24 * 60), help="Back in service after so long by itself."
)
@json_option
def open_circuit(name: str, reason: str, minutes: int | None, as_json: bool) -> None:
    """Opens the circuit: nothing is sent to the PSP NAME until it is closed again. Known everywhere within a second."""
    actor = str(cli_cause())
    until = utcnow() + timedelta(minutes=minutes) if minutes else None
    with atomic() as session:
        open_switch(session, name, reason=reason, opened_by=actor, until=until)
        record(session, actor=actor, action="psp.circuit_opened", object=name, reason=reason)
    _show(name, as_json=as_json)


@group.command("close")
@click.argument("name", type=NAMES)
@click.option("--reason", required=True, help="Why; the audit log keeps it.")
@json_option
def close_circuit(name: str, reason: str, as_json: bool) -> None:
    """Closes the circuit that was opened by hand: the PSP NAME is called again."""
    actor = str(cli_cause())
    with atomic() as session:
        if not close_switch(session, name):
            raise CommandFailed(f"{name} was not taken out of service by hand.", ExitCode.CONFLICT)
        record(session, actor=actor, action="psp.circuit_closed", object=name, reason=reason)
    _show(name, as_json=as_json)


@group.command("status")
@click.argument("name", type=NAMES, default=registry.STRIPE)
@json_option
def show_status(name: str, as_json: bool) -> None:
    """Shows whether the PSP NAME was taken out of service. The circuits that processes opened by themselves are counted in the metrics."""
    _show(name, as_json=as_json)


def _show(name: str, *, as_json: bool) -> None:
    switch = read_switch(name)
    lapsed = switch is not None and switch.retry_after_seconds() == 0
    show(
        {
            "psp": name,
            "in_service": switch is None or lapsed,
            "reason": switch.reason if switch else None,
            "opened_by": switch.opened_by if switch else None,
            "opened_at": switch.opened_at if switch else None,
            "until": switch.until if switch else None,
        },
        as_json=as_json,
    )
